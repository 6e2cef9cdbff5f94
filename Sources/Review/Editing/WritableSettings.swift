import Dataset
public import Foundation

/// The settings file that the review was started with, into which the page writes rules and names of characters.
///
/// It is changed only while it is as this program has read or written it.
public actor WritableSettings {
  /// A change of the file's text, which can be reverted.
  struct Patch: Sendable, Codable, Equatable {
    /// The position in bytes.
    let start: Int
    let removed: String
    let inserted: String

    /// The change back.
    var reversed: Patch { Patch(start: start, removed: inserted, inserted: removed) }
  }

  /// The reason why the file was not changed.
  struct Refusal: Error {
    let sentence: String
  }

  private let file: URL
  private let name: String
  /// The bytes as they were last read or written; nil if the file could not be read.
  private var known: Data?

  /// The file at `url`, which has just been read as settings.
  public init(_ url: URL) {
    // A link remains one; the file that it leads to is replaced.
    file = url.resolvingSymlinksInPath()
    name = url.lastPathComponent
    known = try? Data(contentsOf: file)
  }

  /// The file's name for the page.
  nonisolated var title: String { name }

  /// Writes rules.
  ///
  /// - Returns: The change, and the rules of each domain afterwards.
  /// - Throws: `Refusal`.
  func write(_ changes: [RuleChange]) throws -> (patch: Patch, rules: [Domain: [CurateSettings.Rule]]) {
    let text = try current()
    do {
      let edited = try SettingsFile.apply(changes, to: text, name: name, folder: folder)
      return (Self.difference(from: text, to: edited), try save(edited))
    } catch let error as SettingsError {
      throw Refusal(sentence: error.description)
    }
  }

  /// Writes the name of a person or character.
  ///
  /// - Parameters:
  ///   - sample: The ID of a sample that shows it.
  ///   - shown: Its name so far; nil if only this sample shows it.
  ///   - newName: The new name.
  /// - Throws: `Refusal`.
  func nameCharacter(of sample: String, called shown: String?, as newName: String) throws {
    let text = try current()
    do {
      _ = try save(
        SettingsFile.nameCharacter(
          of: sample, called: shown, as: newName, in: text, name: name, folder: folder))
    } catch let error as SettingsError {
      throw Refusal(sentence: error.description)
    }
  }

  /// Reverts or repeats a change that `write` made.
  ///
  /// - Returns: The rules of each domain afterwards.
  /// - Throws: `Refusal`, also if the change concerns anything but rules.
  func apply(_ patch: Patch) throws -> [Domain: [CurateSettings.Rule]] {
    let text = try current()
    let (bytes, removed) = (Array(text.utf8), Array(patch.removed.utf8))
    guard patch.start >= 0, patch.start <= bytes.count - removed.count,
      Array(bytes[patch.start..<patch.start + removed.count]) == removed,
      let edited = String(
        validating: bytes[..<patch.start] + Array(patch.inserted.utf8)
          + bytes[(patch.start + removed.count)...],
        as: UTF8.self)
    else {
      throw Refusal(sentence: "\(name) was changed meanwhile, so nothing was written; change the rule there")
    }
    do {
      let before = try SettingsFile.settings(in: text, name: name, folder: folder)
      let after = try SettingsFile.settings(in: edited, name: name, folder: folder)
      guard before.withoutRules == after.withoutRules else {
        throw Refusal(sentence: "this change of \(name) concerns more than rules")
      }
    } catch let error as SettingsError {
      throw Refusal(sentence: error.description)
    }
    return try save(edited)
  }

  private var folder: URL { file.deletingLastPathComponent() }

  private func current() throws -> String {
    guard let known, let bytes = try? Data(contentsOf: file) else {
      throw Refusal(sentence: "\(name) cannot be read; check that it exists and its permissions (ls -l)")
    }
    guard bytes == known else {
      throw Refusal(
        sentence: "\(name) was changed since easel review has read it, so nothing was written; "
          + "start easel review again, or make the change in the file yourself")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Refusal(sentence: "\(name) is not UTF-8 text")
    }
    return text
  }

  private func save(_ text: String) throws -> [Domain: [CurateSettings.Rule]] {
    let bytes = Data(text.utf8)
    let rules: [Domain: [CurateSettings.Rule]]
    do {
      let settings = try SettingsFile.settings(in: text, name: name, folder: folder)
      rules = Dictionary(uniqueKeysWithValues: Domain.allCases.map { ($0, settings.rules(for: $0)) })
      guard FileManager.default.isWritableFile(atPath: file.path) else {
        throw Refusal(
          sentence:
            "\(name) cannot be written; check its permissions (ls -l), or make the change in the file yourself"
        )
      }
      let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions]
      try AtomicFile.write(bytes, to: file)
      known = bytes
      // The file is already complete; some file systems have no permissions.
      if let mode {
        try? FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
      }
    } catch let refusal as Refusal {
      throw refusal
    } catch {
      throw Refusal(sentence: "\(name) was not changed: \(error)")
    }
    return rules
  }

  /// The part in which two texts differ.
  private static func difference(from text: String, to edited: String) -> Patch {
    let (old, new) = (Array(text.utf8), Array(edited.utf8))
    var start = zip(old, new).prefix { $0 == $1 }.count
    // A character is not divided.
    while start > 0, start < old.count, old[start] & 0xC0 == 0x80 { start -= 1 }
    let rest = min(old.count, new.count) - start
    var end = zip(old.reversed(), new.reversed()).prefix { $0 == $1 }.prefix(rest).count
    while end > 0, old[old.count - end] & 0xC0 == 0x80 { end -= 1 }
    return Patch(
      start: start, removed: String(decoding: old[start..<old.count - end], as: UTF8.self),
      inserted: String(decoding: new[start..<new.count - end], as: UTF8.self))
  }
}
