internal import Foundation

extension ValueType<[SourceSettings]> {
  /// A domain's sources: a list of tables, each with a kind and a location.
  static let sources = ValueType(allowed: "a list of sources such as '- photos: ~/Pictures/selfies'") {
    node, folder in
    guard case .list(let items) = node.content else { return nil }
    return try items.map { try SourceSettings($0, folder: folder) }
  } format: { sources in
    sources.isEmpty ? .inline("[]") : .below(sources.flatMap(\.lines))
  }
}

extension ValueType<[String]> {
  /// Names of CelebAMask-HQ's part masks.
  static let parts = ValueType(allowed: "a list of CelebAMask-HQ's parts such as [skin, hair]") {
    node, folder in
    guard case .list(let items) = node.content else { return nil }
    let part = ValueType<String>.word(SourceSettings.knownParts)
    return try items.map { try part.value(of: $0, in: folder) }
  } format: { parts in
    .inline("[\(parts.map(YAMLText.quoted).joined(separator: ", "))]")
  }
}

extension SourceSettings {
  private static let every = ValueType<FrameInterval>.text(FrameInterval.allowed, words: FrameInterval.words)
  private static let kinds = SourceKind.allCases.map(\.rawValue)

  /// One entry of a list of sources.
  fileprivate init(_ node: YAMLNode, folder: URL) throws {
    guard case .table(let entries) = node.content else {
      throw node.error(
        "a source is a kind and a location, such as 'photos: ~/Pictures/selfies', not \(node.given)")
    }
    let named = entries.filter { Self.kinds.contains($0.name) }
    guard named.count < 2 else {
      throw SettingsError(
        place: named[1].place,
        message:
          "one source is both '\(named[0].name)' and '\(named[1].name)'; write two entries, each with its own '-'"
      )
    }
    let names = Self.kinds + ["every", "parts", "licence"]
    for entry in entries where !names.contains(entry.name) {
      throw SettingsError(
        place: entry.place,
        message: "unknown key '\(entry.name)' under \(node.path)"
          + suggestion(for: entry.name, in: names, called: "key"))
    }
    guard let entry = named.first, let kind = SourceKind(rawValue: entry.name) else {
      throw node.error("this source has no kind; begin it with \(enumerated(Self.kinds))")
    }
    guard case .scalar(let location, _) = entry.value.content, !location.isEmpty else {
      throw entry.value.error(
        "\(entry.value.path) is \(entry.value.given); it must be a folder, a glob or a file")
    }
    self.init(kind: kind, location: absolutePath(location, in: folder))
    place = entry.place
    if let node = try Self.extra("every", of: entries, only: .videos, kind) {
      every = try Self.every.value(of: node, in: folder)
    }
    if let node = try Self.extra("parts", of: entries, only: .celebamaskHQ, kind) {
      parts = try ValueType<[String]>.parts.value(of: node, in: folder)
    }
    if let entry = entries.first(where: { $0.name == "licence" }) {
      guard case .scalar(let text, _) = entry.value.content, !text.isEmpty else {
        throw entry.value.error("\(entry.value.path) is \(entry.value.given); it must be the licence's name")
      }
      licence = text
    }
  }

  /// The value of a key that is only allowed for sources of one kind.
  private static func extra(
    _ name: String, of entries: [YAMLNode.Entry], only owner: SourceKind, _ kind: SourceKind
  ) throws -> YAMLNode? {
    guard let entry = entries.first(where: { $0.name == name }) else { return nil }
    guard kind == owner else {
      throw SettingsError(
        place: entry.place,
        message: "'\(name)' is only allowed for \(owner.rawValue), and this source is \(kind.rawValue)")
    }
    return entry.value
  }

  /// The entry as YAML.
  fileprivate var lines: [String] {
    var lines = ["- \(kind.rawValue): \(YAMLText.quoted(location))"]
    if kind == .videos { lines.append("  every: \(every)") }
    if case .inline(let text) = ValueType<[String]>.parts.format(parts), kind == .celebamaskHQ {
      lines.append("  parts: \(text)")
    }
    if let licence { lines.append("  licence: \(YAMLText.quoted(licence))") }
    return lines
  }
}
