/// The part of YAML that settings are written in: keys, plain and quoted values, lists and tables.
///
/// Anchors, aliases, tags and block scalars are refused before the parser sees them: none is of use here, and aliases
/// let a small file describe an endless one. A glob such as `*.jpg` would be an alias too, so the error says what to do.
enum PlainYAML {
  /// What is wrong with `text` and in which line, counted from 1; nil where nothing is.
  static func problem(in text: String) -> (line: Int, message: String)? {
    var scan = Scan(bytes: Array(text.utf8))
    return scan.run()
  }

  private struct Scan {
    let bytes: [UInt8]
    var position = 0
    var line = 1
    /// Brackets and braces that are open.
    var flow = 0
    /// Whether a new value or key may begin here.
    var begins = true

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func run() -> (line: Int, message: String)? {
      if let message = indentation() { return (line, message) }
      while position < bytes.count {
        let byte = bytes[position]
        position += 1
        if byte == UInt8(ascii: "\n") {
          (line, begins) = (line + 1, true)
          if let message = indentation() { return (line, message) }
        } else if byte == UInt8(ascii: "#"), position == 1 || isBlank(bytes[position - 2]) {
          while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
        } else if let message = take(byte) {
          return (line, message)
        }
      }
      return nil
    }

    /// Takes one byte of a key, a value or the marks around them.
    private mutating func take(_ byte: UInt8) -> String? {
      switch byte {
      case UInt8(ascii: "&"), UInt8(ascii: "*"), UInt8(ascii: "!"), UInt8(ascii: "|"), UInt8(ascii: ">"):
        guard begins else { return nil }
        return "a value that begins with '\(Character(Unicode.Scalar(byte)))' must stand in quotes"
          + " (YAML's anchors, aliases, tags and block texts are not used here)"
      case UInt8(ascii: "\""), UInt8(ascii: "'"):
        if begins { skipQuoted(byte) }
        begins = false
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        guard begins || flow > 0 else { return nil }
        (flow, begins) = (flow + 1, true)
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        (flow, begins) = (max(0, flow - 1), false)
      case UInt8(ascii: ","): begins = begins || flow > 0
      case UInt8(ascii: ":"): begins = begins || flow > 0 || isNextBlank
      case UInt8(ascii: "-"), UInt8(ascii: "?"):
        begins = begins && isNextBlank
      default: begins = begins && isBlank(byte)
      }
      return nil
    }

    /// Looks at the spaces that a line begins with.
    private func indentation() -> String? {
      var end = position
      while end < bytes.count, bytes[end] == UInt8(ascii: " ") { end += 1 }
      guard flow == 0, end < bytes.count, bytes[end] == UInt8(ascii: "\t") else { return nil }
      while end < bytes.count, isBlank(bytes[end]), bytes[end] != UInt8(ascii: "\n") { end += 1 }
      let isEmpty = end == bytes.count || bytes[end] == UInt8(ascii: "\n") || bytes[end] == UInt8(ascii: "#")
      return isEmpty ? nil : "a tab cannot indent a line; use spaces"
    }

    private mutating func skipQuoted(_ quote: UInt8) {
      while position < bytes.count {
        let byte = bytes[position]
        position += 1
        if byte == UInt8(ascii: "\n") { line += 1 }
        if byte == quote { return }
        if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\""), position < bytes.count {
          if bytes[position] == UInt8(ascii: "\n") { line += 1 }
          position += 1
        }
      }
    }

    private var isNextBlank: Bool { position == bytes.count || isBlank(bytes[position]) }

    private func isBlank(_ byte: UInt8) -> Bool {
      byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\n")
        || byte == UInt8(ascii: "\r")
    }
  }
}
