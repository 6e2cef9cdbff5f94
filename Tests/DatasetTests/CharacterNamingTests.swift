import Dataset
import Foundation
import Testing

/// Names of characters that the review page writes into a settings file.
@Suite struct CharacterNamingTests {
  private let start = """
    domains:
      B:
        sources: [{ screenshots: /b }]  # all of them
    curate:
      characters:
        names: { c3f2ac0d: Rei }
        reject: [Rei, Asuka]

    """

  private func settings(_ text: String) throws -> Settings {
    try SettingsFile.settings(in: text, name: "s.yaml", folder: URL(fileURLWithPath: "/"))
  }

  private func named(_ sample: String, _ shown: String?, _ name: String) throws -> Settings {
    let text = try SettingsFile.nameCharacter(
      of: sample, called: shown, as: name, in: start, name: "s.yaml", folder: URL(fileURLWithPath: "/"))
    #expect(text.contains("# all of them"))
    return try settings(text)
  }

  @Test("A rejected character stays rejected under its new name")
  func renamed() throws {
    let after = try named("3f2ac0d1e5b79a04", "Rei", "Ayanami")
    #expect(after.curate.characterNames == ["c3f2ac0d": "Ayanami"])
    #expect(after.curate.rejectedCharacters == ["Ayanami", "Asuka"])
  }

  @Test("A new name does not change the list of rejected characters")
  func other() throws {
    let after = try named("77777777e5b79a04", "c7777777", "Misato")
    #expect(after.curate.characterNames == ["c3f2ac0d": "Rei", "c7777777": "Misato"])
    #expect(after.curate.rejectedCharacters == ["Rei", "Asuka"])
  }
}
