internal import Foundation

/// How values of one type are read and written.
struct ValueType<Value: Sendable>: Sendable {
  /// A description of the allowed values that completes the sentence "it must be ...".
  let allowed: String
  /// The allowed words, for suggestions after a misspelling.
  var words: [String] = []
  /// Parses a node; nil if it is not an allowed value.
  ///
  /// Relative paths are relative to the folder.
  let parse: @Sendable (YAMLNode, URL) throws -> Value?
  /// Formats a value as YAML, from which `parse` reads the same value.
  let format: @Sendable (Value) -> YAMLText
}

/// A value as YAML: on the line of its key, or on separate lines below it.
enum YAMLText: Sendable, Hashable {
  case inline(String)
  case below([String])
}

extension ValueType {
  /// A type whose values are single words or numbers.
  init(
    _ allowed: String, words: [String] = [], parse: @escaping @Sendable (String) -> Value?,
    format: @escaping @Sendable (Value) -> String
  ) {
    self.init(allowed: allowed, words: words) { node, _ in
      guard case .scalar(let text, _) = node.content else { return nil }
      return parse(text)
    } format: {
      .inline(YAMLText.quoted(format($0)))
    }
  }

  /// Reads `node` as this type.
  ///
  /// - Throws: `SettingsError` with the given value and the allowed values.
  func value(of node: YAMLNode, in folder: URL) throws -> Value {
    if let value = try parse(node, folder) { return value }
    var hint = ""
    if case .scalar(let text, _) = node.content, let best = nearest(to: text, in: words),
      editDistance(best, text) <= max(2, best.count / 2)
    {
      hint = "; did you mean '\(best)'?"
    }
    throw node.error("\(node.path) is \(node.given); it must be \(allowed)\(hint)")
  }

  /// The same type with a word for "no value".
  func or(_ word: String) -> ValueType<Value?> {
    ValueType<Value?>(allowed: "\(allowed), or \(word)", words: words + [word]) { node, folder in
      if case .scalar(word, _) = node.content { return .some(nil) }
      return try parse(node, folder).map(Optional.some)
    } format: { value in
      value.map(format) ?? .inline(word)
    }
  }
}

extension ValueType where Value: CaseIterable & RawRepresentable<String> {
  /// One of the cases of an enumeration.
  static var choice: ValueType {
    let words = Value.allCases.map(\.rawValue)
    return ValueType(enumerated(words), words: words, parse: { Value(rawValue: $0) }, format: \.rawValue)
  }
}

extension ValueType where Value: LosslessStringConvertible {
  /// A value with its own text form.
  static func text(_ allowed: String, words: [String] = []) -> ValueType {
    ValueType(allowed, words: words, parse: { Value($0) }, format: { String($0) })
  }
}

extension ValueType<String> {
  /// One of `words`.
  static func word(_ words: [String]) -> ValueType {
    ValueType(enumerated(words), words: words, parse: { words.contains($0) ? $0 : nil }, format: { $0 })
  }
}

extension ValueType<Int> {
  /// A whole number in `range` that is a multiple of `step`; `100_000` is accepted for 100000.
  static func whole(_ range: ClosedRange<Int>, step: Int = 1) -> ValueType {
    var allowed = "a whole number from \(range.lowerBound)"
    if range.upperBound < .max { allowed += " to \(range.upperBound)" }
    if step > 1 { allowed += ", a multiple of \(step)" }
    return ValueType(allowed: allowed) { node, _ in
      guard case .scalar(let text, quoted: false) = node.content,
        let value = Int(text.replacing("_", with: "")), range.contains(value), value.isMultiple(of: step)
      else { return nil }
      return value
    } format: {
      .inline(String($0))
    }
  }
}

extension ValueType<Double> {
  /// A number in `range`; if `open`, the lower bound is excluded.
  static func number(_ range: ClosedRange<Double>, open: Bool = false) -> ValueType {
    let bound = range.lowerBound.written
    let upper = range.upperBound.isFinite ? " and at most \(range.upperBound.written)" : ""
    return ValueType(allowed: "a number \(open ? "greater than" : "of at least") \(bound)\(upper)") {
      node, _ in
      guard let value = node.number, range.contains(value), !open || value > range.lowerBound else {
        return nil
      }
      return value
    } format: {
      .inline($0.written)
    }
  }
}

extension ValueType<URL> {
  /// A file or folder.
  static let path = ValueType(allowed: "a path, absolute or relative to the file's folder") { node, folder in
    guard case .scalar(let text, _) = node.content, !text.isEmpty else { return nil }
    return URL(fileURLWithPath: absolutePath(text, in: folder))
  } format: {
    .inline(YAMLText.quoted($0.path))
  }
}

/// The absolute path of `text`: `~` is the home folder, and relative paths are in `folder`.
func absolutePath(_ text: String, in folder: URL) -> String {
  let home = FileManager.default.homeDirectoryForCurrentUser.path
  if text == "~" { return home }
  if text.hasPrefix("~/") { return home + text.dropFirst(1) }
  return text.hasPrefix("/") ? text : folder.appendingPathComponent(text).standardizedFileURL.path
}

extension YAMLNode {
  /// The node's value as a finite decimal number; nil if it is quoted or no such number.
  var number: Double? {
    guard case .scalar(let text, quoted: false) = content,
      text.allSatisfy({ "0123456789+-.eE".contains($0) }),
      let value = Double(text), value.isFinite
    else { return nil }
    return value
  }
}

extension Double {
  /// The shortest text that is parsed as the same number; whole numbers have no point.
  var written: String { Int(exactly: self).map(String.init) ?? String(self) }
}

extension YAMLText {
  /// `text`, in quotes if YAML would read it differently without them.
  static func quoted(_ text: String) -> String {
    let safe = text.unicodeScalars.allSatisfy {
      $0.isASCII && ($0.properties.isAlphabetic || "0123456789_./~-+".unicodeScalars.contains($0))
    }
    let starts = text.unicodeScalars.first.map { !"-~".unicodeScalars.contains($0) } ?? false
    if safe, starts || text.hasPrefix("~/"), text != "null" { return text }
    let escaped = text.unicodeScalars.map { scalar in
      switch scalar {
      case "\"", "\\": "\\\(scalar)"
      case "\u{0}"..<" ", "\u{7F}"..<"\u{A0}", "\u{2028}", "\u{2029}", "\u{FEFF}", "\u{FFFE}", "\u{FFFF}":
        "\\u" + String(format: "%04X", scalar.value)
      default: String(scalar)
      }
    }
    return "\"\(escaped.joined())\""
  }
}
