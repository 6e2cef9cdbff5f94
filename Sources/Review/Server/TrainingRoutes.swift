import FlyingFox
import Foundation

/// The training run: its log and its sample sheets.
struct TrainingRoutes: Sendable {
  let run: TrainingRun

  /// Adds the routes to `table`.
  func add(to table: inout RoutedHTTPHandler) {
    table.appendRoute("GET /api/run") { request in
      guard let from = request.number("from"), from >= 0 else {
        return Reply.refusal(.badRequest, "from is a place in the log, a whole number")
      }
      return try Reply.json(run.news(from: from))
    }
    table.appendRoute("GET /image/sheet/:step") { request in
      guard let step = request.routeParameters["step"].flatMap({ Int($0) }), let sheet = run.sheet(step)
      else { return Reply.nothing }
      return Reply.bytes(
        sheet, type: "image/png", headers: [HTTPHeader("Cache-Control"): "private, max-age=60"])
    }
  }
}
