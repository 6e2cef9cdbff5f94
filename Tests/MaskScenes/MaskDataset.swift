package import Dataset
import Foundation
package import Imaging
package import Ledger
package import Mask
package import TestSupport

/// A dataset with crops in a temporary folder.
package struct MaskDataset {
  package let folder: TemporaryFolder
  package let output: OutputFolder
  package let ledger: Ledger

  package init() throws {
    folder = try TemporaryFolder()
    output = OutputFolder(folder.appending("out"))
    try output.claim()
    ledger = try Ledger(url: output.ledger)
  }

  package func settings(_ method: MaskSettings.Method) -> Settings {
    var settings = Settings(output: output.url)
    settings.domains = [.a: DomainSettings(domain: .a), .b: DomainSettings(domain: .b)]
    settings.domains[.b]?.mask.method = method
    return settings
  }

  package func stage(_ method: MaskSettings.Method) -> MaskStage { stage(settings(method)) }

  package func stage(_ settings: Settings) -> MaskStage {
    MaskStage(settings: settings, output: output, ledger: ledger, jobs: 2, reporter: SilentReporter()) {
      throw MaskError("no-model", "no model \($0) in this test")
    }
  }

  /// Records an image with one face and writes its crop: a disc on a plain background, optionally with alpha.
  @discardableResult
  package func add(_ name: String, hasAlpha: Bool = true, digest: String = "c1") throws -> CropRow {
    let id = SourceID(sha256: Digest(of: name).hex)
    var image = ImageRow(
      domain: .b, id: id, source: 0, kind: .sprites, file: "/none/\(name)", path: name,
      sha256: id.rawValue, digest: digest)
    (image.width, image.height) = (64, 64)
    var crop = CropRow(
      id: id.sampleID(domain: .b, face: 0), domain: .b, image: id, number: 0,
      face: Sample.Face(detector: "given", score: 1, box: Box(x: 20, y: 20, width: 24, height: 24)),
      digest: digest)
    crop.cut = Sample.Cut(matrix: .identity, scale: 1, outside: 0)
    (crop.size, crop.hasAlpha) = (64, hasAlpha)
    var pixels = ImageBuffer(width: 64, height: 64, format: .rgba, filledWith: [30, 90, 200, 0])
    for y in 0..<64 {
      for x in 0..<64 where (x - 32) * (x - 32) + (y - 32) * (y - 32) < 400 {
        pixels.bytes.replaceSubrange((y * 64 + x) * 4..<(y * 64 + x) * 4 + 4, with: [220, 180, 150, 255])
      }
    }
    try AtomicFile.write(
      try (hasAlpha ? pixels : pixels.converted(to: .rgb)).png(), to: output.crop(crop.id))
    try ledger.record(image, crops: [crop])
    return crop
  }

  /// Records a video frame at `time`, or an image file, with one face, and writes it as the crop.
  ///
  /// - Returns: The sample's ID.
  @discardableResult
  package func add(_ name: String, _ picture: ImageBuffer, time: Double? = nil, cut: AffineMap = .identity)
    throws
    -> String
  {
    let id = SourceID(sha256: Digest(of: "\(name) \(time ?? 0)").hex)
    var image = ImageRow(
      domain: .b, id: id, source: 0, kind: time == nil ? .screenshots : .videos, file: "/none/\(name)",
      path: name, sha256: id.rawValue, time: time, digest: "c")
    (image.width, image.height) = (picture.width, picture.height)
    let side = Double(picture.width)
    var crop = CropRow(
      id: id.sampleID(domain: .b, face: 0), domain: .b, image: id, number: 0,
      face: Sample.Face(
        detector: "given", score: 1,
        box: Box(x: side * 0.3, y: side * 0.3, width: side * 0.4, height: side * 0.4)),
      digest: "c")
    crop.cut = Sample.Cut(matrix: cut, scale: 1, outside: 0)
    crop.size = picture.width
    try AtomicFile.write(try picture.png(), to: output.crop(crop.id))
    try ledger.record(image, crops: [crop])
    return crop.id
  }
}
