import Dataset
import FlyingFox
import Foundation

/// Stores the page's undo history and saved views, so that they survive a reload and are the same in another browser.
///
/// The browser's own storage belongs to an address, and the server's port usually changes. The server does not interpret
/// what it stores. Each entry of the history contains the state before and after; the page undoes an entry by an ordinary
/// change, which is rejected like any other if the sample was changed elsewhere in the meantime.
struct PageStateRoutes: Sendable {
  let folder: URL

  /// The page's state of the dataset in `output`.
  init(_ output: OutputFolder) { folder = output.store }

  /// Adds the routes to `table`.
  func add(to table: inout RoutedHTTPHandler) {
    for name in ["history", "views"] {
      let file = folder.appendingPathComponent("review-\(name).json")
      table.appendRoute(HTTPRoute(method: .GET, path: "/api/\(name)")) { _ in
        let saved = try? Data(contentsOf: file)
        return Reply.bytes(
          saved.map(Self.isObject) == true ? saved ?? Data() : Data("{}".utf8), type: "application/json")
      }
      table.appendRoute(HTTPRoute(method: .POST, path: "/api/\(name)")) { request in
        let body = try await request.bodyData
        guard (request.headers[.contentType] ?? "").hasPrefix("application/json"), Self.isObject(body) else {
          return Reply.refusal(.badRequest, "the \(name) must be a JSON object")
        }
        try AtomicFile.write(body, to: file)
        return Reply.bytes(Data("{}".utf8), type: "application/json")
      }
    }
  }

  private static func isObject(_ bytes: Data) -> Bool {
    (try? JSONSerialization.jsonObject(with: bytes)) is [String: Any]
  }
}
