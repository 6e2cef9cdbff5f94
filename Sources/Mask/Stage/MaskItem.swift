import Dataset
import Foundation
package import Imaging
package import Ledger

/// One crop with everything that its cutout depends on.
package struct MaskItem: Sendable {
  package let crop: CropRow
  let image: ImageRow
  /// The image's path, with the face's number if the image has several.
  package let path: String
  let method: MaskSettings.Method
  let model: String
  let parts: [String]
  let digest: String
  /// Whether pixels outside the image are white padding.
  let blankBorder: Bool

  /// The input of a mask method for `pixels`, the item's crop.
  package func subject(_ pixels: ImageBuffer, strokes: BrushLayer?) -> MaskSubject {
    var subject = bareSubject(pixels)
    subject.strokes = strokes
    return subject
  }

  /// The face from brow to chin in a crop of `size`, in crop pixels; nil if it is unknown.
  package func face(in size: PixelSize) -> Box? {
    subject(ImageBuffer(width: size.width, height: size.height, format: .gray, filledWith: [0]), strokes: nil)
      .face?
      .measured
  }

  private func bareSubject(_ pixels: ImageBuffer) -> MaskSubject {
    // The alpha of an opaque crop contains no information.
    let picture = crop.hasAlpha ? pixels : pixels.converted(to: .rgb)
    guard let cut = crop.cut else { return MaskSubject(picture) }
    let shape: HeadShape = crop.domain == .a ? .photo : .anime
    let face = FaceGuide(crop.face, in: cut.matrix, shape: shape)
    guard let width = image.width, let height = image.height else {
      return MaskSubject(picture, face: face)
    }
    var subject = MaskSubject(
      picture, face: face,
      origin: MaskSubject.Origin(
        file: URL(fileURLWithPath: image.file), kind: image.kind, parts: parts,
        matrix: cut.matrix, size: PixelSize(width: width, height: height)))
    subject.shape = shape
    subject.ignoresOutside = blankBorder && cut.outside > 0
    return subject
  }
}

extension MaskStage {
  /// The crops of `domain` that have a file.
  func items(of domain: Domain) throws -> [MaskItem] {
    let crops = try ledger.crops(of: domain).filter { $0.reason == nil }
    guard !crops.isEmpty else { return [] }
    let images = Dictionary(
      try ledger.images(of: domain).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    let faces = Dictionary(crops.map { ($0.image, 1) }, uniquingKeysWith: +)
    let edited = Set(edits.ids)
    let digest = digest(of: domain)
    return crops.compactMap { crop in
      images[crop.image].map {
        item(
          crop, of: $0, faces: faces[crop.image] ?? 0, isEdited: edited.contains(crop.id), digest: digest)
      }
    }
  }

  /// The crops with these identities that have a file, in the order of their images, each with its current mask.
  ///
  /// Only these are read from the ledger, because a user waits for the result.
  package func items(called ids: Set<String>) throws -> [(item: MaskItem, mask: MaskRow?)] {
    let found = try ids.sorted().compactMap { try ledger.sample($0) }
      .filter { $0.crop.reason == nil && $0.image.present }
    let digests = Dictionary(
      uniqueKeysWithValues: Set(found.map(\.crop.domain)).map { ($0, digest(of: $0)) })
    return try found.map { sample in
      let faces = try ledger.crops(of: sample.image.id, in: sample.crop.domain).count { $0.reason == nil }
      return (
        item(
          sample.crop, of: sample.image, faces: faces, isEdited: true,
          digest: digests[sample.crop.domain] ?? ""), sample.mask
      )
    }.sorted { $0.item.position < $1.item.position }
  }

  private func item(
    _ crop: CropRow, of image: ImageRow, faces: Int, isEdited: Bool, digest: String
  ) -> MaskItem {
    let chosen = settings[crop.domain]
    let edit = isEdited ? edits.digest(of: crop.id) : ""
    return MaskItem(
      crop: crop, image: image, path: faces > 1 ? "\(image.path)#\(crop.number + 1)" : image.path,
      method: chosen.mask.method, model: chosen.mask.model,
      parts: chosen.sources.indices.contains(image.source) ? chosen.sources[image.source].parts : [],
      digest: Digest(of: "\(digest)\n\(crop.digest)\(edit.isEmpty ? "" : "\n\(edit)")").hex,
      blankBorder: chosen.crop.border == .white)
  }

  /// The digest of the settings and networks that the masks of `domain` depend on.
  private func digest(of domain: Domain) -> String {
    let method = settings[domain].mask.method
    var digest = settings.maskDigest(domain).hex
    if method == .auto, PortraitSegmentation.isInstalled(models) { digest += " sinet" }
    if method == .auto || method == .network { digest += " \(learned.digest)" }
    return digest
  }
}

extension MaskItem {
  /// Its position in the order of a whole run.
  fileprivate var position: (String, Int, String, Double, Int) {
    (crop.domain.rawValue, image.source, image.path, image.time ?? -1, crop.number)
  }
}
