public import Dataset
public import Foundation
public import Imaging
import Vision

/// The manual changes to one sample's mask.
public struct MaskEdit: Sendable, Equatable {
  /// The strokes; nil if nothing was painted.
  public var layer: BrushLayer?
  /// The map from source pixels to the pixels of the painted crop; nil if unknown.
  public var matrix: AffineMap?
  /// The method for this sample only; nil for the settings' method.
  public var method: MaskSettings.Method?
  /// The sample whose strokes were copied to this one; nil for strokes painted on this sample.
  public var propagatedFrom: String?

  /// An edit with the given parts.
  public init(layer: BrushLayer? = nil, matrix: AffineMap? = nil, method: MaskSettings.Method? = nil) {
    (self.layer, self.matrix, self.method) = (layer, matrix, method)
  }

  /// The strokes in the pixels of the current crop.
  ///
  /// If the crop was made again with another frame, the strokes are mapped to it.
  ///
  /// - Throws: `MaskError` with `edit-size` if the crop has another size and the transform is unknown.
  public func layer(on size: PixelSize, cut: Sample.Cut?) throws -> BrushLayer? {
    guard let layer else { return nil }
    if let matrix, let cut, matrix != cut.matrix || layer.size != size, let back = matrix.inverse {
      return layer.transformed(by: back.then(cut.matrix), to: size)
    }
    guard layer.size != size else { return layer }
    throw MaskError(
      "edit-size",
      "its brush layer has \(layer.size.width)x\(layer.size.height) pixels and the crop "
        + "\(size.width)x\(size.height); export the edits, paint again and import them")
  }
}

/// The manual edits of a dataset: `edits/<sample>.png` in its output folder, with `<sample>.json` beside it.
///
/// They cannot be recomputed, so they have their own folder, and no stage writes or removes them.
public struct EditFolder: Sendable {
  /// The folder.
  public let url: URL

  /// The edits of `output`.
  public init(_ output: OutputFolder) { url = output.edits }

  /// The JSON file.
  private struct Sidecar: Codable {
    var matrix: AffineMap?
    var method: MaskSettings.Method?
    var propagatedFrom: String?

    private enum CodingKeys: String, CodingKey {
      case matrix, method
      case propagatedFrom = "carriedFrom"
    }
  }

  /// The brush layer's file of sample `id`.
  public func file(of id: String) -> URL { url.appendingPathComponent("\(id).png") }
  private func sidecar(of id: String) -> URL { url.appendingPathComponent("\(id).json") }

  /// The samples that have an edit, by identity.
  public var ids: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    let edits = names.filter { !$0.hasPrefix(".") && ($0.hasSuffix(".png") || $0.hasSuffix(".json")) }
    return Set(edits.map { NSString(string: $0).deletingPathExtension }).sorted()
  }

  /// The edit of sample `id`; nil if there is none.
  ///
  /// - Throws: `ImagingError` for a broken PNG, `MaskError` for unknown colors or a broken JSON file.
  public func edit(of id: String) throws -> MaskEdit? {
    var edit = MaskEdit()
    if let bytes = try? Data(contentsOf: sidecar(of: id)) {
      guard let sidecar = try? JSONDecoder().decode(Sidecar.self, from: bytes) else {
        throw MaskError(
          "edit-broken",
          "\(sidecar(of: id).path) is not a valid edit; remove the file, or import the layer again")
      }
      (edit.matrix, edit.method, edit.propagatedFrom) = (
        sidecar.matrix, sidecar.method, sidecar.propagatedFrom
      )
    }
    if !FileManager.default.fileExists(atPath: file(of: id).path) {
      edit.propagatedFrom = nil
    } else {
      edit.layer = try BrushLayer(try ImageFile.read(file(of: id)).image)
    }
    return edit.layer == nil && edit.method == nil ? nil : edit
  }

  /// Saves `edit` of sample `id`; an edit without strokes and method removes the files.
  ///
  /// - Throws: `WriteError`, `ImagingError`.
  public func save(_ edit: MaskEdit, of id: String) throws {
    let layer = edit.layer.flatMap { $0.isEmpty ? nil : $0 }
    guard layer != nil || edit.method != nil else { return remove(id) }
    let encoder = JSONEncoder.stable
    try AtomicFile.write(
      try encoder.encode(
        Sidecar(
          matrix: layer == nil ? nil : edit.matrix, method: edit.method,
          propagatedFrom: layer == nil ? nil : edit.propagatedFrom)),
      to: sidecar(of: id))
    if let layer {
      try AtomicFile.write(try layer.image.png(.small), to: file(of: id))
    } else {
      try? FileManager.default.removeItem(at: file(of: id))
    }
  }

  /// Removes the edit of sample `id`.
  public func remove(_ id: String) {
    for url in [file(of: id), sidecar(of: id)] { try? FileManager.default.removeItem(at: url) }
  }

  /// The digest of the edit's files, on which the cutout depends; empty if sample `id` has no edit.
  func digest(of id: String) -> String {
    [file(of: id), sidecar(of: id)].compactMap { try? Digest(ofFile: $0).hex }.joined(separator: " ")
  }
}
