public import Foundation
import Imaging

#if canImport(Glibc)
  import Glibc
#endif

/// The files of a folder and of all its subfolders.
///
/// It excludes hidden names, companion files (`Companions`), folders in which other programs keep thumbnails
/// and deleted files, and everything that Easel wrote: datasets, training runs and the output folder. A
/// folder that is reached twice, for example through a link, is searched once. Files are ordered by path, so
/// every run has the same order.
public struct FolderScan: Sendable {
  /// The files, relative to the folder, in the order of their paths.
  public private(set) var files: [String] = []
  /// The skipped companion files, relative to the folder.
  public private(set) var companions: [String] = []
  /// The folders that could not be opened, absolute.
  public private(set) var closed: [String] = []
  private var seen: Set<Identity> = []

  /// The name of the file in which `easel capture` records its pictures, one line for each.
  public static let captureRecords = "captures.jsonl"

  /// Folders that other programs create and that contain no pictures of the user.
  private static let systemFolders: Set<String> = [
    "@eaDir", "__MACOSX", "$RECYCLE.BIN", "System Volume Information", "lost+found",
  ]

  /// Searches the folder at `path`.
  ///
  /// - Parameters:
  ///   - path: The folder.
  ///   - output: A subfolder that is excluded, because results are written there; it need not exist.
  public init(_ path: String, excluding output: URL? = nil) {
    if let output, let identity = Identity(output.path) { seen.insert(identity) }
    search(path, relative: "")
    files.sort()
    companions.sort()
    seen = []
  }

  /// The folder's identity, the same for all paths that lead to it.
  private struct Identity: Hashable {
    let device: UInt
    let node: UInt

    init?(_ path: String) {
      var status = stat()
      guard SystemPath.withCString(path, { stat($0, &status) }) == 0 else { return nil }
      (device, node) = (UInt(status.st_dev), UInt(status.st_ino))
    }
  }

  private mutating func search(_ root: String, relative: String) {
    let folder = relative.isEmpty ? root : root + "/" + relative
    guard let identity = Identity(folder), let names = FolderScan.names(in: folder) else {
      closed.append(folder)
      return
    }
    guard seen.insert(identity).inserted else { return }
    // Folders that Easel wrote are searched only if the user names them.
    if !relative.isEmpty, FolderScan.isWrittenByEasel(names) { return }
    let visible = names.sorted().filter { !$0.hasPrefix(".") && !FolderScan.systemFolders.contains($0) }
    let companions = Companions(of: visible)
    for name in visible {
      let path = relative.isEmpty ? name : relative + "/" + name
      // A broken link is an item too: it is reported as missing.
      if FolderScan.isFolder(root + "/" + path) {
        search(root, relative: path)
      } else if companions.contains(name) {
        self.companions.append(path)
      } else {
        files.append(path)
      }
    }
  }

  /// Whether a folder with these names is a dataset or a training run.
  private static func isWrittenByEasel(_ names: [String]) -> Bool {
    names.contains("ledger.sqlite") || names.contains("run.json") && names.contains("shards")
      || names.contains("settings.yaml") && names.contains("checkpoints") && names.contains("log.jsonl")
  }

  /// The names in the folder at `path`, unsorted; nil if it cannot be opened.
  package static func names(in path: String) -> [String]? {
    guard let folder = SystemPath.withCString(path, { opendir($0) }) else { return nil }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        SystemPath.string(Array($0.prefix { $0 != 0 }))
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  /// Whether `path` is a folder, or a link to one.
  public static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return SystemPath.withCString(path, { stat($0, &status) }) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
