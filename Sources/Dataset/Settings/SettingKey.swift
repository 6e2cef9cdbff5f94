internal import Foundation

/// One key of the settings: its name, its meaning, and the property of a `Root` that has its value.
///
/// Reading, validating, writing and explaining a key all follow from this one declaration.
struct SettingKey<Root>: Sendable {
  /// The content of a key: a value, or further keys.
  enum Content: Sendable {
    case value(
      read: @Sendable (YAMLNode, URL, inout Root) throws -> Void, write: @Sendable (Root) -> YAMLText)
    case section([SettingKey])
  }

  /// The key's text.
  let name: String
  /// Its meaning, for the comment in the file.
  let comment: String
  /// Its value, or further keys.
  let content: Content

  private init(name: String, comment: String, content: Content) {
    (self.name, self.comment, self.content) = (name, comment, content)
  }

  /// A key whose value is the property at `path`.
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

  /// A key whose value is the property at `path`, written as `word` if it is nil.
  init<Value>(
    _ name: String, _ path: any WritableKeyPath<Root, Value?> & Sendable, _ kind: ValueType<Value>,
    or word: String,
    _ comment: String
  ) {
    self.init(name, path, kind.or(word), comment)
  }

  /// A key with further keys, whose values are in the part at `path`.
  static func section<Part>(
    _ name: String, _ path: any WritableKeyPath<Root, Part> & Sendable, _ keys: [SettingKey<Part>],
    _ comment: String
  ) -> SettingKey {
    SettingKey(name: name, comment: comment, content: .section(keys.map { $0.moved(to: path) }))
  }

  /// A key with further keys, whose values are in the same `Root`.
  static func group(_ name: String, _ keys: [SettingKey], _ comment: String) -> SettingKey {
    SettingKey(name: name, comment: comment, content: .section(keys))
  }

  /// The same key for a `Whole` whose part at `path` is the `Root`.
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
  /// Reads the values of `keys` from `node`; properties without a key in `node` keep their values.
  ///
  /// - Throws: `SettingsError` for an unknown key or a value that is not allowed.
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

  /// Writes `keys` as YAML with all values, and with their meanings if `commented`.
  ///
  /// - Parameters:
  ///   - keys: The keys in the written order.
  ///   - root: The values.
  ///   - commented: Whether each key is explained.
  ///   - depth: The number of enclosing sections, so that all comments begin in one column.
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

extension SettingKey {
  /// The differences between two roots, each as a key with both values, such as `batch: 1 -> 4`.
  static func changes(_ keys: [SettingKey], from old: Root, to new: Root, prefix: String = "") -> [String] {
    keys.flatMap { key -> [String] in
      switch key.content {
      case .section(let keys): return changes(keys, from: old, to: new, prefix: "\(prefix)\(key.name).")
      case .value(_, let write):
        let (before, after) = (write(old), write(new))
        guard before != after else { return [] }
        guard case .inline(let one) = before, case .inline(let other) = after else {
          return ["\(prefix)\(key.name)"]
        }
        return ["\(prefix)\(key.name): \(one) -> \(other)"]
      }
    }
  }
}

extension TrainSettings {
  /// The differences from `old`, each as a key with both values, such as `batch: 1 -> 4`.
  public func changes(from old: TrainSettings) -> [String] {
    SettingKey<TrainSettings>.changes(SettingKey<TrainSettings>.all, from: old, to: self)
  }
}

/// `lines`, indented by two spaces.
func indented(_ lines: [String]) -> [String] { lines.map { "  \($0)" } }
