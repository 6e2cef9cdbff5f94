import FlyingFox
import FlyingSocks
import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// A client's connection, which reads requests in sequence and sends the responses of `routes`.
struct ClientConnection {
  /// The maximum size of a request's body in bytes.
  static let bodyLimit = 1 << 20
  /// The maximum number of bytes that are read after a rejected request, so that the client receives the response.
  private static let drainLimit = 4 << 20

  private let socket: AsyncSocket
  private let routes: Routes
  private var received: [UInt8] = []

  init(_ socket: AsyncSocket, routes: Routes) { (self.socket, self.routes) = (socket, routes) }

  /// Answers requests until the client disconnects or sends an invalid request.
  mutating func serve() async {
    defer { try? socket.close() }
    do {
      while let request = try await next() {
        var response = await routes.handleRequest(request.request)
        response.headers[.connection] = request.keepsAlive ? "keep-alive" : "close"
        try await send(response)
        guard request.keepsAlive else { return }
      }
    } catch let refusal as RequestHead.Refusal {
      var response = Reply.refusal(refusal.status, refusal.why)
      response.headers[.connection] = "close"
      guard (try? await send(response)) != nil else { return }
      // Closing with unread bytes would reset the connection, and the response could be lost.
      shutdown(socket.socket.file.rawValue, Int32(SHUT_WR))
      var rest = Self.drainLimit
      while rest > 0, let bytes = try? await socket.read(atMost: 4096) { rest -= bytes.count }
    } catch {
      // The client disconnected, or the server is stopping.
    }
  }

  /// The next request; nil if the client disconnected.
  private mutating func next() async throws -> (request: HTTPRequest, keepsAlive: Bool)? {
    var searched = 0
    var end = try RequestHead.end(in: received, from: 0)
    while end == nil {
      searched = received.count
      do {
        received += try await socket.read(atMost: 4096)
      } catch SocketError.disconnected {
        return nil
      }
      end = try RequestHead.end(in: received, from: searched)
    }
    let head = try RequestHead(received.prefix(end ?? 0))
    guard head.contentLength <= Self.bodyLimit else {
      throw RequestHead.Refusal(.payloadTooLarge, "the request is larger than 1 MiB")
    }
    received.removeFirst(end ?? 0)
    if head.expectsContinue, received.count < head.contentLength {
      try await socket.write(Data("HTTP/1.1 100 Continue\r\n\r\n".utf8))
    }
    while received.count < head.contentLength { received += try await socket.read(atMost: 4096) }
    let body = Data(received.prefix(head.contentLength))
    received.removeFirst(head.contentLength)
    let request = HTTPRequest(
      method: head.method, version: head.version, target: head.target, headers: head.headers,
      body: HTTPBodySequence(data: body))
    return (request, head.keepsAlive)
  }

  // Head and body in one write: a browser that delays its acknowledgement of the first would wait 40 ms for the second.
  private func send(_ response: HTTPResponse) async throws {
    let body = try await response.bodyData
    var head = "HTTP/1.1 \(response.statusCode.code) \(response.statusCode.phrase)\r\n"
    for (name, value) in response.headers { head += "\(name.rawValue): \(value)\r\n" }
    head += "Content-Length: \(body.count)\r\n\r\n"
    try await socket.write(Data(head.utf8) + body)
  }
}
