import Foundation

/// A copy of a ledger for a dry run, which writes nothing, not even what SQLite keeps beside a file that is only read; it goes
/// with the value.
final class LedgerCopy {
  /// The copy; there is none yet where there is no ledger.
  let url: URL
  private let folder: URL

  /// Copies the ledger at `original` with what is still in its write-ahead log.
  ///
  /// - Throws: What copying throws.
  init(of original: URL) throws {
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
