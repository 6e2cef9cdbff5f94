public import Foundation

/// The settings file, `datasets.yaml`.
///
/// It is read strictly: an unknown key or an invalid value is an error that names its line.
public enum SettingsFile {
  /// The maximum size of a file in bytes.
  private static let maxBytes = 1 << 20

  /// Reads the file at `url`.
  ///
  /// Relative paths in it are relative to its folder. `Settings.validateSources` checks that sources exist.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - overrides: Keys and values such as `train.steps=200` that replace those of the file.
  ///   - needsSources: Whether both domains must have sources; a machine that only trains has none.
  /// - Returns: The settings, with defaults for missing keys.
  /// - Throws: `SettingsError` if the file cannot be read, a key is unknown or a value is not allowed.
  public static func load(
    _ url: URL, overrides: [String] = [], needsSources: Bool = true
  ) throws -> Settings {
    let name = url.relativePath
    func failure(_ message: String) -> SettingsError { SettingsError(place: name, message: message) }

    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
      throw failure("there is no such file; `easel init` writes one")
    }
    guard !isFolder.boolValue else { throw failure("this is a folder; name the file in it") }
    let bytes: Data
    do {
      let file = try FileHandle(forReadingFrom: url)
      defer { try? file.close() }
      bytes = try file.read(upToCount: maxBytes + 1) ?? Data()
    } catch {
      throw failure("the file cannot be read; check its permissions (ls -l)")
    }
    guard bytes.count <= maxBytes else {
      throw failure("the file is larger than 1 MiB, so it is not a settings file")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      let line = String(decoding: bytes, as: UTF8.self).prefix { $0 != "\u{FFFD}" }.count { $0.isNewline } + 1
      throw SettingsError(place: "\(name):\(line)", message: "this is not UTF-8 text; save the file as UTF-8")
    }
    return try parse(
      text, name: name, folder: url.absoluteURL.deletingLastPathComponent(), overrides: overrides,
      needsSources: needsSources)
  }

  /// The settings of a command that works without a file: the defaults with `overrides`.
  ///
  /// - Throws: `SettingsError`.
  public static func defaults(overrides: [String] = []) throws -> Settings {
    let folder = URL(fileURLWithPath: FileManager.default.currentDirectoryPath, isDirectory: true)
    var node = try YAMLNode(yaml: "name: dataset") { _ in "defaults" }
    for override in overrides { try node.override(override) }
    var settings = Settings(output: folder)
    try SettingKey<Settings>.read(SettingKey<Settings>.all, from: node, folder: folder, into: &settings)
    return settings
  }

  /// Reads settings from text.
  ///
  /// - Parameters:
  ///   - text: The content of a settings file.
  ///   - name: The file's name, for errors.
  ///   - folder: The folder of relative paths.
  ///   - overrides: Keys and values such as `train.steps=200`.
  ///   - needsSources: Whether both domains must have sources.
  /// - Returns: The settings.
  /// - Throws: `SettingsError`.
  static func parse(
    _ text: String, name: String, folder: URL, overrides: [String] = [], needsSources: Bool = true
  ) throws -> Settings {
    let text = text.hasPrefix("\u{FEFF}") ? String(text.unicodeScalars.dropFirst()) : text
    var node = try YAMLNode(yaml: text) { line in line.map { "\(name):\($0)" } ?? name }
    if case .nothing = node.content {
      throw SettingsError(place: name, message: "the file is empty; `easel init` shows what to write")
    }
    for override in overrides { try node.override(override) }
    var settings = Settings(output: folder)
    try SettingKey<Settings>.read(SettingKey<Settings>.all, from: node, folder: folder, into: &settings)
    settings.notes = renamedWords(in: node)
    if node["output"] == nil { settings.output = folder.appendingPathComponent("build/\(settings.name)") }
    for domain in Domain.allCases where needsSources && settings[domain].sources.isEmpty {
      if let given = node["domains"]?[domain.rawValue]?["sources"] {
        throw given.error("\(given.path) is empty; name at least one source")
      }
      let place = node["domains"]?[domain.rawValue]?.place ?? node["domains"]?.place ?? name
      throw SettingsError(
        place: place,
        message: "domains.\(domain.rawValue) has no sources; write at least one, such as"
          + " '- \(domain == .a ? "photos: ~/Pictures/selfies" : "screenshots: ~/Pictures/anime")'")
    }
    return settings
  }

  /// One sentence for each renamed word in `node`.
  private static func renamedWords(in node: YAMLNode) -> [String] {
    Domain.allCases.compactMap { domain in
      guard let method = node["domains"]?[domain.rawValue]?["mask"]?["method"],
        case .scalar(let word, _) = method.content
      else { return nil }
      return MaskSettings.Method.note(on: word).map { "\(method.place): \($0)" }
    }
  }

  /// A new settings file: every key with its default and its meaning.
  ///
  /// - Parameters:
  ///   - name: The dataset's name, also the name of its folder in `build`.
  ///   - photos: The location of the photographs, as it is written in the file.
  ///   - screenshots: The location of the anime screenshots, as it is written in the file.
  /// - Returns: The text of a file that `load` reads.
  public static func template(
    name: String = "selfie2anime", photos: String = "~/Pictures/selfies",
    screenshots: String = "~/Pictures/anime"
  ) -> String {
    var settings = Settings(output: URL(fileURLWithPath: "/"))
    settings.name = name
    settings[.a].sources = [SourceSettings(kind: .photos, location: photos)]
    settings[.b].sources = [SourceSettings(kind: .screenshots, location: screenshots)]
    for domain in Domain.allCases { settings[domain].crop.framing = .fit(limit: 0.1) }
    // A relative output stays beside the file if the file is moved.
    let relative = ValueType<String>("", parse: { _ in nil }, format: { "build/\($0)" })
    let keys = SettingKey<Settings>.all.map {
      $0.name == "output" ? SettingKey<Settings>("output", \.name, relative, $0.comment) : $0
    }
    return SettingKey<Settings>.lines(keys, of: settings, commented: true).joined(separator: "\n") + "\n"
  }
}

extension Settings {
  /// All keys with their values as YAML, with absolute paths; `SettingsFile.load` reads the same settings
  /// from it.
  public var yaml: String {
    SettingKey<Settings>.lines(SettingKey<Settings>.all, of: self).joined(separator: "\n") + "\n"
  }
}
