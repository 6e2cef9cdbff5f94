public import Dataset
import Foundation
public import Imaging
public import Ledger
import Vision

/// Cuts crops that a user placed, one at a time, and restores what the framing had made.
///
/// The user's crop is recorded first, then the file is written, then the crop's row: if the program is killed in between, the
/// next run finds a row that does not follow the user's crop yet, and cuts it.
public struct UserCropCutter: Sendable {
  private let output: OutputFolder
  private let ledger: Ledger
  private let border: CropSettings.Border

  /// A cutter into `output`.
  public init(output: OutputFolder, ledger: Ledger, border: CropSettings.Border) {
    (self.output, self.ledger, self.border) = (output, ledger, border)
  }

  /// Cuts a sample as a user wants it.
  ///
  /// - Parameters:
  ///   - chosen: The user's crop; nil to restore the framing's own.
  ///   - crop: The sample's current crop.
  ///   - image: The image that it is cut from.
  ///   - picture: The image's pixels.
  /// - Throws: `VisionError`, `WriteError`, `LedgerError`.
  public func cut(
    _ chosen: UserCrop?, of crop: CropRow, from image: ImageRow, picture: ImageBuffer
  ) throws {
    let source = try CropSource(picture, isVideoFrame: image.kind.isVideoFrames)
    let earlier = try ledger.userCrop(of: crop.id)
    if let chosen {
      let row = UserCropRow(chosen, inPlaceOf: earlier?.former ?? crop)
      try ledger.record(row)
      try ledger.record(try apply(row, to: source, hasAlpha: picture.hasTransparency))
    } else if let former = earlier?.former {
      if let cut = former.cut, let size = former.size {
        _ = try write(UserCrop(matrix: cut.matrix, size: size), of: former, from: source, size: size)
      }
      try ledger.record(former)
      try ledger.withdrawUserCrop(of: crop.id)
    }
  }

  /// The crops of an image, with the users' crops in place of the framing's, which are kept to be restored.
  ///
  /// - Throws: `VisionError`, `WriteError`, `LedgerError`.
  func applyingUserCrops(to crops: [CropRow], of image: ImageRow, picture: ImageBuffer) throws -> [CropRow] {
    let rows = try ledger.userCrops(of: image.id, in: image.domain)
    guard !rows.isEmpty else { return crops }
    let source = try CropSource(picture, isVideoFrame: image.kind.isVideoFrames)
    var crops = crops
    for row in rows {
      guard let index = crops.firstIndex(where: { $0.id == row.id }) else {
        // The face is no longer found, but a user pointed at it.
        crops.append(try apply(row, to: source, hasAlpha: picture.hasTransparency))
        continue
      }
      let updated = UserCropRow(row.chosen, inPlaceOf: crops[index])
      try ledger.record(updated)
      crops[index] = try apply(updated, to: source, hasAlpha: picture.hasTransparency)
    }
    return crops
  }

  /// Whether the crops of an image are those that users want.
  ///
  /// - Throws: `LedgerError`.
  func userCropsAreApplied(in crops: [CropRow], of image: ImageRow) throws -> Bool {
    try ledger.userCrops(of: image.id, in: image.domain).allSatisfy { row in
      crops.contains { $0.id == row.id && $0.digest == row.digest }
    }
  }

  /// Cuts the crop that `row` asks for, and gives the sample's new row.
  private func apply(_ row: UserCropRow, to source: CropSource, hasAlpha: Bool) throws -> CropRow {
    var crop = row.former
    // A face that was too small to be cut has no size.
    let size = crop.size ?? row.chosen.size
    crop.face = row.chosen.face ?? crop.face
    crop.cut = try write(row.chosen, of: crop, from: source, size: size)
    let map = crop.cut?.matrix
    crop.face =
      row.chosen.face?.recut(from: row.chosen.matrix, to: map)
      ?? row.former.face.recut(from: row.former.cut?.matrix, to: map)
    crop.size = size
    crop.hasAlpha = hasAlpha
    (crop.reason, crop.detail) = (nil, nil)
    crop.digest = row.digest
    return crop
  }

  /// Writes a crop, and says how it was cut.
  private func write(
    _ chosen: UserCrop, of crop: CropRow, from source: CropSource, size: Int
  ) throws -> Sample.Cut {
    let (pixels, cut) = try source.cut(
      by: chosen.map(toSide: size), side: size, border: border, face: crop.face.box)
    try AtomicFile.write(pixels.png(), to: output.crop(crop.id))
    return cut
  }
}

extension UserCropRow {
  /// The digest of a crop that follows this user's crop.
  var digest: String { Digest(of: "\(former.digest)\n\(chosen.digest)").hex }
}
