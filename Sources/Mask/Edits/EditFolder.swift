public import Dataset
public import Foundation
public import Imaging
import Vision

/// What a person changed about one sample's mask.
public struct MaskEdit: Sendable, Equatable {
  /// The strokes; nil where nothing was painted.
  public var layer: BrushLayer?
  /// Source pixels to the pixels of the crop that was painted on; nil where that is not known.
  public var matrix: AffineMap?
  /// The method for this sample alone; nil for the settings'.
  public var method: MaskSettings.Method?
  /// The sample whose correction the strokes were carried over from; nil for a person's own strokes, which stand above
  /// those.
  public var carriedFrom: String?

  /// An edit from what a person did.
  public init(layer: BrushLayer? = nil, matrix: AffineMap? = nil, method: MaskSettings.Method? = nil) {
    (self.layer, self.matrix, self.method) = (layer, matrix, method)
  }

  /// The strokes on the crop as it is now: where it was cut anew in another frame, they go with the picture.
  ///
  /// - Throws: `MaskError` with `edit-size` where the crop has another size and nothing tells how the strokes lie on it.
  public func layer(on size: PixelSize, cut: Sample.Cut?) throws -> BrushLayer? {
    guard let layer else { return nil }
    if let matrix, let cut, matrix != cut.matrix || layer.size != size, let back = matrix.inverse {
      return layer.carried(by: back.then(cut.matrix), to: size)
    }
    guard layer.size != size else { return layer }
    throw MaskError(
      "edit-size",
      "its brush layer has \(layer.size.width)x\(layer.size.height) pixels and the crop "
        + "\(size.width)x\(size.height); export the edits, paint anew and import them")
  }
}

/// The brush layers of a dataset: `edits/<sample>.png` under its output, with `<sample>.json` beside it.
///
/// They are a person's work and lie apart from what can be made again: no stage writes or removes them.
public struct EditFolder: Sendable {
  /// The folder itself.
  public let url: URL

  /// The edits of `output`.
  public init(_ output: OutputFolder) { url = output.edits }

  /// What the JSON file holds.
  private struct Side: Codable {
    var matrix: AffineMap?
    var method: MaskSettings.Method?
    var carriedFrom: String?
  }

  /// The brush layer's file of sample `id`.
  public func file(of id: String) -> URL { url.appendingPathComponent("\(id).png") }
  private func side(of id: String) -> URL { url.appendingPathComponent("\(id).json") }

  /// The samples that have an edit, by identity.
  public var ids: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    let edits = names.filter { !$0.hasPrefix(".") && ($0.hasSuffix(".png") || $0.hasSuffix(".json")) }
    return Set(edits.map { NSString(string: $0).deletingPathExtension }).sorted()
  }

  /// The edit of sample `id`; nil where there is none.
  ///
  /// - Throws: `ImagingError` for a broken PNG, `MaskError` for strange colours or a broken JSON file.
  public func edit(of id: String) throws -> MaskEdit? {
    var edit = MaskEdit()
    if let bytes = try? Data(contentsOf: side(of: id)) {
      guard let side = try? JSONDecoder().decode(Side.self, from: bytes) else {
        throw MaskError(
          "edit-broken",
          "\(side(of: id).path) does not say how its layer lies; remove it, or import the layer again")
      }
      (edit.matrix, edit.method, edit.carriedFrom) = (side.matrix, side.method, side.carriedFrom)
    }
    if !FileManager.default.fileExists(atPath: file(of: id).path) {
      edit.carriedFrom = nil
    } else {
      edit.layer = try BrushLayer(try ImageFile.read(file(of: id)).image)
    }
    return edit.layer == nil && edit.method == nil ? nil : edit
  }

  /// Keeps `edit` for sample `id`; one without strokes and method is forgotten.
  ///
  /// - Throws: `WriteError`, `ImagingError`.
  public func save(_ edit: MaskEdit, of id: String) throws {
    let layer = edit.layer.flatMap { $0.isEmpty ? nil : $0 }
    guard layer != nil || edit.method != nil else { return remove(id) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    try AtomicFile.write(
      try encoder.encode(
        Side(
          matrix: layer == nil ? nil : edit.matrix, method: edit.method,
          carriedFrom: layer == nil ? nil : edit.carriedFrom)),
      to: side(of: id))
    if let layer {
      try AtomicFile.write(try layer.image.png(.small), to: file(of: id))
    } else {
      try? FileManager.default.removeItem(at: file(of: id))
    }
  }

  /// Forgets the edit of sample `id`.
  public func remove(_ id: String) {
    for url in [file(of: id), side(of: id)] { try? FileManager.default.removeItem(at: url) }
  }

  /// What a cutout depends on besides its settings and crop: empty where sample `id` has no edit.
  func digest(of id: String) -> String {
    [file(of: id), side(of: id)].compactMap { try? Digest(ofFile: $0).hex }.joined(separator: " ")
  }
}
