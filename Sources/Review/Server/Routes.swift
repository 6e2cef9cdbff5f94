import Dataset
import FlyingFox
import Foundation

/// All routes of the server, with access control.
///
/// Only names in the route tables and IDs of known samples are accepted; no path of a request is used as a file's path.
struct Routes: HTTPHandler {
  private let access: Access
  private let table: RoutedHTTPHandler

  /// Routes for one dataset and one training run.
  init(
    access: Access, name: String, output: OutputFolder, store: SampleStore, pictures: Pictures,
    tiles: Tiles, similarity: Similarity, editing: any SampleEditing, learner: (any MaskLearner)?,
    settings: WritableSettings?, run: TrainingRun, trial: (any PictureTrial)?
  ) {
    self.access = access
    var table = RoutedHTTPHandler()
    PageFile.addRoutes(to: &table)
    SampleRoutes(
      name: name, settings: settings?.title, learns: learner != nil, store: store, editing: editing,
      similarity: similarity
    ).add(to: &table)
    if let settings {
      RuleRoutes(file: settings, store: store).add(to: &table)
      CharacterRoutes(file: settings, store: store).add(to: &table)
    }
    PictureRoutes(store: store, pictures: pictures, tiles: tiles, editing: editing).add(to: &table)
    EditRoutes(store: store, editing: editing).add(to: &table)
    PageStateRoutes(output).add(to: &table)
    if let learner { LearningRoutes(session: LearningSession(learner, store: store)).add(to: &table) }
    TrainingRoutes(run: run, trial: trial).add(to: &table)
    self.table = table
  }

  /// Answers one request.
  func handleRequest(_ request: HTTPRequest) async -> HTTPResponse {
    guard access.isSameOrigin(request) else {
      return Reply.refusal(.forbidden, "this server only answers its own page")
    }
    if access.hasToken(request) { return PageFile.index.reply(headers: [.setCookie: access.cookie]) }
    guard access.hasSession(request) else {
      return Reply.refusal(.forbidden, "open the address that easel review printed, including its token")
    }
    guard [.GET, .POST].contains(request.method) else {
      return Reply.refusal(.methodNotAllowed, "there is nothing to \(request.method.rawValue) here")
    }
    // FlyingFox normalises paths before it compares them; a path that is not normalised is not used by the page.
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
  /// The integer parameter `name` of the query; nil if missing.
  func number(_ name: String) -> Int? { text(name).flatMap { Int($0) } }

  /// The parameter `name` of the query; nil if missing.
  func text(_ name: String) -> String? { query.first { $0.name == name }?.value }

  /// The body as JSON.
  ///
  /// - Throws: `RequestHead.Refusal`, with the sentence `form` if the body has another format.
  func json<Value: Decodable>(_ type: Value.Type, form: String) async throws -> Value {
    guard (headers[.contentType] ?? "").split(separator: ";").first == "application/json" else {
      throw RequestHead.Refusal(.unsupportedMediaType, "the body must be application/json")
    }
    guard let value = try? JSONDecoder().decode(type, from: await bodyData) else {
      throw RequestHead.Refusal(.badRequest, form)
    }
    return value
  }
}
