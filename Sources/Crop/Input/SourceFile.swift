import Dataset
import Foundation
import Imaging
import Ledger

#if canImport(Glibc)
  import Glibc
#endif

/// One file of a source.
struct SourceFile: Sendable, Hashable {
  /// The index of its source among the domain's sources.
  var source: Int
  /// The kind of that source.
  var kind: SourceKind
  /// The absolute path.
  var file: String
  /// The path relative to the source's folder, as in the manifest.
  var path: String
  /// The hours of a video to crop; nil for the whole file.
  var hours: VideoHours?

  /// The file's size and time of modification; nil if it does not exist or cannot be accessed.
  var stamp: FileStamp? {
    var status = stat()
    guard SystemPath.withCString(file, { stat($0, &status) }) == 0 else { return nil }
    let modified = Int(status.st_mtim.tv_sec) * 1_000_000_000 + Int(status.st_mtim.tv_nsec)
    return FileStamp(path: file, size: Int(status.st_size), modified: modified)
  }
}
