/// A tar archive (ustar, POSIX.1-1988), written member by member.
///
/// Nothing in it depends on time or user: every member is a plain file with mode 0644 and time 0.
struct TarArchive {
  private let file: StagedFile
  /// The number of bytes written so far.
  private(set) var size = 0

  init(_ file: StagedFile) { self.file = file }

  /// The longest member name in bytes.
  static let longestName = 100

  /// Appends one file.
  ///
  /// - Throws: `WriteError`.
  mutating func add(_ name: String, _ bytes: [UInt8]) throws {
    precondition(name.utf8.count <= Self.longestName && bytes.count < 1 << 33, "fits into a ustar header")
    try append(Self.header(name, size: bytes.count))
    try append(bytes)
    try append([UInt8](repeating: 0, count: -bytes.count & 511))
  }

  /// Finishes the archive with its two empty blocks.
  mutating func finish() throws { try append([UInt8](repeating: 0, count: 1024)) }

  private mutating func append(_ bytes: [UInt8]) throws {
    try file.append(bytes)
    size += bytes.count
  }

  /// The 512 bytes before a member.
  private static func header(_ name: String, size: Int) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at offset: Int) {
      header.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
    }
    func octal(_ value: Int, digits: Int) -> String {
      let text = String(value, radix: 8)
      return String(repeating: "0", count: digits - text.count) + text
    }
    put(name, at: 0)
    put("0000644", at: 100)
    put("0000000", at: 108)
    put("0000000", at: 116)
    put(octal(size, digits: 11), at: 124)
    put(octal(0, digits: 11), at: 136)
    put("0", at: 156)
    put("ustar", at: 257)
    put("00", at: 263)
    // The checksum is computed with spaces in its own place.
    put("        ", at: 148)
    put(octal(header.reduce(0) { $0 + Int($1) }, digits: 6) + "\0 ", at: 148)
    return header
  }
}
