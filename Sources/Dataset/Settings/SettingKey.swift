internal import Foundation

/// One key of the settings: its name, what it means, and where in a `Root` its value lies.
///
/// What is declared so is read, checked, written, explained and given its default from this one place.
struct SettingKey<Root>: Sendable {
  /// What stands behind a key.
  enum Content: Sendable {
    case value(
      read: @Sendable (YAMLNode, URL, inout Root) throws -> Void, write: @Sendable (Root) -> YAMLText)
    case section([SettingKey])
  }

  /// The key as it is written.
  let name: String
  /// What it means, for the line that explains it.
  let comment: String
  /// What stands behind it.
  let content: Content

  private init(name: String, comment: String, content: Content) {
    (self.name, self.comment, self.content) = (name, comment, content)
  }

  /// A key whose value lies at `path`.
  init<Value>(
    _ name: String, _ path: any WritableKeyPath<Root, Value> & Sendable, _ kind: ValueType<Value>,
    _ comment: String
  ) {
    self.init(
      name: name, comment: comment,
      content: .value(
        read: { node, folder, root in root[keyPath: path] = try kind.value(of: node, in: folder) },
        write: { root in kind.format(root[keyPath: path]) }))
  }

  /// A key whose value lies at `path`, or `word` for none.
  init<Value>(
    _ name: String, _ path: any WritableKeyPath<Root, Value?> & Sendable, _ kind: ValueType<Value>,
    or word: String,
    _ comment: String
  ) {
    self.init(name, path, kind.or(word), comment)
  }

  /// A key with keys of its own, whose values lie in the part at `path`.
  static func section<Part>(
    _ name: String, _ path: any WritableKeyPath<Root, Part> & Sendable, _ keys: [SettingKey<Part>],
    _ comment: String
  ) -> SettingKey {
    SettingKey(name: name, comment: comment, content: .section(keys.map { $0.moved(to: path) }))
  }

  /// A key with keys of its own, whose values lie beside the others.
  static func group(_ name: String, _ keys: [SettingKey], _ comment: String) -> SettingKey {
    SettingKey(name: name, comment: comment, content: .section(keys))
  }

  /// The same key of a whole whose part at `path` is a `Root`.
  private func moved<Whole>(to path: any WritableKeyPath<Whole, Root> & Sendable) -> SettingKey<Whole> {
    switch content {
    case .section(let keys):
      SettingKey<Whole>(name: name, comment: comment, content: .section(keys.map { $0.moved(to: path) }))
    case .value(let read, let write):
      SettingKey<Whole>(
        name: name, comment: comment,
        content: .value(
          read: { try read($0, $1, &$2[keyPath: path]) }, write: { write($0[keyPath: path]) }))
    }
  }
}

extension SettingKey {
  /// Reads all of `keys` that `node` has; the others keep their values.
  ///
  /// - Throws: `SettingsError` for what is not one of `keys` or not allowed.
  static func read(_ keys: [SettingKey], from node: YAMLNode, folder: URL, into root: inout Root) throws {
    let entries: [YAMLNode.Entry]
    switch node.content {
    case .table(let own): entries = own
    case .nothing: entries = []
    case .scalar, .list:
      let subject = node.path.isEmpty ? "the file" : node.path
      throw node.error(
        "\(subject) is \(node.given); it must be a table of \(enumerated(keys.map(\.name), "and"))")
    }
    let names = keys.map(\.name)
    for entry in entries where !names.contains(entry.name) {
      let under = node.path.isEmpty ? "" : " under \(node.path)"
      throw SettingsError(
        place: entry.place,
        message: "unknown key '\(entry.name)'\(under)\(suggestion(for: entry.name, in: names, called: "key"))"
      )
    }
    for key in keys {
      guard let value = node[key.name] else { continue }
      switch key.content {
      case .value(let read, _): try read(value, folder, &root)
      case .section(let keys): try SettingKey.read(keys, from: value, folder: folder, into: &root)
      }
    }
  }

  /// Writes `keys` as YAML, with every value and, where `commented`, what it means.
  ///
  /// - Parameters:
  ///   - keys: The keys in the order that they are written in.
  ///   - root: Has the values.
  ///   - commented: Whether each key is explained.
  ///   - depth: In how many sections the keys lie, so that explanations stand in one column.
  /// - Returns: The lines.
  static func lines(_ keys: [SettingKey], of root: Root, commented: Bool = false, depth: Int = 0) -> [String]
  {
    keys.flatMap { key in
      func line(_ text: String) -> String {
        guard commented else { return text }
        return text.padding(toLength: max(text.count + 1, 31 - 2 * depth), withPad: " ", startingAt: 0)
          + "# \(key.comment)"
      }
      switch key.content {
      case .section(let keys):
        return [line("\(key.name):")]
          + indented(lines(keys, of: root, commented: commented, depth: depth + 1))
      case .value(_, let write):
        switch write(root) {
        case .inline(let text): return [line("\(key.name): \(text)")]
        case .below(let lines): return [line("\(key.name):")] + indented(lines)
        }
      }
    }
  }
}

/// `lines` two spaces further in.
func indented(_ lines: [String]) -> [String] { lines.map { "  \($0)" } }
