import Dataset
import Foundation
import Imaging
import Ledger

/// One worker of the crop stage, with its own detector.
///
/// The detector is created when the first image has to be analyzed, so re-cutting needs no model.
final class CropWorker {
  private let makeAnalyzer: @Sendable () throws -> ImageAnalyzer
  private var analyzer: ImageAnalyzer?

  init(_ makeAnalyzer: @escaping @Sendable () throws -> ImageAnalyzer) { self.makeAnalyzer = makeAnalyzer }

  /// Detects the faces of `picture`, and the black bars and captions of a video frame.
  ///
  /// - Throws: `DetectorError` if the model is missing; `VisionError`.
  func analyze(_ picture: SourcePicture, isVideoFrame: Bool) throws -> DetectionResult {
    let analyzer = try analyzer ?? makeAnalyzer()
    self.analyzer = analyzer
    return try analyzer.analyze(picture, isVideoFrame: isVideoFrame)
  }
}

extension FaceCutter {
  /// Cuts the faces of `picture` and writes the crops.
  ///
  /// - Throws: `VisionError`; `WriteError` if a crop could not be written.
  func crop(
    _ picture: SourcePicture, _ detection: DetectionResult, row: ImageRow, to output: OutputFolder
  ) throws -> (image: ImageRow, crops: [CropRow]) {
    var row = row
    (row.width, row.height) = (picture.size.width, picture.size.height)
    // Grey behind transparent parts, which may be black.
    let luma = picture.image.composited(on: [128, 128, 128]).converted(to: .gray)
    row.picture = LumaHash(of: luma).description
    (row.format, row.bytes) = (picture.format, picture.bytes)
    row.channels = picture.image.channels
    row.gaps = LevelGaps.measure(picture.image)
    row.bars = BlackBars(of: luma)?.share ?? 0
    let cuts = try cut(detection, from: picture)
    (row.reason, row.detail) = (cuts.refusal?.reason, cuts.refusal?.detail)
    let crops = try cuts.faces.map { cut in
      var crop = CropRow(
        id: row.id.sampleID(domain: row.domain, face: cut.number), domain: row.domain, image: row.id,
        number: cut.number, face: cut.face, digest: row.digest)
      (crop.reason, crop.detail, crop.cut) = (cut.reason, cut.detail, cut.cut)
      if let pixels = cut.pixels {
        try AtomicFile.write(pixels.png(), to: output.crop(crop.id))
        crop.size = pixels.width
        crop.hasAlpha = picture.image.hasTransparency
      }
      return crop
    }
    return (row, crops)
  }
}
