public import Dataset
public import Foundation
public import Imaging

/// The images of one domain and split, such as `trainA`, in a fixed order: files, or members of tar archives.
public struct ImageFolder: Sendable, Equatable {
  /// The folder.
  public let url: URL
  /// The images' paths relative to the folder, sorted; `00000.tar/1f2e.png` for the member `1f2e.png` of an archive.
  public let names: [String]
  /// The places of the images in their archives, in the order of `names`; nil for a file.
  ///
  /// Empty if there is no archive.
  private let places: [Place?]

  /// The place of an image in an archive.
  private struct Place: Sendable, Equatable {
    let archive: String
    let offset: Int
    let size: Int
  }

  /// Lists the images in the folder at `url` and its subfolders, without hidden files and folders, and in tar archives there.
  ///
  /// A file's first bytes decide whether it is an image; its name does not matter. An archive's name ends in `.tar`.
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
    var found: [(name: String, place: Place?)] = []
    var others = 0
    for name in try Self.files(in: url, below: "") {
      let path = url.appendingPathComponent(name).path
      do {
        if name.hasSuffix(".tar") {
          // Other members, such as the samples' lines of the manifest, are no mistake.
          for member in try TarIndex(path: path).members where (try? ImageFormat.detect(member.start)) != nil
          {
            let place = Place(archive: name, offset: member.offset, size: member.size)
            found.append(("\(name)/\(member.name)", place))
          }
          continue
        }
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? file.close() }
        _ = try ImageFormat.detect([UInt8](try file.read(upToCount: 32) ?? Data()))
        found.append((name, nil))
      } catch {
        others += 1
        notice(.unreadable(path: path, reason: Self.reason(error, inArchive: name.hasSuffix(".tar"))))
      }
    }
    guard !found.isEmpty else { throw .noImages(path: url.path, others: others) }
    let hasArchives = found.contains { $0.place != nil }
    if hasArchives { found.sort { $0.name < $1.name } }
    self.url = url
    names = found.map(\.name)
    places = hasArchives ? found.map(\.place) : []
  }

  /// Why a file cannot be used; an error in an archive's structure concerns no image.
  private static func reason(_ error: any Error, inArchive: Bool) -> String {
    guard let error = error as? ImagingError else { return error.localizedDescription }
    return inArchive && error.code != .readError ? error.reason : error.sentence
  }

  /// The path of image `index`, for messages; in an archive, that of the archive with the member's name.
  public func path(_ index: Int) -> String { url.appendingPathComponent(names[index]).path }

  /// Decodes image `index`.
  ///
  /// - Throws: `ImagingError` with the path.
  public func image(_ index: Int) throws(ImagingError) -> ImageBuffer {
    guard let bytes = try archived(index) else { return try ImageFile.read(path: path(index)).image }
    do throws(ImagingError) { return try ImageCodec.decode(bytes).image } catch {
      throw error.at(path: path(index))
    }
  }

  /// The header of image `index`.
  ///
  /// - Throws: `ImagingError` with the path.
  func inspect(_ index: Int) throws(ImagingError) -> ImageHeader {
    guard let bytes = try archived(index) else { return try ImageFile.inspect(path: path(index)) }
    do throws(ImagingError) { return try ImageCodec.inspect(bytes) } catch {
      throw error.at(path: path(index))
    }
  }

  /// The digest of the bytes of image `index`.
  private func digest(_ index: Int) throws(ImagingError) -> Digest {
    if let bytes = try archived(index) { return Digest(of: bytes) }
    return try Digest(ofFile: path(index))
  }

  /// The bytes of an image in an archive; nil for a file.
  private func archived(_ index: Int) throws(ImagingError) -> [UInt8]? {
    guard !places.isEmpty, let place = places[index] else { return nil }
    do throws(ImagingError) {
      let file = try RegularFile(path: url.appendingPathComponent(place.archive).path)
      return try file.read(place.size, at: place.offset)
    } catch { throw error.at(path: path(index)) }
  }

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
    let images = folders.sorted { $0.key < $1.key }.flatMap { name, folder in
      folder.names.indices.map { (path: "\(name)/\(folder.names[$0])", folder: folder, index: $0) }
    }
    var hasher = Hasher256()
    try await orderedMap(
      images, jobs: jobs, makeWorker: {}, work: { item, _ in try item.folder.digest(item.index) }
    ) { item, digest in
      let line = Array("\(item.path)\0\(digest.hex)\n".utf8)
      line.withUnsafeBytes { hasher.update($0) }
    }
    return hasher.finish()
  }
}
