package import Foundation

/// A temporary copy of a ledger for a dry run.
///
/// A dry run must not write anything, but SQLite writes files beside a database even if it only reads it.
package final class LedgerCopy {
  /// The copy; the file is missing if there is no ledger yet.
  package let url: URL
  private let folder: URL

  /// Copies the ledger at `original` and its write-ahead log.
  ///
  /// - Throws: Foundation's error if the files cannot be copied.
  package init(of original: URL) throws {
    let files = FileManager.default
    folder = files.temporaryDirectory.appendingPathComponent("easel-dry-run-\(UUID().uuidString)")
    url = folder.appendingPathComponent(original.lastPathComponent)
    try files.createDirectory(at: folder, withIntermediateDirectories: true)
    for suffix in ["", "-wal"] where files.fileExists(atPath: original.path + suffix) {
      try files.copyItem(atPath: original.path + suffix, toPath: url.path + suffix)
    }
  }

  deinit { try? FileManager.default.removeItem(at: folder) }
}
