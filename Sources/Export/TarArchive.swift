import Dataset

/// A tar archive, written member by member.
struct TarArchive {
  private let file: StagedFile
  /// The number of bytes written so far.
  private(set) var size = 0

  init(_ file: StagedFile) { self.file = file }

  /// Appends one file.
  ///
  /// - Throws: `WriteError`.
  mutating func add(_ name: String, _ bytes: [UInt8]) throws { try append(TarFormat.member(name, bytes)) }

  /// Finishes the archive.
  mutating func finish() throws { try append(TarFormat.end) }

  private mutating func append(_ bytes: [UInt8]) throws {
    try file.append(bytes)
    size += bytes.count
  }
}
