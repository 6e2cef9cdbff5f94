import Dataset
import FlyingFox
import Foundation

/// The route that writes the name of a person or character into the settings file.
struct CharacterRoutes: Sendable {
  let file: WritableSettings
  let store: SampleStore

  /// A request to name a person or character.
  private struct Naming: Decodable {
    /// A sample that shows it.
    let id: String
    let name: String
  }

  /// Adds the route to `table`.
  func add(to table: inout RoutedHTTPHandler) {
    table.appendRoute("POST /api/character") { request in
      try await nameCharacter(request.json(Naming.self, form: "the body must be {\"id\", \"name\"}"))
    }
  }

  private func nameCharacter(_ asked: Naming) async throws -> HTTPResponse {
    guard SampleID.isValid(asked.id), let item = await store.item(asked.id) else { return Reply.nothing }
    let name = asked.name.trimmingCharacters(in: .whitespaces)
    guard (1...100).contains(name.count), !name.hasPrefix("."), !name.contains("/"),
      !name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
    else {
      return Reply.refusal(
        .badRequest,
        "a name has 1 to 100 characters, no '/' and no control characters, and does not begin with a dot")
    }
    do {
      try await file.nameCharacter(of: item.id, called: item.character, as: name)
      return try Reply.json(["name": name])
    } catch let refusal as WritableSettings.Refusal {
      return Reply.refusal(.conflict, refusal.sentence)
    }
  }
}
