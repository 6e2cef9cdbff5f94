public import Foundation

/// The file that says what is wanted, `datasets.yaml`.
///
/// It is read strictly: what is not understood is an error with its line, never passed over.
public enum SettingsFile {
  /// The most bytes that a file may have.
  private static let largest = 1 << 20

  /// Reads the file at `url`.
  ///
  /// Relative paths in it are taken from its folder. Whether sources are there is for `Settings.validateSources`.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - overrides: Keys and values such as `train.steps=200` that go before the file's.
  ///   - needsSources: Whether both domains must name sources; a machine that only trains has none.
  /// - Returns: What the file says, with the defaults for what it does not.
  /// - Throws: `SettingsError` for what cannot be read, is not known or not allowed.
  public static func load(
    _ url: URL, overrides: [String] = [], needsSources: Bool = true
  ) throws -> Settings {
    let name = url.relativePath
    func failure(_ message: String) -> SettingsError { SettingsError(place: name, message: message) }

    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
      throw failure("there is no such file; `easel init` writes one to begin with")
    }
    guard !isFolder.boolValue else { throw failure("this is a folder; name the file in it") }
    let bytes: Data
    do {
      let file = try FileHandle(forReadingFrom: url)
      defer { try? file.close() }
      bytes = try file.read(upToCount: largest + 1) ?? Data()
    } catch {
      throw failure("the file cannot be read; see who may read it (ls -l)")
    }
    guard bytes.count <= largest else {
      throw failure("the file is larger than 1 MiB; this is no settings file")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      let line = String(decoding: bytes, as: UTF8.self).prefix { $0 != "\u{FFFD}" }.count { $0.isNewline } + 1
      throw SettingsError(place: "\(name):\(line)", message: "this is not UTF-8 text; save the file as UTF-8")
    }
    return try parse(
      text, name: name, folder: url.absoluteURL.deletingLastPathComponent(), overrides: overrides,
      needsSources: needsSources)
  }

  /// The settings of a command that works without a file: every default, and what `overrides` say.
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
  ///   - folder: What relative paths are taken from.
  ///   - overrides: Keys and values such as `train.steps=200`.
  ///   - needsSources: Whether both domains must name sources.
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

  /// One sentence for each word in `node` that has another name today.
  private static func renamedWords(in node: YAMLNode) -> [String] {
    Domain.allCases.compactMap { domain in
      guard let method = node["domains"]?[domain.rawValue]?["mask"]?["method"],
        case .scalar(let word, _) = method.content
      else { return nil }
      return MaskSettings.Method.note(on: word).map { "\(method.place): \($0)" }
    }
  }

  /// The file that a person begins with: every key with its default and what it means.
  ///
  /// - Parameters:
  ///   - name: The dataset's name, which is also its folder's under `build`.
  ///   - photos: Where the photographs are, as it is to be written.
  ///   - screenshots: Where the frames of drawn videos are, as it is to be written.
  /// - Returns: The text of a file that `load` reads.
  public static func template(
    name: String = "selfie2anime", photos: String = "~/Pictures/selfies",
    screenshots: String = "~/Pictures/anime"
  ) -> String {
    var settings = Settings(output: URL(fileURLWithPath: "/"))
    settings.name = name
    settings[.a].sources = [SourceSettings(kind: .photos, location: photos)]
    settings[.b].sources = [SourceSettings(kind: .screenshots, location: screenshots)]
    // Written relative, the output follows the file wherever it is put.
    let relative = ValueType<String>("", parse: { _ in nil }, format: { "build/\($0)" })
    let keys = SettingKey<Settings>.all.map {
      $0.name == "output" ? SettingKey<Settings>("output", \.name, relative, $0.comment) : $0
    }
    return SettingKey<Settings>.lines(keys, of: settings, commented: true).joined(separator: "\n") + "\n"
  }
}

extension Settings {
  /// Every key with its value as YAML, paths absolute; `SettingsFile.load` reads it as the same settings.
  public var yaml: String {
    SettingKey<Settings>.lines(SettingKey<Settings>.all, of: self).joined(separator: "\n") + "\n"
  }
}
