import Dataset
import FlyingFox
import Foundation

/// Who may ask and what is there: everything that the server answers goes through here.
///
/// Only names of the route tables and identities of known samples lead anywhere; no path is used as a file's path.
struct Routes: HTTPHandler {
  private let access: Access
  private let table: RoutedHTTPHandler

  /// Routes for one dataset and one training run.
  init(
    access: Access, name: String, output: OutputFolder, store: SampleStore, pictures: Pictures,
    similarity: Similarity, editing: any SampleEditing, run: TrainingRun
  ) {
    self.access = access
    var table = RoutedHTTPHandler()
    PageFile.addRoutes(to: &table)
    SampleRoutes(name: name, store: store, editing: editing, similarity: similarity).add(to: &table)
    PictureRoutes(store: store, pictures: pictures, editing: editing).add(to: &table)
    EditRoutes(store: store, editing: editing).add(to: &table)
    HistoryRoutes(output).add(to: &table)
    TrainingRoutes(run: run).add(to: &table)
    self.table = table
  }

  /// Answers one request.
  func handleRequest(_ request: HTTPRequest) async -> HTTPResponse {
    guard access.isSameOrigin(request) else {
      return Reply.refusal(.forbidden, "this server answers only its own page")
    }
    if access.hasToken(request) { return PageFile.index.reply(headers: [.setCookie: access.cookie]) }
    guard access.hasSession(request) else {
      return Reply.refusal(.forbidden, "open the address that easel review printed, with its token")
    }
    guard [.GET, .POST].contains(request.method) else {
      return Reply.refusal(.methodNotAllowed, "there is nothing to \(request.method.rawValue) here")
    }
    // FlyingFox tidies paths before it compares them; what needs tidying is not one of the page's addresses.
    guard Self.isPlain(request.target.path()) else { return Reply.nothing }
    do {
      return try await table.handleRequest(request)
    } catch is HTTPUnhandledError {
      return Reply.nothing
    } catch let refusal as RequestHead.Refusal {
      return Reply.refusal(refusal.status, refusal.why)
    } catch {
      return Reply.refusal(.internalServerError, "\(error)")
    }
  }

  private static func isPlain(_ path: String) -> Bool {
    guard path != "/" else { return true }
    return path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().allSatisfy { part in
      !part.isEmpty && part != "." && part != ".."
        && part.utf8.allSatisfy { byte in
          byte == 45 || byte == 46 || (48...57).contains(byte) || (97...122).contains(byte)
            || (65...90).contains(byte)
        }
    }
  }
}

extension HTTPRequest {
  /// The whole number that the query gives for `name`; nil if it gives none.
  func number(_ name: String) -> Int? { text(name).flatMap { Int($0) } }

  /// What the query gives for `name`.
  func text(_ name: String) -> String? { query.first { $0.name == name }?.value }

  /// The body as JSON.
  ///
  /// - Throws: `RequestHead.Refusal`, whose sentence is `form` if the body has another form.
  func json<Value: Decodable>(_ type: Value.Type, form: String) async throws -> Value {
    guard (headers[.contentType] ?? "").split(separator: ";").first == "application/json" else {
      throw RequestHead.Refusal(.unsupportedMediaType, "this comes as application/json")
    }
    guard let value = try? JSONDecoder().decode(type, from: await bodyData) else {
      throw RequestHead.Refusal(.badRequest, form)
    }
    return value
  }
}
