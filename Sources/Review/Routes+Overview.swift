import Dataset
import FlyingFox
import Foundation

/// What concerns the dataset or the training as a whole.
extension Routes {
  /// `/image/mean/A`, `/api/run?from=N` and `/image/sheet/STEP`.
  func overview(_ path: String, _ request: HTTPRequest) async throws -> HTTPResponse {
    let nothing = Reply.refusal(.notFound, "there is nothing here")
    if path == "/api/run" {
      guard let from = request.query.first(where: { $0.name == "from" }).flatMap({ Int($0.value) }), from >= 0
      else {
        return Reply.refusal(.badRequest, "from is a place in the log, a whole number")
      }
      return try Reply.json(run.news(from: from))
    }
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 4, let last = parts.last.map(String.init) else { return nothing }
    if path.hasPrefix("/image/sheet/") {
      guard let step = Int(last), let sheet = run.sheet(step) else { return nothing }
      return Reply.bytes(
        sheet, type: "image/png", headers: [HTTPHeader("Cache-Control"): "private, max-age=60"])
    }
    guard let domain = Domain(rawValue: last) else { return nothing }
    let kept = await catalogue.kept(domain, atMost: MeanFace.most)
    guard let picture = try MeanFace.picture(of: kept, from: pictures) else { return nothing }
    return Reply.bytes(picture, type: "image/jpeg")
  }
}
