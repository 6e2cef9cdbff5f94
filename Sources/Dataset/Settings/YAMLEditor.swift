internal import Yams

/// Changes values in YAML text and keeps every other character: comments, order, indentation and line endings.
///
/// It knows the forms in which settings are usually written. It changes nothing if it does not know a form; the caller checks
/// the result by parsing it.
struct YAMLEditor {
  /// The value is written in a form that is not known here.
  struct UnknownForm: Error {}

  private(set) var text: String
  private var newline: String { text.contains("\r\n") ? "\r\n" : "\n" }

  init(_ text: String) { self.text = text }

  /// Sets the value at a path of keys, and adds the keys that are missing.
  ///
  /// - Parameters:
  ///   - path: The keys, such as `curate`, `keep-if`, `sharpness`.
  ///   - value: The value as YAML on one line.
  ///   - atEnd: Whether a key that is missing at the top is added at the end; otherwise before the first key.
  /// - Throws: `UnknownForm`; the parser's error.
  mutating func set(_ path: [String], to value: String, atEnd: Bool = true) throws {
    guard case .mapping(var table)? = try Yams.compose(yaml: text, .basic) else { throw UnknownForm() }
    for (depth, name) in path.enumerated() {
      let below = path[(depth + 1)...]
      guard let (key, node) = table.first(where: { $0.key.scalar?.string == name }) else {
        return try insert(name, below, value, into: table, isTop: depth == 0, atEnd: atEnd)
      }
      guard !below.isEmpty else { return try replace(node, of: key, with: value) }
      switch node {
      case .mapping(let next): table = next
      case .scalar(let scalar) where ["", "~", "null"].contains(scalar.string):
        return try replace(node, of: key, with: Self.flow(below, value))
      default: throw UnknownForm()
      }
    }
  }

  /// `{ a: { b: value } }` for the keys a and b.
  private static func flow(_ keys: ArraySlice<String>, _ value: String) -> String {
    keys.reversed().reduce(value) { "{ \($1): \($0) }" }
  }

  private mutating func insert(
    _ name: String, _ below: ArraySlice<String>, _ value: String, into table: Node.Mapping, isTop: Bool,
    atEnd: Bool
  ) throws {
    let entry = "\(name): \(Self.flow(below, value))"
    let start = try index(table.mark)
    if text[start] == "{" {
      let isSpaced = text[text.index(after: start)...].first?.isWhitespace ?? false
      text.insert(
        contentsOf: table.isEmpty ? " \(entry) " : " \(entry),\(isSpaced ? "" : " ")",
        at: text.index(after: start))
      return
    }
    guard let first = table.first?.key else { throw UnknownForm() }
    let place = try index(first.mark)
    let line = text[..<place].lastIndex(where: \.isNewline).map(text.index(after:)) ?? text.startIndex
    let indentation = text[line..<place]
    guard indentation.allSatisfy({ $0 == " " }) else { throw UnknownForm() }
    guard isTop, atEnd else {
      text.insert(contentsOf: "\(indentation)\(entry)\(newline)", at: line)
      return
    }
    let lines =
      below.isEmpty
      ? [entry] : ["\(name):", "  \(below[below.startIndex]): \(Self.flow(below.dropFirst(), value))"]
    if text.last.map({ !$0.isNewline }) ?? false { text += newline }
    text += lines.map { "\(indentation)\($0)\(newline)" }.joined()
  }

  private mutating func replace(_ node: Node, of key: Node, with value: String) throws {
    switch node {
    case .scalar(let scalar) where scalar.string.isEmpty && scalar.style == .plain:
      text.insert(contentsOf: " " + value, at: try end(ofKey: key))
    case .scalar: try replace(node, with: value)
    case .sequence(let sequence):
      let start = try index(sequence.mark)
      if text[start] == "[" {
        guard let end = text[start...].firstIndex(of: "]") else { throw UnknownForm() }
        // A comment inside of it would be lost, and a nested list is no rule.
        guard !text[start...end].contains("#"), !text[start...end].dropFirst().contains("[") else {
          throw UnknownForm()
        }
        text.replaceSubrange(start...end, with: value)
      } else {
        // One number on each line.
        let numbers = value.split { "[], ".contains($0) }
        guard value.hasPrefix("["), numbers.count == sequence.count else { throw UnknownForm() }
        for (item, number) in zip(sequence, numbers).reversed() { try replace(item, with: String(number)) }
      }
    default: throw UnknownForm()
    }
  }

  /// Replaces a word, a number, or a quoted text on one line.
  private mutating func replace(_ node: Node, with value: String) throws {
    guard case .scalar(let scalar) = node else { throw UnknownForm() }
    let start = try index(scalar.mark)
    let written =
      switch scalar.style {
      case .singleQuoted: "'\(scalar.string)'"
      case .doubleQuoted: "\"\(scalar.string)\""
      default: scalar.string
      }
    guard !written.isEmpty, text[start...].hasPrefix(written) else { throw UnknownForm() }
    text.replaceSubrange(start..<text.index(start, offsetBy: written.count), with: value)
  }

  /// The place after a key's colon.
  private func end(ofKey key: Node) throws -> String.Index {
    guard let scalar = key.scalar else { throw UnknownForm() }
    var place = try index(scalar.mark)
    let quotes = scalar.style == .singleQuoted || scalar.style == .doubleQuoted ? 2 : 0
    for _ in 0..<scalar.string.count + quotes where place < text.endIndex { place = text.index(after: place) }
    while place < text.endIndex, text[place] == " " { place = text.index(after: place) }
    guard place < text.endIndex, text[place] == ":" else { throw UnknownForm() }
    return text.index(after: place)
  }

  /// The place of a mark, whose line and column count from 1.
  private func index(_ mark: Mark?) throws -> String.Index {
    guard let mark else { throw UnknownForm() }
    var place = text.startIndex
    for _ in 1..<max(mark.line, 1) {
      guard let end = text[place...].firstIndex(where: \.isNewline) else { throw UnknownForm() }
      place = text.index(after: end)
    }
    // The parser counts Unicode scalars.
    let scalars = text.unicodeScalars
    guard
      let found = scalars.index(place, offsetBy: max(mark.column, 1) - 1, limitedBy: scalars.endIndex),
      found < scalars.endIndex
    else { throw UnknownForm() }
    return found
  }
}
