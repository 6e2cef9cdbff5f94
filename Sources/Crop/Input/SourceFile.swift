import Dataset
import Foundation
import Imaging
import Ledger

#if canImport(Glibc)
  import Glibc
#endif

/// One file of a source.
struct SourceFile: Sendable, Hashable {
  /// Which of the domain's sources it belongs to, from 0.
  var source: Int
  /// What kind of source that is.
  var kind: SourceKind
  /// The absolute path.
  var file: String
  /// The path as the manifest names it: relative to the source's folder.
  var path: String

  /// What the file system shows of it; nil where it is gone or may not be looked at.
  var stamp: FileStamp? {
    var status = stat()
    guard SystemPath.withCString(file, { stat($0, &status) }) == 0 else { return nil }
    let modified = Int(status.st_mtim.tv_sec) * 1_000_000_000 + Int(status.st_mtim.tv_nsec)
    return FileStamp(path: file, size: Int(status.st_size), modified: modified)
  }
}
