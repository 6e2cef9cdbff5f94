import FlyingFox
import Foundation

/// The request line and the headers of one request, read strictly and within limits.
///
/// FlyingFox's reader has no limit, and its time is quadratic in a line's length: one long line, which needs
/// no token, would keep a core busy for minutes. So the head is read here, and FlyingFox does everything else.
struct RequestHead {
  /// The reason why a request is rejected before it is completely read; the connection is then closed.
  struct Refusal: Error {
    let status: HTTPStatusCode
    /// One sentence.
    let why: String

    init(_ status: HTTPStatusCode, _ why: String) { (self.status, self.why) = (status, why) }
  }

  /// The maximum size of the request line and the headers together, in bytes.
  static let limit = 16 << 10

  let method: HTTPMethod
  let version: HTTPVersion
  let target: HTTPRequest.Target
  let headers: HTTPHeaders
  /// The bytes of the body.
  let contentLength: Int

  /// The end of the head in `bytes`, after its empty line; nil if it is not complete.
  ///
  /// - Parameters:
  ///   - bytes: The bytes received so far.
  ///   - start: The position to start from; earlier bytes were already searched.
  /// - Returns: The number of bytes of the head.
  /// - Throws: `Refusal` if the head is longer than `limit`.
  static func end(in bytes: [UInt8], from start: Int) throws(Refusal) -> Int? {
    let last = min(bytes.count, limit)
    var index = max(start, 3)
    while index < last {
      if bytes[index] == 10, bytes[index - 1] == 13, bytes[index - 2] == 10, bytes[index - 3] == 13 {
        return index + 1
      }
      index += 1
    }
    guard bytes.count >= limit else { return nil }
    if bytes.prefix(limit).contains(10) {
      throw Refusal(.requestHeaderFieldsTooLarge, "the headers are longer than \(limit) bytes")
    }
    throw Refusal(.uriTooLong, "the address is longer than \(limit) bytes")
  }

  /// Reads a head, its empty line included.
  ///
  /// - Throws: `Refusal` if it is not a request of HTTP/1.0 or 1.1 with at most one length.
  init(_ bytes: some Collection<UInt8>) throws(Refusal) {
    let text = String(decoding: bytes, as: UTF8.self)
    let lines = text.components(separatedBy: "\r\n").filter { !$0.isEmpty }
    let words = (lines.first ?? "").split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 3, words[1].hasPrefix("/"), ["HTTP/1.0", "HTTP/1.1"].contains(words[2]),
      !words[0].isEmpty, words[0].allSatisfy({ $0.isASCII && $0.isLetter })
    else { throw Refusal(.badRequest, "the request line is not valid in HTTP/1.1") }
    method = HTTPMethod(String(words[0]))
    version = HTTPVersion(String(words[2]))
    let parts = words[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    target = HTTPRequest.Target(path: String(parts[0]), query: parts.count > 1 ? String(parts[1]) : "")
    var headers = HTTPHeaders()
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty,
        parts[0].allSatisfy({ $0.isASCII && !$0.isWhitespace })
      else { throw Refusal(.badRequest, "a header has no name or is folded over two lines") }
      headers.addValue(
        parts[1].trimmingCharacters(in: .whitespaces), for: HTTPHeader(String(parts[0])))
    }
    self.headers = headers
    for name in [HTTPHeader.host, .contentLength] where headers.values(for: name).count > 1 {
      throw Refusal(.badRequest, "\(name.rawValue) is given more than once")
    }
    guard headers[.transferEncoding] == nil else {
      throw Refusal(.lengthRequired, "a body needs Content-Length")
    }
    guard let length = headers[.contentLength] else {
      contentLength = 0
      return
    }
    // Int("+5") is 5, but "+5" is not a valid length.
    guard (1...18).contains(length.utf8.count), length.utf8.allSatisfy({ (48...57).contains($0) }),
      let number = Int(length)
    else { throw Refusal(.badRequest, "Content-Length must be an integer") }
    contentLength = number
  }

  /// Whether the client keeps the connection open.
  var keepsAlive: Bool {
    let asked = (headers[.connection] ?? "").lowercased()
    return version == .http11 ? !asked.contains("close") : asked.contains("keep-alive")
  }

  /// Whether the client waits for "100 Continue" before it sends the body.
  var expectsContinue: Bool { headers[HTTPHeader("Expect")]?.lowercased() == "100-continue" }
}
