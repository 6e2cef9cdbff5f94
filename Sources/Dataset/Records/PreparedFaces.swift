public import Foundation
public import Imaging

/// Faces that were cut out of pictures and masked, on their way to a network: what `easel` leaves for `easel-train`.
///
/// A folder with `faces.json` and the pictures that it names.
public struct PreparedFaces: Sendable, Codable {
  /// One picture of a person's, with its faces.
  public struct Item: Sendable, Codable {
    /// The picture's file.
    public var path: String
    /// The path of its result relative to the output folder, without `.png`.
    public var name: String
    /// Its faces, from left to right; none where it was left out.
    public var faces: [Face] = []
    /// Whether it could not be read at all, rather than left out for what it shows.
    public var hasFailed = false
    /// Why the picture, or one of its faces, was left out.
    public var why: Reason?
    /// One sentence for a person about why.
    public var detail: String?

    /// A picture without faces so far.
    public init(path: String, name: String) { (self.path, self.name) = (path, name) }
  }

  /// One face.
  public struct Face: Sendable, Codable {
    /// The square crop on white: the name of an RGB PNG file in the folder.
    public var picture: String
    /// How much of each of its pixels is figure: the name of a grey PNG file in the folder.
    public var mask: String
    /// The picture's pixels to the crop's.
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
  /// - Throws: Foundation's error where there is none, or it is none.
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
