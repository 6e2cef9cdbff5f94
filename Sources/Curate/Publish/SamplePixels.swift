import Dataset
import Foundation
import Imaging
import Ledger

/// Reads the pixels of samples from the store.
struct SamplePixels: Sendable {
  let output: OutputFolder

  /// The crop as it was cut.
  func crop(_ id: String) throws -> ImageBuffer { try ImageFile.read(output.crop(id)).image }

  /// The figure: the cutout, or the crop itself where the mask's method needs no other file.
  func figure(_ id: String, mask: Sample.MaskSummary?) throws -> ImageBuffer {
    try ImageFile.read(figureFile(id, mask: mask)).image
  }

  /// The file that `figure` reads.
  func figureFile(_ id: String, mask: Sample.MaskSummary?) -> URL {
    let cutout = output.cutout(id)
    let isCropEnough = mask == nil || mask?.method == "none" || mask?.method == "alpha"
    return isCropEnough && !FileManager.default.fileExists(atPath: cutout.path) ? output.crop(id) : cutout
  }

  /// The image that the dataset holds: RGB on the background, RGBA where that is transparent.
  func published(_ sample: Sample, background: Background, size: Int) throws -> ImageBuffer {
    let image =
      switch background {
      case .white: try figure(sample.id, mask: sample.mask).composited(on: [255, 255, 255])
      case .color(let red, let green, let blue):
        try figure(sample.id, mask: sample.mask).composited(on: [red, green, blue])
      case .transparent: try figure(sample.id, mask: sample.mask).converted(to: .rgba)
      case .keep: try crop(sample.id).composited(on: [255, 255, 255])
      }
    return image.resized(to: PixelSize(width: size, height: size))
  }
}
