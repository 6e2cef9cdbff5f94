import Dataset
import FlyingFox
import Foundation

/// The routes of the sample list, a sample's details, and decisions.
struct SampleRoutes: Sendable {
  let name: String
  /// The name of the settings file; nil if rules cannot be written.
  let settings: String?
  /// Whether the mask network can learn from corrections.
  let learns: Bool
  let store: SampleStore
  let editing: any SampleEditing
  let similarity: Similarity

  /// Adds the routes to `table`.
  func add(to table: inout RoutedHTTPHandler) {
    table.appendRoute("GET /api/samples") { _ in
      try Reply.json(
        Overview(
          name: name, settings: settings, learns: learns, measures: SampleIndex.measures.map(\.rawValue),
          all: await store.listing()))
    }
    table.appendRoute("GET /api/changes") { request in
      guard let since = request.number("since") else {
        return Reply.refusal(.badRequest, "since must be a revision, an integer")
      }
      return try Reply.json(await store.changes(since: since))
    }
    table.appendRoute("GET /api/measures") { _ in try Reply.json(await store.measures()) }
    table.appendRoute("GET /api/framing") { _ in try Reply.json(await store.landmarkPositions()) }
    table.appendRoute("GET /api/sample/:id") { request in
      guard let id = request.routeParameters["id"], SampleID.isValid(id),
        var details = try await store.details(id, side: editing.side)
      else { return Reply.nothing }
      details.edits = try await editing.edits(of: id)
      return try Reply.json(details)
    }
    table.appendRoute("GET /api/similar/:id") { request in
      guard let id = request.routeParameters["id"], SampleID.isValid(id), let item = await store.item(id)
      else { return Reply.nothing }
      let others = try await store.listing().items
      return try Reply.json(await similarity.nearest(to: item, among: others, limit: 60))
    }
    table.appendRoute("GET /api/map") { _ in
      try Reply.json(await similarity.map(of: store.listing().items, for: .seconds(1)))
    }
    table.appendRoute("POST /api/decisions") { request in try await decide(request) }
    table.appendRoute("POST /api/pairings") { request in try await pair(request) }
  }

  private func decide(_ request: HTTPRequest) async throws -> HTTPResponse {
    let asked = try await request.json(
      Decisions.self, form: "the body must be {\"changes\": [{\"id\", \"version\", \"keep\", \"why\"}]}")
    for change in asked.changes {
      guard SampleID.isValid(change.id), change.why.map(Self.isReason) ?? true else {
        return Reply.refusal(
          .badRequest, "an id must have 16 hexadecimal digits, and a reason must be a code such as blurred")
      }
    }
    return try Reply.json(await store.decide(asked.changes))
  }

  /// Decisions whether samples are duplicates.
  private func pair(_ request: HTTPRequest) async throws -> HTTPResponse {
    let form = "the body must be {\"pairs\": [{\"first\", \"second\", \"same\"}], \"seen\": {id: version}}"
    let asked = try await request.json(Pairings.self, form: form)
    for pair in asked.pairs {
      guard SampleID.isValid(pair.first), SampleID.isValid(pair.second), pair.first != pair.second else {
        return Reply.refusal(.badRequest, form)
      }
    }
    return try Reply.json(
      await store.pair(asked.pairs.map { ($0.first, $0.second, $0.same) }, seen: asked.seen))
  }

  /// Whether `text` is a reason code: lower case, digits and hyphens.
  private static func isReason(_ text: String) -> Bool {
    (1...40).contains(text.utf8.count)
      && text.utf8.allSatisfy { (48...57).contains($0) || (97...122).contains($0) || $0 == 45 }
  }
}

/// The format of samples' IDs.
enum SampleID {
  /// Whether `text` is a sample's ID: 16 lower-case hexadecimal digits.
  static func isValid(_ text: String) -> Bool {
    text.utf8.count == 16
      && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }
}

/// The page's first response.
private struct Overview: Encodable {
  let name: String
  /// The name of the settings file into which rules can be written; nil if there is none.
  let settings: String?
  let learns: Bool
  /// The measures that samples can be sorted by.
  let measures: [String]
  let all: SampleStore.Listing
}

/// The body of decisions about samples.
private struct Decisions: Decodable {
  let changes: [SampleStore.Change]
}

/// The body of decisions about duplicates.
private struct Pairings: Decodable {
  struct Pair: Decodable {
    let first: String
    let second: String
    let same: Bool?
  }

  let pairs: [Pair]
  let seen: [String: Int]
}
