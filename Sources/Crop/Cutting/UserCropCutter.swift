public import Dataset
import Foundation
import Imaging
public import Ledger
import Vision

/// Cuts crops that a user placed, and restores the framing's crops.
///
/// It records the user's crop first, then writes the file, then the crop's row. If the program is killed in
/// between, the next run finds a row that does not match the user's crop yet, and cuts it again.
public struct UserCropCutter: Sendable {
  private let output: OutputFolder
  private let ledger: Ledger
  private let border: CropSettings.Border

  /// A cutter into `output`.
  public init(output: OutputFolder, ledger: Ledger, border: CropSettings.Border) {
    (self.output, self.ledger, self.border) = (output, ledger, border)
  }

  /// Cuts a sample as the user placed it.
  ///
  /// - Parameters:
  ///   - chosen: The user's crop; nil to restore the framing's crop.
  ///   - crop: The sample's current crop.
  ///   - image: The image that it is cut from.
  ///   - picture: The image's pixels.
  /// - Throws: `VisionError`, `WriteError`, `LedgerError`.
  public func cut(
    _ chosen: UserCrop?, of crop: CropRow, from image: ImageRow, picture: SourcePicture
  ) throws {
    let source = try CropSource(picture, isVideoFrame: image.kind.isVideoFrames)
    let earlier = try ledger.userCrop(of: crop.id)
    if let chosen {
      let row = UserCropRow(chosen, inPlaceOf: earlier?.former ?? crop)
      try ledger.record(row)
      try ledger.record(try apply(row, to: source, hasAlpha: picture.image.hasTransparency))
    } else if let former = earlier?.former {
      if let cut = former.cut, let size = former.size {
        _ = try write(
          UserCrop(matrix: cut.matrix, size: size), of: former.id, face: former.face.box, from: source,
          size: size)
      }
      try ledger.record(former)
      try ledger.withdrawUserCrop(of: crop.id)
    }
  }

  /// Replaces the framing's crops of an image by the user's crops, where there are any.
  ///
  /// The framing's crops are recorded, so that they can be restored.
  ///
  /// - Throws: `VisionError`, `WriteError`, `LedgerError`.
  func applyingUserCrops(to crops: [CropRow], of image: ImageRow, picture: SourcePicture) throws -> [CropRow]
  {
    let rows = try ledger.userCrops(of: image.id, in: image.domain)
    guard !rows.isEmpty else { return crops }
    let source = try CropSource(picture, isVideoFrame: image.kind.isVideoFrames)
    var crops = crops
    for row in rows {
      guard let index = crops.firstIndex(where: { $0.id == row.id }) else {
        // The face is no longer detected, but the user placed a crop there.
        crops.append(try apply(row, to: source, hasAlpha: picture.image.hasTransparency))
        continue
      }
      let updated = UserCropRow(row.chosen, inPlaceOf: crops[index])
      try ledger.record(updated)
      crops[index] = try apply(updated, to: source, hasAlpha: picture.image.hasTransparency)
    }
    return crops
  }

  /// Whether all user crops of an image have been cut.
  ///
  /// - Throws: `LedgerError`.
  func userCropsAreApplied(in crops: [CropRow], of image: ImageRow) throws -> Bool {
    try ledger.userCrops(of: image.id, in: image.domain).allSatisfy { row in
      crops.contains { $0.id == row.id && $0.digest == row.digest }
    }
  }

  /// Cuts the user's crop of `row` and returns the sample's new row.
  private func apply(_ row: UserCropRow, to source: CropSource, hasAlpha: Bool) throws -> CropRow {
    var crop = row.former
    let face = row.chosen.face ?? crop.face
    // If the face was too small, the framing cut no crop and recorded no size.
    let size = crop.size ?? row.chosen.size
    crop.cut = try write(row.chosen, of: crop.id, face: face.box, from: source, size: size)
    let map = crop.cut?.matrix
    crop.face =
      row.chosen.face?.recut(from: row.chosen.matrix, to: map)
      ?? crop.face.recut(from: row.former.cut?.matrix, to: map)
    crop.size = size
    crop.hasAlpha = hasAlpha
    (crop.reason, crop.detail) = (nil, nil)
    crop.digest = row.digest
    return crop
  }

  /// Writes a crop and returns how it was cut.
  private func write(
    _ chosen: UserCrop, of id: String, face: Box, from source: CropSource, size: Int
  ) throws -> Sample.Cut {
    let (pixels, cut) = try source.cut(
      by: chosen.map(toSide: size), side: size, border: border, face: face)
    try AtomicFile.write(pixels.png(), to: output.crop(id))
    return cut
  }
}

extension UserCropRow {
  /// The digest of a sample that was cut by this user crop.
  var digest: String { Digest(of: "\(former.digest)\n\(chosen.digest)").hex }
}
