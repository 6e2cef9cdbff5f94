import Dataset
import Foundation

/// Thumbnails on disk, so that the page loads fast the next time.
///
/// A file's name contains the picture's version; writing a newer one removes the older ones.
struct ThumbnailStore: Sendable {
  private let folder: URL

  /// The thumbnails of the dataset in `output`.
  init(_ output: OutputFolder) {
    folder = output.store.appendingPathComponent("thumbnails", isDirectory: true)
  }

  subscript(key: PictureCache.Key) -> Data? {
    let file = file(key)
    return file.isInside(folder) ? try? Data(contentsOf: file) : nil
  }

  /// Saves a thumbnail.
  ///
  /// Errors such as a full disk are ignored, because the thumbnail can be made again.
  func keep(_ bytes: Data, as key: PictureCache.Key) {
    let file = file(key)
    guard (try? AtomicFile.write(bytes, to: file)) != nil else { return }
    let names =
      (try? FileManager.default.contentsOfDirectory(atPath: file.deletingLastPathComponent().path)) ?? []
    for name in names where name.hasPrefix(Self.name(key.id, key.side)) && name != file.lastPathComponent {
      try? FileManager.default.removeItem(at: file.deletingLastPathComponent().appendingPathComponent(name))
    }
  }

  private func file(_ key: PictureCache.Key) -> URL {
    folder.appendingPathComponent("\(key.id.prefix(2))/\(Self.name(key.id, key.side))\(key.version).jpg")
  }

  private static func name(_ id: String, _ side: Int) -> String { "\(id)-\(side)-" }
}
