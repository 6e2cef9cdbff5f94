import Dataset
import FlyingFox
import Foundation

/// Responses with headers that forbid everything that the page does not need.
enum Reply {
  private static let strict: [HTTPHeader: String] = [
    HTTPHeader("Content-Security-Policy"):
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
      + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    HTTPHeader("X-Content-Type-Options"): "nosniff",
    HTTPHeader("Referrer-Policy"): "no-referrer",
    HTTPHeader("Cross-Origin-Resource-Policy"): "same-origin",
    HTTPHeader("Cross-Origin-Opener-Policy"): "same-origin",
  ]

  /// Bytes of a type; the browser does not cache them unless `headers` say otherwise.
  static func bytes(
    _ body: Data, type: String, status: HTTPStatusCode = .ok, headers: [HTTPHeader: String] = [:]
  ) -> HTTPResponse {
    var all = strict
    all[.contentType] = type
    all[HTTPHeader("Cache-Control")] = "no-store"
    all.merge(headers) { $1 }
    return HTTPResponse(statusCode: status, headers: HTTPHeaders(all), body: body)
  }

  /// A value as JSON.
  static func json(_ value: some Encodable, status: HTTPStatusCode = .ok) throws -> HTTPResponse {
    let encoder = JSONEncoder.stable
    return bytes(try encoder.encode(value), type: "application/json", status: status)
  }

  /// The response for an unknown path.
  static var nothing: HTTPResponse { refusal(.notFound, "this path does not exist") }

  /// An error response with one sentence about the request.
  static func refusal(_ status: HTTPStatusCode, _ sentence: String) -> HTTPResponse {
    bytes(Data((sentence + "\n").utf8), type: "text/plain; charset=utf-8", status: status)
  }
}
