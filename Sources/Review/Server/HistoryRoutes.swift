import Dataset
import FlyingFox
import Foundation

/// Stores the page's undo history, so that undo works after a reload and in another browser.
///
/// The server does not interpret it. Each entry contains the state before and after; the page undoes an entry by an ordinary
/// change, which is rejected like any other if the sample was changed elsewhere in the meantime.
struct HistoryRoutes: Sendable {
  let file: URL

  /// The history of the dataset in `output`.
  init(_ output: OutputFolder) { file = output.store.appendingPathComponent("review-history.json") }

  /// Adds the routes to `table`.
  func add(to table: inout RoutedHTTPHandler) {
    table.appendRoute("GET /api/history") { _ in
      let saved = try? Data(contentsOf: file)
      let isList = saved.map { (try? JSONSerialization.jsonObject(with: $0)) is [String: Any] } ?? false
      return Reply.bytes(isList ? saved ?? Data() : Data("{}".utf8), type: "application/json")
    }
    table.appendRoute("POST /api/history") { request in
      let body = try await request.bodyData
      guard (request.headers[.contentType] ?? "").hasPrefix("application/json"),
        (try? JSONSerialization.jsonObject(with: body)) is [String: Any]
      else { return Reply.refusal(.badRequest, "the history must be a JSON object") }
      try AtomicFile.write(body, to: file)
      return Reply.bytes(Data("{}".utf8), type: "application/json")
    }
  }
}
