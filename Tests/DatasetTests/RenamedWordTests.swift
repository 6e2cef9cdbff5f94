import Foundation
import Testing

@testable import Dataset

/// Words of earlier versions in settings files.
struct RenamedWordTests {
  private func settings(_ method: String) throws -> Settings {
    try SettingsFile.parse(
      """
      domains:
        A: { sources: [{ photos: a }] }
        B:
          sources: [{ screenshots: b }]
          mask: { method: \(method) }
      """, name: "d.yaml", folder: URL(fileURLWithPath: "/tmp"))
  }

  @Test("The mask method grabcut is read as color-model, and a note names its line and new name")
  func oldWord() throws {
    let (old, new) = (try settings("grabcut"), try settings("color-model"))
    #expect(old[.b].mask == new[.b].mask)
    #expect(new.notes.isEmpty)
    #expect(old.notes.count == 1)
    let note = try #require(old.notes.first)
    #expect(note.hasPrefix("d.yaml:5: ") && note.contains("'grabcut'") && note.contains("'color-model'"))
    #expect(old.yaml == new.yaml && old.yaml.contains("method: color-model"))
  }

  @Test("A misspelled mask method is rejected with the current words") func misspelled() throws {
    let error = #expect(throws: SettingsError.self) { try settings("grabcutt") }
    #expect(error?.message.contains("color-model") == true)
  }

  @Test("Renaming the color model does not make masks of earlier versions outdated") func digestIsKept()
    throws
  {
    let settings = try settings("color-model")
    let written = [
      "mask \(Settings.StageVersion.mask)", "crop: \(settings.cropDigest(.b))", "method: grabcut",
      "model: sinet",
    ]
    #expect(settings.maskDigest(.b) == Digest(of: written.joined(separator: "\n")))
  }

  @Test("An edit file with the word grabcut is read") func editFile() throws {
    struct File: Codable { var method: MaskSettings.Method }
    let file = try JSONDecoder().decode(File.self, from: Data(#"{"method":"grabcut"}"#.utf8))
    #expect(file.method == .colorModel)
    #expect(String(decoding: try JSONEncoder().encode(file), as: UTF8.self) == #"{"method":"color-model"}"#)
  }
}
