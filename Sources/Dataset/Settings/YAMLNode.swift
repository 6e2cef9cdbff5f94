internal import Foundation
internal import Yams

/// A value of a settings file or an override, with the places of all its parts.
struct YAMLNode {
  /// One key and its value.
  struct Entry {
    let name: String
    /// The key's place in the file.
    let place: String
    var value: YAMLNode
  }

  /// The content of a value.
  enum Content {
    case nothing
    case scalar(String, quoted: Bool)
    case list([YAMLNode])
    case table([Entry])
  }

  /// The path of keys, such as `domains.A.crop`; empty for the whole file.
  let path: String
  /// Its place in the file, such as `datasets.yaml:12`.
  let place: String
  var content: Content

  /// An error at this place.
  func error(_ message: String) -> SettingsError { SettingsError(place: place, message: message) }

  /// The value of the key `name`; nil if this is no table or has no such key.
  subscript(name: String) -> YAMLNode? {
    guard case .table(let entries) = content else { return nil }
    return entries.first { $0.name == name }?.value
  }

  /// A description of this value for error messages.
  var given: String {
    switch content {
    case .nothing: "empty"
    case .scalar(let text, quoted: true): "the text \"\(text.prefix(80))\""
    case .scalar(let text, quoted: false): "'\(text.prefix(80))'"
    case .list: "a list"
    case .table: "a table of keys"
    }
  }
}

extension YAMLNode {
  /// Reads YAML text.
  ///
  /// - Parameters:
  ///   - yaml: One document.
  ///   - path: The path of keys to its content.
  ///   - place: Returns the place of a line, such as `datasets.yaml:12`.
  /// - Throws: `SettingsError` with the line.
  init(yaml: String, path: String = "", place: (Int?) -> String) throws {
    if let (name, line) = Self.alias(in: yaml) {
      throw SettingsError(
        place: place(line), message: "aliases such as *\(name) are not supported; write the value itself")
    }
    do {
      // With the basic resolver every scalar remains text; the key decides how it is parsed.
      let node = try Yams.compose(yaml: yaml, .basic)
      try self.init(node, path: path, parent: place(nil), place: place)
    } catch let error as YamlError {
      throw SettingsError(error, in: yaml, place: place)
    }
  }

  /// The first `*name` in `yaml` with a matching `&name`, and its line.
  ///
  /// Nested aliases can expand a small text to an enormous one, and the parser expands them while it reads.
  /// So they are searched for before parsing, even inside quotes: such a pair of names has no other use in
  /// settings.
  private static func alias(in yaml: String) -> (name: String, line: Int)? {
    let bytes = Array(yaml.utf8)
    var found: [UInt8: [(name: String, line: Int)]] = [:]
    var line = 1
    for (index, byte) in bytes.enumerated() {
      if byte == UInt8(ascii: "\n") { line += 1 }
      guard byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*") else { continue }
      let name = bytes[(index + 1)...].prefix { byte in
        let scalar = Unicode.Scalar(byte)
        return scalar.isASCII && scalar.properties.isAlphabetic || (48...57).contains(byte) || byte == 95
          || byte == 45
      }
      if !name.isEmpty { found[byte, default: []].append((String(decoding: name, as: UTF8.self), line)) }
    }
    let anchors = Set(found[UInt8(ascii: "&"), default: []].map(\.name))
    return found[UInt8(ascii: "*"), default: []].first { anchors.contains($0.name) }
  }

  private init(_ node: Node?, path: String, parent: String, place: (Int?) -> String) throws {
    self.path = path
    let here = node?.mark.map { place($0.line) } ?? parent
    self.place = here
    switch node {
    case nil: content = .nothing
    case .scalar(let scalar):
      let quoted = scalar.style == .singleQuoted || scalar.style == .doubleQuoted
      let isNothing = !quoted && ["", "~", "null"].contains(scalar.string)
      content = isNothing ? .nothing : .scalar(scalar.string, quoted: quoted)
    case .sequence(let sequence):
      content = .list(try sequence.map { try YAMLNode($0, path: path, parent: here, place: place) })
    case .mapping(let mapping):
      content = .table(
        try mapping.map { key, value in
          let keyPlace = key.mark.map { place($0.line) } ?? here
          guard let name = key.scalar?.string else {
            throw SettingsError(place: keyPlace, message: "a key must be a word, not a list or table")
          }
          let path = path.isEmpty ? name : "\(path).\(name)"
          let value = try YAMLNode(value, path: path, parent: keyPlace, place: place)
          return Entry(name: name, place: keyPlace, value: value)
        })
    case .alias: throw SettingsError(place: here, message: "aliases are not supported")
    }
  }

  /// Applies an override such as `train.steps=200`.
  ///
  /// The value is parsed as YAML if it begins like a list, a table or quoted text; otherwise it is taken as
  /// plain text.
  ///
  /// - Throws: `SettingsError` that names the override.
  mutating func override(_ text: String) throws {
    let place = "--set \(text)"
    guard let sign = text.firstIndex(of: "="), sign > text.startIndex else {
      throw SettingsError(place: place, message: "write it as key=value, such as train.steps=200")
    }
    let path = String(text[..<sign])
    let names = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard names.count <= 8, !names.contains("") else {
      throw SettingsError(place: place, message: "'\(path)' is not a path of keys such as train.steps")
    }
    let value = String(text[text.index(after: sign)...]).trimmingCharacters(in: .whitespaces)
    let isYAML = value.first.map { "[{\"'".contains($0) } ?? true
    let node =
      isYAML
      ? try YAMLNode(yaml: value, path: path) { _ in place }
      : YAMLNode(path: path, place: place, content: .scalar(value, quoted: false))
    try set(names[...], to: node)
  }

  private mutating func set(_ names: ArraySlice<String>, to value: YAMLNode) throws {
    guard let name = names.first else {
      self = value
      return
    }
    var entries: [Entry] = []
    switch content {
    case .table(let own): entries = own
    case .nothing: break
    case .scalar, .list:
      throw SettingsError(
        place: value.place, message: "'\(path)' has no keys; set a whole value with '\(path)='")
    }
    let path = self.path.isEmpty ? name : "\(self.path).\(name)"
    let index = entries.firstIndex { $0.name == name } ?? entries.endIndex
    if index == entries.endIndex {
      let empty = YAMLNode(path: path, place: value.place, content: .nothing)
      entries.append(Entry(name: name, place: value.place, value: empty))
    }
    try entries[index].value.set(names.dropFirst(), to: value)
    content = .table(entries)
  }
}

extension SettingsError {
  /// The parser's error about `yaml` as one sentence.
  fileprivate init(_ error: YamlError, in yaml: String, place: (Int?) -> String) {
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let elsewhere = context.map { place($0.mark.line) != place(mark.line) } ?? false
      let prefix = context.map { $0.text + (elsewhere ? " (line \($0.mark.line)): " : ": ") } ?? ""
      self.init(
        place: place(mark.line), message: "this is not YAML: \(prefix)\(problem)\(Self.remedy(problem))")
    case .duplicatedKeysInMapping(let names, let context):
      let list = enumerated(names.sorted().map { "'\($0)'" }, "and")
      self.init(place: place(context.mark.line), message: "\(list) is given more than once in one place")
    case .reader(let problem, let offset, _, _):
      let line = offset.map { yaml.prefix($0).count { $0.isNewline } + 1 }
      self.init(place: place(line), message: "this is not text: \(problem)")
    default: self.init(place: place(nil), message: "this is not YAML: \(error)")
    }
  }

  /// What to write instead, for parser messages that do not explain the error.
  private static func remedy(_ problem: String) -> String {
    switch problem {
    case "found undefined alias", "did not find expected alphabetic or numeric character":
      "; put a value that begins with '*' or '&' in quotes"
    case "found character that cannot start any token":
      "; indent with spaces, not tabs, and put a value that begins with '@', '%' or '`' in quotes"
    default: ""
    }
  }
}
