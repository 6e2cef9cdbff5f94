import Dataset
import Foundation
import Imaging
import Tensors
import WeightFiles

extension Trainer {
  /// Writes the sample sheet of the current step.
  ///
  /// - Returns: The sheet; nil without images, and if another process writes it.
  func sample(_ events: EventFile) throws -> ImageBuffer? {
    guard let sampleImages else { return nil }
    let (sheet, translations) = try sampleImages.sheet(step.emaOrCurrent, precision: precision)
    for (name, pixels) in translations {
      for case .warning(let text) in watchdog.check(
        translations: pixels, plane: architecture.side * architecture.side, named: name)
      {
        note("step \(done): \(text)")
      }
    }
    for (name, generator) in step.networks.generators.named {
      for case .warning(let text) in watchdog.check(
        saturatedRho: try generator.saturatedRho(), of: name, step: done)
      {
        note("step \(done): \(text)")
      }
    }
    guard let sheet else { return nil }
    let png = try sheet.png()
    let url = folder.samples(step: done)
    try AtomicFile.write(png, to: url)
    try events.add(image: "samples", png: Data(png), width: sheet.width, height: sheet.height, step: done)
    report(.sampled(url, step: done))
    return sheet
  }
}
