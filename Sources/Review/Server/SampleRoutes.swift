import Dataset
import FlyingFox
import Foundation

/// The list of samples, what is known of one, and what a person decides.
struct SampleRoutes: Sendable {
  let name: String
  let store: SampleStore
  let editing: any SampleEditing
  let similarity: Similarity

  /// Adds the routes to `table`.
  func add(to table: inout RoutedHTTPHandler) {
    table.appendRoute("GET /api/samples") { _ in
      try Reply.json(
        Overview(name: name, measures: SampleIndex.measures.map(\.rawValue), all: await store.listing()))
    }
    table.appendRoute("GET /api/changes") { request in
      guard let since = request.number("since") else {
        return Reply.refusal(.badRequest, "since is a revision, a whole number")
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
      return try Reply.json(await similarity.nearest(to: item, among: others, most: 60))
    }
    table.appendRoute("POST /api/decisions") { request in try await decide(request) }
    table.appendRoute("POST /api/pairings") { request in try await pair(request) }
  }

  private func decide(_ request: HTTPRequest) async throws -> HTTPResponse {
    let asked = try await request.json(
      Decisions.self, form: "decisions come as {\"changes\": [{\"id\", \"version\", \"keep\", \"why\"}]}")
    for change in asked.changes {
      guard SampleID.isValid(change.id), change.why.map(Self.isReason) ?? true else {
        return Reply.refusal(.badRequest, "an id is 16 hexadecimal digits, a reason a code such as blurred")
      }
    }
    return try Reply.json(await store.decide(asked.changes))
  }

  /// Whether samples show the same picture.
  private func pair(_ request: HTTPRequest) async throws -> HTTPResponse {
    let form = "pairings come as {\"pairs\": [{\"first\", \"second\", \"same\"}], \"seen\": {id: version}}"
    let asked = try await request.json(Pairings.self, form: form)
    for pair in asked.pairs {
      guard SampleID.isValid(pair.first), SampleID.isValid(pair.second), pair.first != pair.second else {
        return Reply.refusal(.badRequest, form)
      }
    }
    return try Reply.json(
      await store.pair(asked.pairs.map { ($0.first, $0.second, $0.same) }, seen: asked.seen))
  }

  /// Whether `text` has the form of a reason's code: lower case, digits and hyphens.
  private static func isReason(_ text: String) -> Bool {
    (1...40).contains(text.utf8.count)
      && text.utf8.allSatisfy { (48...57).contains($0) || (97...122).contains($0) || $0 == 45 }
  }
}

/// The form of samples' identities.
enum SampleID {
  /// Whether `text` has the form of a sample's identity: 16 lower-case hexadecimal digits.
  static func isValid(_ text: String) -> Bool {
    text.utf8.count == 16
      && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }
}

/// What the page loads first.
private struct Overview: Encodable {
  let name: String
  /// The measures that samples can be sorted by.
  let measures: [String]
  let all: SampleStore.Listing
}

/// What the page posts about samples.
private struct Decisions: Decodable {
  let changes: [SampleStore.Change]
}

/// What the page posts about copies.
private struct Pairings: Decodable {
  struct Pair: Decodable {
    let first: String
    let second: String
    let same: Bool?
  }

  let pairs: [Pair]
  let seen: [String: Int]
}
