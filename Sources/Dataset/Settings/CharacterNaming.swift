package import Foundation

extension SettingsFile {
  /// The text of a settings file in which a person or character has another name; every other character of the text remains.
  ///
  /// - Parameters:
  ///   - sample: The ID of a sample that shows it.
  ///   - shown: Its name so far, a user's or that of its group; nil if only this sample shows it.
  ///   - newName: The new name.
  ///   - text: The text of the file.
  ///   - name: The file's name, for errors.
  ///   - folder: The file's folder.
  /// - Returns: The new text, which gives the same settings except for this name.
  /// - Throws: `SettingsError` if the text is not valid or is written in a form that cannot be changed.
  package static func nameCharacter(
    of sample: String, called shown: String?, as newName: String, in text: String, name: String, folder: URL
  ) throws -> String {
    let mark = text.hasPrefix("\u{FEFF}") ? "\u{FEFF}" : ""
    let body = String(text.unicodeScalars.dropFirst(mark.unicodeScalars.count))
    var expected = try parse(body, name: name, folder: folder, needsSources: false)
    expected.notes = []
    let names = expected.curate.characterNames
    // Groups that a user united have one name and several keys.
    let united = names.filter { $0.value == shown }.keys.sorted()
    let keys = united.isEmpty ? [names[sample] == nil ? shown ?? sample : sample] : united
    for key in keys { expected.curate.characterNames[key] = newName }
    // A rejected character is rejected by its new name too.
    let rejected = expected.curate.rejectedCharacters
    let isRejected = !united.isEmpty && shown.map(rejected.contains) == true
    if isRejected {
      expected.curate.rejectedCharacters = rejected.map { $0 == shown ? newName : $0 }
    }
    for atEnd in [true, false] {
      var editor = YAMLEditor(body)
      do {
        for key in keys {
          try editor.set(
            ["curate", "characters", "names", key], to: YAMLText.quoted(newName), atEnd: atEnd)
        }
        if isRejected {
          let names = expected.curate.rejectedCharacters.map { YAMLText.quoted($0) }
          try editor.set(
            ["curate", "characters", "reject"], to: "[\(names.joined(separator: ", "))]", atEnd: atEnd)
        }
        var after = try parse(editor.text, name: name, folder: folder, needsSources: false)
        after.notes = []
        if after == expected { return mark + editor.text }
      } catch {
        // The other place is tried.
        continue
      }
    }
    throw SettingsError(
      place: name,
      message:
        "curate: characters: is written here in a form that Easel cannot change; write the name yourself"
    )
  }
}
