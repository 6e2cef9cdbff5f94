package import Imaging

/// The format of tar archives (ustar, POSIX.1-1988), as far as Easel writes and reads it.
///
/// Nothing in a written archive depends on time or user: every member is a plain file with mode 0644 and time 0.
package enum TarFormat {
  /// The longest name of a member in bytes.
  package static let longestName = 100
  /// The bytes after the last member.
  package static let end = [UInt8](repeating: 0, count: 1024)

  /// The bytes of one member: its header, its content, and zeros up to a multiple of 512.
  ///
  /// - Precondition: The name has at most `longestName` bytes, and the content fewer than 2^33.
  package static func member(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
    header(name, size: bytes.count) + bytes + [UInt8](repeating: 0, count: -bytes.count & 511)
  }

  /// The 512 bytes before a member.
  private static func header(_ name: String, size: Int) -> [UInt8] {
    precondition(name.utf8.count <= longestName && size < 1 << 33, "fits into a ustar header")
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
    put(octal(checksum(header), digits: 6) + "\0 ", at: 148)
    return header
  }

  /// The sum of a header's bytes, with spaces instead of the checksum itself.
  fileprivate static func checksum(_ header: [UInt8]) -> Int {
    header.indices.reduce(0) { $0 + ((148..<156).contains($1) ? 32 : Int(header[$1])) }
  }
}

/// The members of a tar archive.
package struct TarIndex: Sendable {
  /// A plain file in an archive.
  package struct Member: Sendable, Hashable {
    /// Its name in the archive.
    package let name: String
    /// The position of its first byte.
    package let offset: Int
    /// Its size in bytes.
    package let size: Int
    /// Its first bytes, at most 32.
    package let start: [UInt8]
  }

  /// The plain files, in the archive's order.
  package let members: [Member]

  /// Reads the headers of the archive at `path`.
  ///
  /// - Throws: `ImagingError` if the file cannot be read or is not a complete ustar archive.
  package init(path: String) throws(ImagingError) {
    do throws(ImagingError) {
      let file = try RegularFile(path: path)
      var members: [Member] = []
      var offset = 0
      while offset < file.size {
        let block = try file.read(512 + 32, at: offset)
        guard block.count >= 512 else { throw ImagingError(.truncated, reason: "the archive is incomplete") }
        let header = Array(block.prefix(512))
        // Two empty blocks end an archive.
        if header.allSatisfy({ $0 == 0 }) { break }
        guard let size = Self.number(header[124..<136]),
          Self.number(header[148..<156]) == TarFormat.checksum(header)
        else { throw ImagingError(.notAnImage, reason: "it is not a tar archive (ustar)") }
        guard size <= file.size - offset - 512 else {
          throw ImagingError(.truncated, reason: "the archive is incomplete")
        }
        if header[156] == UInt8(ascii: "0") || header[156] == 0 {
          let name = String(decoding: header[..<100].prefix { $0 != 0 }, as: UTF8.self)
          members.append(
            Member(
              name: name, offset: offset + 512, size: size,
              start: Array(block.dropFirst(512).prefix(min(32, size)))))
        }
        offset += 512 + (size + 511) / 512 * 512
      }
      self.members = members
    } catch { throw error.at(path: path) }
  }

  /// An octal number that ends with a zero byte or a space; nil for other text.
  private static func number(_ field: ArraySlice<UInt8>) -> Int? {
    let digits = field.prefix { $0 != 0 && $0 != UInt8(ascii: " ") }
    guard !digits.isEmpty, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }) else {
      return nil
    }
    return Int(String(decoding: digits, as: UTF8.self), radix: 8)
  }
}
