import Dataset
import Foundation
import Imaging
import Ledger
import Vision

/// The result of one item.
enum CropResult: Sendable {
  /// An image with its crops; `crops` is nil if the ledger already has them.
  case image(ImageRow, crops: [CropRow]?)
  /// A file that could not be used.
  case failure(ImageRow)
  /// A video that an earlier run finished, with the frames that the ledger has.
  case knownVideo([SourceID])
  /// All frames of a video are done.
  case videoEnd(sha256: String, damage: String?)
  /// Nothing to record.
  case nothing

  /// The same with a note about the file, such as its further pages.
  fileprivate func with(_ note: String?) -> CropResult {
    guard let note, case .image(var row, let crops) = self else { return self }
    row.detail = [row.detail, note].compactMap { $0 }.joined(separator: "; ")
    return .image(row, crops: crops)
  }
}

/// Reads an item, detects its faces and cuts their crops, unless the ledger already has the result.
struct ImageReader: Sendable {
  let ledger: Ledger
  let output: OutputFolder
  let domain: Domain
  let detection: DetectionSource
  let cutter: FaceCutter
  /// Cuts crops that users placed.
  let userCrops: UserCropCutter
  /// The digest of all settings that a crop depends on besides the detection.
  let settings: String

  /// The digest of a crop that is cut from a detection with the digest `detection`.
  func digest(detection: String) -> String { Digest(of: settings + detection).hex }

  /// The digest of new crops of images of one kind.
  func digest(_ kind: SourceKind) -> String {
    digest(detection: detection.digests(isVideoFrame: kind.isVideoFrames)[0])
  }

  /// Crops one item.
  ///
  /// Errors that concern this item alone become part of the result; all others are thrown.
  func work(on item: CropItem, with worker: CropWorker) throws -> CropResult {
    switch item {
    case .failure(let file, let reason, let sentence):
      return .failure(failed(file, reason, sentence))
    case .videoEnd(_, let sha256, let damage): return .videoEnd(sha256: sha256, damage: damage)
    case .knownVideo(_, let sha256):
      return .knownVideo(try ledger.images(of: domain, sha256: sha256).map(\.id))
    case .frame(let file, let sha256, let frame):
      var row = row(of: file, sha256: sha256, time: frame.time)
      row.scene = frame.scene
      if try isDone(row) { return .image(row, crops: nil) }
      if let time = frame.repeated {
        (row.width, row.height) = (frame.image.width, frame.image.height)
        (row.reason, row.detail) = (.duplicateOf, "the same picture as \(time) s into the video")
        return .image(row, crops: [])
      }
      return try crop(SourcePicture(frame.image), row, worker)
    case .file(let file):
      let sha256: String
      do { sha256 = try digest(of: file) } catch let error as ImagingError {
        return .failure(failed(file, error.reason, error.sentence))
      }
      var row = row(of: file, sha256: sha256, time: nil)
      if try isDone(row) { return .image(row, crops: nil) }
      do {
        let picture = try read(file)
        return try crop(picture, row, worker).with(picture.note)
      } catch let error as ImagingError {
        (row.reason, row.detail) = (error.reason, error.sentence)
        return .failure(row)
      }
    }
  }

  /// The faces of one item that become crops, for each of its images.
  func survey(_ item: CropItem, with worker: CropWorker) throws -> [(SourceID, [SurveyedFace])] {
    let file = item.file
    switch item {
    case .failure, .videoEnd: return []
    case .knownVideo(_, let sha256):
      return try ledger.images(of: domain, sha256: sha256).compactMap { row in
        try knownDetection(of: row.id, file.kind).map { (row.id, cutter.selection.survey($0.found)) }
      }
    case .frame(_, let sha256, let frame):
      if frame.repeated != nil { return [] }
      let id = SourceID(sha256: sha256, time: frame.time)
      return try survey(id, file.kind, worker) { SourcePicture(frame.image) }
    case .file:
      do {
        return try survey(SourceID(sha256: try digest(of: file)), file.kind, worker) {
          try read(file)
        }
      } catch is ImagingError { return [] }
    }
  }

  private func survey(
    _ id: SourceID, _ kind: SourceKind, _ worker: CropWorker, read: () throws -> SourcePicture
  ) throws -> [(SourceID, [SurveyedFace])] {
    do {
      return [(id, cutter.selection.survey(try detection(of: id, kind, worker, read: read).found))]
    } catch is VisionError { return [] }
  }

  /// The recorded detection of an image; nil if there is no valid one.
  func knownDetection(of id: SourceID, _ kind: SourceKind) throws -> DetectionRow<DetectionResult>? {
    try ledger.detection(of: id, in: domain, digests: detection.digests(isVideoFrame: kind.isVideoFrames))
  }

  /// The detection of an image: from the ledger, or made and recorded now.
  private func detection(
    of id: SourceID, _ kind: SourceKind, _ worker: CropWorker, read: () throws -> SourcePicture
  ) throws -> DetectionRow<DetectionResult> {
    if let known = try knownDetection(of: id, kind) { return known }
    let row = DetectionRow(
      domain: domain, image: id, digest: detection.digests(isVideoFrame: kind.isVideoFrames)[0],
      found: try worker.analyze(read(), isVideoFrame: kind.isVideoFrames))
    try ledger.record(row)
    return row
  }

  private func crop(_ picture: SourcePicture, _ row: ImageRow, _ worker: CropWorker) throws -> CropResult {
    var row = row
    do {
      let detection = try self.detection(of: row.id, row.kind, worker) { picture }
      row.digest = digest(detection: detection.digest)
      let (image, crops) = try cutter.crop(picture, detection.found, row: row, to: output)
      return .image(image, crops: try userCrops.applyingUserCrops(to: crops, of: image, picture: picture))
    } catch let error as VisionError {
      (row.reason, row.detail) = (.notCroppable, error.description)
      return .failure(row)
    }
  }

  private func read(_ file: SourceFile) throws(ImagingError) -> SourcePicture {
    try SourcePicture(path: file.file, minFace: cutter.selection.settings.minFace)
  }

  /// The SHA-256 of a file's bytes, from the ledger if the file has not changed since.
  ///
  /// - Throws: `ImagingError` if the file cannot be read.
  func digest(of file: SourceFile) throws -> String {
    guard let stamp = file.stamp else {
      throw ImagingError(.missing, path: file.file, reason: "the file does not exist")
    }
    if let known = try ledger.digest(of: stamp) { return known }
    let sha256 = try Digest(ofFile: file.file).hex
    try ledger.remember(sha256, of: stamp)
    return sha256
  }

  /// Whether the ledger has all frames of a video with the current settings, and all their crops exist.
  func hasCrops(ofVideo sha256: String) throws -> Bool {
    try ledger.images(of: domain, sha256: sha256).allSatisfy { try isDone($0) }
  }

  /// Whether the ledger has the image with the current settings, and its crops exist.
  private func isDone(_ row: ImageRow) throws -> Bool {
    guard let known = try ledger.image(row.id, of: domain),
      detection.digests(isVideoFrame: row.kind.isVideoFrames).contains(where: {
        known.digest == digest(detection: $0)
      })
    else { return false }
    let crops = try ledger.crops(of: known.id, in: domain)
    return try userCrops.userCropsAreApplied(in: crops, of: known)
      && crops.allSatisfy {
        $0.reason != nil || FileManager.default.fileExists(atPath: output.crop($0.id).path)
      }
  }

  private func row(of file: SourceFile, sha256: String, time: Double?) -> ImageRow {
    ImageRow(
      domain: domain, id: SourceID(sha256: sha256, time: time), source: file.source, kind: file.kind,
      file: file.file, path: file.path, sha256: sha256, time: time, digest: digest(file.kind))
  }

  /// A row for a file that could not be read.
  ///
  /// Its identity is its path, because its bytes are unknown.
  private func failed(_ file: SourceFile, _ reason: Reason, _ sentence: String) -> ImageRow {
    var row = ImageRow(
      domain: domain, id: SourceID(rawValue: "path-" + Digest(of: file.file).hex), source: file.source,
      kind: file.kind, file: file.file, path: file.path, sha256: "", digest: digest(file.kind))
    (row.reason, row.detail) = (reason, sentence)
    return row
  }
}
