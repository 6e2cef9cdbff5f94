public import Dataset
public import Foundation
import Imaging

/// The image files of one domain and split, such as `trainA`, in a fixed order.
public struct ImageFolder: Sendable, Equatable {
  /// The folder.
  public let url: URL
  /// The images' paths relative to the folder, sorted.
  public let names: [String]

  /// Lists the images in the folder at `url` and its subfolders, without hidden files and folders.
  ///
  /// A file's first bytes decide whether it is an image; its name does not matter.
  ///
  /// - Parameters:
  ///   - url: The folder.
  ///   - notice: Receives a notice for each file that is not an image.
  /// - Throws: `DataError` if the folder cannot be listed or contains no images.
  public init(_ url: URL, notice: (DataNotice) -> Void) throws(DataError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
      throw .unreadableFolder(path: url.path, reason: "there is no such folder")
    }
    guard isFolder.boolValue else { throw .unreadableFolder(path: url.path, reason: "it is a file") }
    var names: [String] = []
    var others = 0
    for name in try Self.files(in: url, below: "") {
      let path = url.appendingPathComponent(name).path
      do {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? file.close() }
        _ = try ImageFormat.detect([UInt8](try file.read(upToCount: 32) ?? Data()))
        names.append(name)
      } catch {
        others += 1
        notice(
          .unreadable(path: path, reason: (error as? ImagingError)?.sentence ?? error.localizedDescription))
      }
    }
    guard !names.isEmpty else { throw .noImages(path: url.path, others: others) }
    self.url = url
    self.names = names
  }

  /// The file of image `index`.
  public func file(_ index: Int) -> URL { url.appendingPathComponent(names[index]) }

  private static func files(in url: URL, below prefix: String) throws(DataError) -> [String] {
    let entries: [String]
    do {
      entries = try FileManager.default.contentsOfDirectory(atPath: url.path)
    } catch { throw .unreadableFolder(path: url.path, reason: error.localizedDescription) }
    var files: [String] = []
    for entry in entries.sorted() where !entry.hasPrefix(".") {
      let inside = url.appendingPathComponent(entry)
      // Links to folders are not followed, because they could form a cycle.
      let type = try? FileManager.default.attributesOfItem(atPath: inside.path)[.type] as? FileAttributeType
      if type == .typeDirectory {
        files += try Self.files(in: inside, below: prefix + entry + "/")
      } else {
        files.append(prefix + entry)
      }
    }
    return files
  }

  /// The digest of the folders' contents: of one line per file, with its path and the digest of its bytes, in sorted order.
  ///
  /// The digest changes if a file is added, removed, renamed or modified. It does not depend on the dataset's place or on
  /// the files' dates.
  ///
  /// - Parameters:
  ///   - folders: The folders of one dataset by name, such as `trainA`.
  ///   - jobs: The number of files that are read at the same time.
  /// - Returns: A SHA-256.
  /// - Throws: The error of a file that cannot be read.
  public static func digest(_ folders: [String: ImageFolder], jobs: Int) async throws -> Digest {
    let files = folders.sorted { $0.key < $1.key }.flatMap { name, folder in
      folder.names.indices.map { (path: "\(name)/\(folder.names[$0])", file: folder.file($0)) }
    }
    var hasher = Hasher256()
    try await orderedMap(
      files, jobs: jobs, makeWorker: {}, work: { item, _ in try Digest(ofFile: item.file) }
    ) { item, digest in
      let line = Array("\(item.path)\0\(digest.hex)\n".utf8)
      line.withUnsafeBytes { hasher.update($0) }
    }
    return hasher.finish()
  }
}
