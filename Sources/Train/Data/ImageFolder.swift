public import Dataset
public import Foundation
import Imaging

/// The image files of one domain and split, such as `trainA`, in a fixed order.
public struct ImageFolder: Sendable, Equatable {
  /// The folder.
  public let url: URL
  /// The images' paths relative to the folder, sorted.
  public let names: [String]

  /// Lists the images in the folder at `url` and the folders in it, hidden ones left out.
  ///
  /// A file is an image by its first bytes; its name is not asked.
  ///
  /// - Parameters:
  ///   - url: the folder.
  ///   - notice: told of each file that is no image.
  /// - Throws: `DataError` where the folder cannot be listed or holds no images.
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
      // A link to a folder is no folder here, so that links cannot lead in circles.
      let type = try? FileManager.default.attributesOfItem(atPath: inside.path)[.type] as? FileAttributeType
      if type == .typeDirectory {
        files += try Self.files(in: inside, below: prefix + entry + "/")
      } else {
        files.append(prefix + entry)
      }
    }
    return files
  }

  /// The digest of what the folders hold: of the sorted lines of path and digest of content.
  ///
  /// It does not change when the dataset is moved or its files are touched, and does when one is added, renamed or changed.
  ///
  /// - Parameters:
  ///   - folders: the folders of one dataset, each by the name that counts, such as `trainA`.
  ///   - jobs: how many files are read at a time.
  /// - Returns: a SHA-256.
  /// - Throws: what reading a file throws.
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
