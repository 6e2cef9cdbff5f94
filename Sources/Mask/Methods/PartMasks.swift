import Dataset
import Foundation
import Imaging
import Vision

/// CelebAMask-HQ's part masks, read from the archive's own layout.
///
/// `CelebA-HQ-img/123.jpg` has `CelebAMask-HQ-mask-anno/0/00123_hair.png` and so on: folders of 2000 images, one grey
/// file for each part, 512 pixels wide for photos of 1024; missing parts have no file. Instead of these files, an image may
/// have a label map, as written by the archive's scripts and other projects: `CelebAMask-HQ-label/123.png`.
struct PartMasks: MaskMethod {
  let name = "parts"
  let precision = MaskPrecision.soft

  /// All parts that the archive has, in the order of its `g_mask.py`.
  static let known = [
    "skin", "nose", "eye_g", "l_eye", "r_eye", "l_brow", "r_brow", "l_ear", "r_ear", "mouth", "u_lip",
    "l_lip", "hair", "hat", "ear_r", "neck_l", "neck", "cloth",
  ]
  /// The head with hair, hat, ears, jewellery, glasses and neck, without cloth.
  static let head = known.filter { $0 != "cloth" }

  /// The folders for label maps, beside the photos' folder.
  private static let labelFolders = ["CelebAMask-HQ-label", "CelebAMaskHQ-mask", "CelebAMask-HQ-mask"]

  func mask(of subject: MaskSubject) throws -> MaskPrediction? {
    guard let origin = subject.origin, origin.kind == .celebamaskHQ else { return nil }
    guard let number = Int(origin.file.deletingPathExtension().lastPathComponent), number >= 0 else {
      return nil
    }
    let parts = origin.parts.isEmpty ? PartMasks.head : origin.parts
    if let unknown = parts.first(where: { !PartMasks.known.contains($0) }) {
      throw MaskError(
        "unknown-part",
        "CelebAMask-HQ has no part '\(unknown)'; it has \(PartMasks.known.joined(separator: ", "))")
    }
    let archive = origin.file.deletingLastPathComponent().deletingLastPathComponent()
    let union =
      try files(of: parts, in: archive, number: number) ?? labels(of: parts, in: archive, number: number)
    return try union.map { MaskPrediction(try warped($0, origin: origin, to: subject.image.size)) }
  }

  /// The union of the parts' files; nil if the image has none.
  private func files(of parts: [String], in archive: URL, number: Int) throws -> ImageBuffer? {
    let folder = archive.appendingPathComponent("CelebAMask-HQ-mask-anno/\(number / 2000)")
    var union: ImageBuffer?
    for part in parts {
      let file = folder.appendingPathComponent(String(format: "%05d_", number) + part + ".png")
      guard FileManager.default.fileExists(atPath: file.path) else { continue }
      let image = try Self.read(file).converted(to: .gray)
      guard var merged = union else {
        union = image
        continue
      }
      guard merged.size == image.size else {
        throw MaskError(
          "mask-size",
          "\(file.lastPathComponent) has \(image.width)x\(image.height) pixels and the other parts "
            + "\(merged.width)x\(merged.height); download the part masks of this image again", isOfFiles: true
        )
      }
      for index in merged.bytes.indices { merged.bytes[index] = max(merged.bytes[index], image.bytes[index]) }
      union = merged
    }
    return union
  }

  /// The union of the parts in the label map; nil if the image has none.
  private func labels(of parts: [String], in archive: URL, number: Int) throws -> ImageBuffer? {
    let file = Self.labelFolders.map { archive.appendingPathComponent("\($0)/\(number).png") }
      .first { FileManager.default.fileExists(atPath: $0.path) }
    return try file.map { try LabelMap(contentsOf: $0).union(of: parts) }
  }

  /// Reads a mask image; errors name its file, not the photograph's.
  static func read(_ file: URL) throws(MaskError) -> ImageBuffer {
    do { return try ImageFile.read(file).image } catch {
      throw MaskError(
        error.reason, "\(file.lastPathComponent) is not a usable mask: \(error.sentence); download it again",
        isOfFiles: true)
    }
  }

  /// The mask in crop pixels, blurred by half a mask pixel.
  private func warped(
    _ mask: ImageBuffer, origin: MaskSubject.Origin, to size: PixelSize
  ) throws -> Plane {
    let (sx, sy) = (
      Double(origin.size.width) / Double(mask.width), Double(origin.size.height) / Double(mask.height)
    )
    guard abs(sx / sy - 1) < 0.05 else {
      throw MaskError(
        "mask-size",
        "its part masks have \(mask.width)x\(mask.height) pixels and the photo \(origin.size.width)x\(origin.size.height), "
          + "so they belong to another image", isOfFiles: true)
    }
    let toPhoto = AffineMap(sx, 0, (sx - 1) / 2, 0, sy, (sy - 1) / 2)
    let map = toPhoto.then(origin.matrix)
    let warped = try mask.warped(by: map, to: size, border: .constant([0]))
    return Plane(try warped.blurred(sigma: max(0.6, map.scale * 0.5)))
  }
}
