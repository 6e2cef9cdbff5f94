import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// The files of a folder and of all folders in it.
///
/// Hidden names, the folders in which other programs keep thumbnails and rubbish, and what `easel capture` keeps beside its
/// pictures are left alone; a folder that is reached twice, through a link say, is gone through once. Files are ordered by path, so that runs are alike.
public struct FolderScan: Sendable {
  /// The files, relative to the folder, in the order of their paths.
  public private(set) var files: [String] = []
  /// The folders that could not be opened, absolute.
  public private(set) var closed: [String] = []
  private var seen: Set<Identity> = []

  /// What `easel capture` writes beside its pictures, one line a picture.
  public static let captureRecords = "captures.jsonl"

  /// Folders and files of programs, which hold no pictures of the user's.
  private static let foreign: Set<String> = [
    "@eaDir", "__MACOSX", "$RECYCLE.BIN", "System Volume Information", "lost+found", "Thumbs.db",
    "desktop.ini", captureRecords,
  ]

  /// Goes through the folder at `path`.
  public init(_ path: String) {
    walk(path, relative: "")
    files.sort()
    seen = []
  }

  /// Which folder it is, whatever path led there.
  private struct Identity: Hashable {
    let device: UInt
    let node: UInt
  }

  private mutating func walk(_ root: String, relative: String) {
    let folder = relative.isEmpty ? root : root + "/" + relative
    var status = stat()
    guard stat(folder, &status) == 0, let names = try? FileManager.default.contentsOfDirectory(atPath: folder)
    else {
      closed.append(folder)
      return
    }
    let identity = Identity(device: UInt(status.st_dev), node: UInt(status.st_ino))
    guard seen.insert(identity).inserted else { return }
    for name in names.sorted() where !name.hasPrefix(".") && !FolderScan.foreign.contains(name) {
      let path = relative.isEmpty ? name : relative + "/" + name
      // A link that leads nowhere is an item too: it is reported as missing.
      if FolderScan.isFolder(root + "/" + path) {
        walk(root, relative: path)
      } else {
        files.append(path)
      }
    }
  }

  /// Whether a folder is at `path`, links followed.
  public static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
