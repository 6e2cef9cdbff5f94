public import Foundation
import Imaging

#if canImport(Glibc)
  import Glibc
#endif

/// The files of a folder and of all folders in it.
///
/// Left out are hidden names, files that accompany pictures without being any (`Companions`), the folders in which other
/// programs keep thumbnails and deleted files, and whatever Easel wrote: datasets, training runs and the folder that results
/// go to. A folder that is reached twice, through a link for example, is searched once. Files are ordered by path, so that
/// every run gives the same order.
public struct FolderScan: Sendable {
  /// The files, relative to the folder, in the order of their paths.
  public private(set) var files: [String] = []
  /// The files that accompany pictures and were passed over, relative to the folder.
  public private(set) var companions: [String] = []
  /// The folders that could not be opened, absolute.
  public private(set) var closed: [String] = []
  private var seen: Set<Identity> = []

  /// What `easel capture` writes beside its pictures, one line a picture.
  public static let captureRecords = "captures.jsonl"

  /// Folders of other programs, which contain no pictures of the user's.
  private static let foreign: Set<String> = [
    "@eaDir", "__MACOSX", "$RECYCLE.BIN", "System Volume Information", "lost+found",
  ]

  /// Searches the folder at `path`.
  ///
  /// - Parameters:
  ///   - path: The folder.
  ///   - output: A folder in it that is left out, because results are written there; it need not exist.
  public init(_ path: String, excluding output: URL? = nil) {
    if let output, let identity = Identity(output.path) { seen.insert(identity) }
    search(path, relative: "")
    files.sort()
    companions.sort()
    seen = []
  }

  /// Which folder it is, whatever path leads there.
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
    // What Easel wrote is found again only where a person names it.
    if !relative.isEmpty, FolderScan.isEaselsOwn(names) { return }
    let visible = names.sorted().filter { !$0.hasPrefix(".") && !FolderScan.foreign.contains($0) }
    let companions = Companions(of: visible)
    for name in visible {
      let path = relative.isEmpty ? name : relative + "/" + name
      // A link that leads nowhere is an item too: it is reported as missing.
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
  private static func isEaselsOwn(_ names: [String]) -> Bool {
    names.contains("ledger.sqlite")
      || names.contains("settings.yaml") && names.contains("checkpoints") && names.contains("log.jsonl")
  }

  /// The names in the folder at `path`, in no order; nil if it cannot be opened.
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

  /// Whether a folder is at `path`; links are followed.
  public static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return SystemPath.withCString(path, { stat($0, &status) }) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
