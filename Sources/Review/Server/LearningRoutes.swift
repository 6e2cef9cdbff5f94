import Dataset
import FlyingFox

/// The routes that fine-tune the mask network on corrected masks.
struct LearningRoutes: Sendable {
  let session: LearningSession

  /// A request to change the session.
  private struct Change: Decodable {
    enum Action: String, Decodable {
      case start, use, forget
    }

    let action: Action
  }

  /// Adds the routes to `table`.
  func add(to table: inout RoutedHTTPHandler) {
    table.appendRoute("GET /api/learning") { _ in try await news() }
    table.appendRoute("POST /api/learning") { request in
      let change = try await request.json(
        Change.self, form: "the body must be {\"action\": \"start\", \"use\" or \"forget\"}")
      switch change.action {
      case .start: await session.start()
      case .use: await session.use()
      case .forget: await session.forget()
      }
      return try await news()
    }
  }

  private func news() async throws -> HTTPResponse {
    do {
      return try Reply.json(await session.news())
    } catch let error as any ItemFailure {
      return Reply.refusal(.unprocessableContent, error.sentence)
    }
  }
}
