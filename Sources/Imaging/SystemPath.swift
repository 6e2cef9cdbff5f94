/// Converts file paths between the system's form, which is arbitrary bytes, and strings.
///
/// A UTF-8 path is converted to the same string. In other paths, such as names from an old Japanese or
/// Western archive, each byte that is not part of valid UTF-8 becomes a private-use character: byte 0x80 is
/// U+100080, byte 0xFF is U+1000FF. The conversion is reversible, so the file can be opened by its string.
public enum SystemPath {
  /// The string of a path from the system.
  public static func string(_ path: [UInt8]) -> String {
    if let text = String(validating: path, as: UTF8.self), !hasMarks(path) { return text }
    var text = String.UnicodeScalarView()
    var position = 0
    while position < path.count {
      let scalar = scalar(in: path, at: position)
      text.append(scalar ?? mark(path[position]))
      position += scalar.map { UTF8.width($0) } ?? 1
    }
    return String(text)
  }

  /// The string of a path from the system, which ends with a zero byte.
  public static func string(cString path: UnsafePointer<CChar>) -> String {
    var bytes: [UInt8] = []
    var next = path
    while next.pointee != 0 {
      bytes.append(UInt8(bitPattern: next.pointee))
      next += 1
    }
    return string(bytes)
  }

  /// The system's bytes of a path.
  public static func bytes(_ path: String) -> [UInt8] {
    let utf8 = Array(path.utf8)
    guard hasMarks(utf8) else { return utf8 }
    var bytes: [UInt8] = []
    var position = 0
    while position < utf8.count {
      if let byte = markedByte(utf8, at: position) {
        bytes.append(byte)
        position += 4
      } else {
        bytes.append(utf8[position])
        position += 1
      }
    }
    return bytes
  }

  /// Calls `body` with the path as a C string for system calls.
  public static func withCString<Result>(_ path: String, _ body: (UnsafePointer<CChar>) -> Result) -> Result {
    let characters = bytes(path).map { CChar(bitPattern: $0) } + [0]
    return characters.withUnsafeBufferPointer { buffer in
      // An array of at least one element has an address.
      guard let start = buffer.baseAddress else { preconditionFailure("no path") }
      return body(start)
    }
  }

  /// The path for messages: bytes that are not UTF-8 are written as `\x83`.
  public static func readable(_ path: String) -> String {
    guard hasMarks(Array(path.utf8)) else { return path }
    let digits = Array("0123456789abcdef")
    return path.unicodeScalars.reduce(into: "") { text, scalar in
      guard marks.contains(scalar.value) else { return text.unicodeScalars.append(scalar) }
      let byte = Int(scalar.value & 0xFF)
      text += "\\x\(digits[byte >> 4])\(digits[byte & 15])"
    }
  }

  /// Text for a terminal: control characters, which file names may contain and a terminal would execute, become \u{FFFD}.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - keepsLines: Whether line feeds and tabs remain.
  /// - Returns: The text without control characters.
  public static func printable(_ text: String, keepsLines: Bool = false) -> String {
    func isControl(_ scalar: Unicode.Scalar) -> Bool {
      // Also what changes the direction of text, so that a name cannot be shown reversed.
      guard
        scalar.value < 32 || (127...159).contains(scalar.value)
          || (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
      else { return false }
      return !keepsLines || (scalar != "\n" && scalar != "\t")
    }
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "\u{FFFD}" : $0 }))
  }

  /// The private-use characters for the bytes 0x80 to 0xFF.
  private static let marks: ClosedRange<UInt32> = 0x10_0080...0x10_00FF

  private static func mark(_ byte: UInt8) -> Unicode.Scalar {
    Unicode.Scalar(0x10_0000 + UInt32(byte)) ?? "\u{FFFD}"
  }

  /// The valid scalar that starts at `position`; nil for a byte to be marked.
  private static func scalar(in path: [UInt8], at position: Int) -> Unicode.Scalar? {
    for length in 1...4 where position + length <= path.count {
      if let text = String(validating: path[position..<position + length], as: UTF8.self),
        let scalar = text.unicodeScalars.first
      {
        // If a name itself contains such a character, its bytes are converted one by one, so that the reverse
        // conversion is unique.
        return marks.contains(scalar.value) ? nil : scalar
      }
    }
    return nil
  }

  /// Whether UTF-8 bytes contain one of the private-use characters.
  private static func hasMarks(_ utf8: [UInt8]) -> Bool {
    utf8.contains(0xF4) && utf8.indices.contains { markedByte(utf8, at: $0) != nil }
  }

  /// The byte that the character at `position` represents; nil for other characters.
  private static func markedByte(_ utf8: [UInt8], at position: Int) -> UInt8? {
    guard position + 4 <= utf8.count, utf8[position] == 0xF4, utf8[position + 1] == 0x80,
      utf8[position + 2] == 0x82 || utf8[position + 2] == 0x83
    else { return nil }
    return (utf8[position + 2] == 0x82 ? 0x80 : 0xC0) | (utf8[position + 3] & 0x3F)
  }
}
