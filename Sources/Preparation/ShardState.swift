package import Dataset
import Foundation

/// The finished steps of one shard: `shard.json` in its folder, which is written after the steps' results.
package struct ShardState: Sendable, Hashable, Codable {
  /// The shard.
  package var shard: Shard
  /// The digest of the run's settings.
  package var settings: String
  /// The digest of the list of all files in the sources, of all shards.
  package var files: String
  /// The digest of the framing of the crops; nil if no framing is matched.
  package var framing: String?
  /// Whether its images are cropped.
  package var isCropped = false
  /// Whether its crops are masked.
  package var isMasked = false

  /// The state of a shard without finished steps.
  package init(_ shard: Shard, settings: String, files: String, framing: String?) {
    (self.shard, self.settings, self.files, self.framing) = (shard, settings, files, framing)
  }

  /// The state in `folder`; nil if the file is missing or cannot be read.
  package init?(_ folder: OutputFolder) {
    guard let data = try? Data(contentsOf: Self.file(folder)),
      let state = try? JSONDecoder().decode(Self.self, from: data)
    else { return nil }
    self = state
  }

  /// Writes the state into `folder`.
  ///
  /// - Throws: `WriteError`.
  package func write(to folder: OutputFolder) throws {
    try AtomicFile.write(try JSONEncoder.stable.encode(self), to: Self.file(folder))
  }

  private static func file(_ folder: OutputFolder) -> URL { folder.url.appendingPathComponent("shard.json") }
}
