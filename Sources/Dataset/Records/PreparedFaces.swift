public import Foundation
public import Imaging

/// Faces that `easel` cropped and masked for `easel-train` to translate.
///
/// They are a folder with `faces.json` and the image files that it names.
public struct PreparedFaces: Sendable, Codable {
  /// One input picture with its faces.
  public struct Item: Sendable, Codable {
    /// The picture's file.
    public var path: String
    /// The path of its result relative to the output folder, without `.png`.
    public var name: String
    /// Its faces from left to right; empty if it was skipped.
    public var faces: [Face] = []
    /// Whether it could not be read; false if it was skipped for another reason.
    public var hasFailed = false
    /// Why the picture, or one of its faces, was skipped.
    public var why: Reason?
    /// One sentence for users about why.
    public var detail: String?
    /// How its faces differ from the training images, one sentence each; nil if they do not or it is unknown.
    public var differences: [String]?

    /// A picture without faces yet.
    public init(path: String, name: String) { (self.path, self.name) = (path, name) }
  }

  /// One face.
  public struct Face: Sendable, Codable {
    /// The square crop on white: the name of an RGB PNG file in the folder.
    public var picture: String
    /// Its alpha: the name of a gray PNG file in the folder.
    public var mask: String
    /// Pixels of the picture to pixels of the crop.
    public var matrix: AffineMap
    /// The crop's side in pixels.
    public var size: Int

    /// A face from all its fields.
    public init(picture: String, mask: String, matrix: AffineMap, size: Int) {
      (self.picture, self.mask, self.matrix, self.size) = (picture, mask, matrix, size)
    }
  }

  /// The pictures, in the order in which they were named.
  public var items: [Item]

  /// A record of `items`.
  public init(items: [Item]) { self.items = items }

  /// Reads the record of `folder`.
  ///
  /// - Throws: Foundation's error if the record is missing or invalid.
  public init(folder: URL) throws {
    self = try JSONDecoder().decode(
      PreparedFaces.self, from: Data(contentsOf: PreparedFaces.record(of: folder)))
  }

  /// Writes the record into `folder`.
  ///
  /// - Throws: `WriteError`.
  public func write(to folder: URL) throws {
    let encoder = JSONEncoder.stable
    try AtomicFile.write(Array(try encoder.encode(self)), to: PreparedFaces.record(of: folder))
  }

  /// Where the record of `folder` is.
  public static func record(of folder: URL) -> URL { folder.appendingPathComponent("faces.json") }
}
