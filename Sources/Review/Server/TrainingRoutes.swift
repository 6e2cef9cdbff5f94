import FlyingFox
import Foundation

/// The routes of the training run: its log, its sample sheets, and translations of an image with its checkpoints.
struct TrainingRoutes: Sendable {
  let run: TrainingRun
  let trial: (any PictureTrial)?

  /// Adds the routes to `table`.
  func add(to table: inout RoutedHTTPHandler) {
    table.appendRoute("GET /api/run") { request in
      guard let from = request.number("from"), from >= 0 else {
        return Reply.refusal(.badRequest, "from must be a position in the log, an integer")
      }
      return try Reply.json(run.news(from: from))
    }
    table.appendRoute("GET /image/sheet/:step") { request in
      guard let step = request.routeParameters["step"].flatMap({ Int($0) }), let sheet = run.sheet(step)
      else { return Reply.nothing }
      return Reply.bytes(
        sheet, type: "image/png", headers: [HTTPHeader("Cache-Control"): "private, max-age=60"])
    }
    table.appendRoute("POST /api/try") { request in try await attempt(request) }
  }

  private func attempt(_ request: HTTPRequest) async throws -> HTTPResponse {
    guard let trial else { return Reply.nothing }
    let type = request.headers[.contentType] ?? ""
    guard ["image/jpeg", "image/png"].contains(type) else {
      return Reply.refusal(.unsupportedMediaType, "the image must be image/jpeg or image/png")
    }
    guard let step = request.number("step"), run.checkpoints().contains(step) else {
      return Reply.refusal(.badRequest, "step must be the step of one of the run's checkpoints")
    }
    guard let direction = request.text("direction"), ["AtoB", "BtoA"].contains(direction) else {
      return Reply.refusal(.badRequest, "direction must be AtoB or BtoA")
    }
    do {
      let picture = try await trial.translate(
        await request.bodyData, step: step, isAToB: direction == "AtoB", run: run.folder)
      return Reply.bytes(picture, type: "image/png")
    } catch let error as TrialError {
      return Reply.refusal(.unprocessableContent, error.sentence)
    }
  }
}
