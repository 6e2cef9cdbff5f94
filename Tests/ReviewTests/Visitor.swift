import Dataset
import Foundation
import FoundationNetworking
import Ledger
import Review

#if canImport(Glibc)
  import Glibc
#endif

/// A client of a review server over a real socket.
struct Visitor: Sendable {
  /// The response.
  struct Answer: Sendable {
    let status: Int
    let headers: [String: String]
    let body: Data

    var text: String { String(decoding: body, as: UTF8.self) }

    /// A header's value, by its lower-case name.
    subscript(name: String) -> String? { headers[name] }

    /// The body's JSON object.
    func object() throws -> [String: Any] {
      try JSONSerialization.jsonObject(with: body) as? [String: Any] ?? [:]
    }
  }

  /// The address that the server printed.
  let address: URL
  var origin: String { "http://127.0.0.1:\(address.port ?? 0)" }
  var token: String { address.query.map { String($0.dropFirst("token=".count)) } ?? "" }

  /// Runs a server during `body`.
  static func atServer(
    of output: OutputFolder, ledger: Ledger, editing: any SampleEditing = FileEditing(),
    settings: WritableSettings? = nil, learner: (any MaskLearner)? = nil, run: URL? = nil,
    trial: (any PictureTrial)? = nil,
    body: @Sendable (Visitor) async throws -> Void
  ) async throws {
    let server = try ReviewServer(
      output: output, ledger: ledger, rules: Fixture.rules, editing: editing, learner: learner,
      settings: settings, run: run, trial: trial)
    let (addresses, told) = AsyncStream.makeStream(of: String.self)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        defer { told.finish() }
        try await server.run { told.yield($0) }
      }
      guard let address = await addresses.first(where: { _ in true }), let url = URL(string: address) else {
        try await group.waitForAll()
        return
      }
      try await body(Visitor(address: url))
      group.cancelAll()
    }
  }

  /// Requests `path` with these headers.
  func ask(
    _ path: String, method: String = "GET", headers: [String: String] = [:], body: Data? = nil
  ) async throws -> Answer {
    guard let url = URL(string: origin + path) else { throw URLError(.badURL) }
    var request = URLRequest(url: url)
    request.httpMethod = method
    request.httpBody = body
    // Other suites use all cores at the same time.
    request.timeoutInterval = 300
    for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
    let configuration = URLSessionConfiguration.ephemeral
    configuration.httpShouldSetCookies = false
    configuration.httpCookieAcceptPolicy = .never
    let session = URLSession(configuration: configuration)
    defer { session.invalidateAndCancel() }
    let (data, response) = try await session.data(for: request)
    guard let response = response as? HTTPURLResponse else { throw URLError(.badServerResponse) }
    var names: [String: String] = [:]
    for (name, value) in response.allHeaderFields {
      if let name = name as? String, let value = value as? String { names[name.lowercased()] = value }
    }
    return Answer(status: response.statusCode, headers: names, body: data)
  }

  /// Requests `path` unchanged; URLSession would normalise it.
  ///
  /// - Returns: All bytes that the server sends until it closes the connection.
  func askAsWritten(_ path: String, cookie: String) async throws -> String {
    try await send(
      "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(address.port ?? 0)\r\nCookie: \(cookie)\r\n"
        + "Connection: close\r\n\r\n")
  }

  /// Sends a request byte for byte.
  ///
  /// - Returns: All bytes that the server sends until it closes the connection.
  func send(_ request: String) async throws -> String {
    // A separate thread, because blocking calls on the tasks' threads could leave none for the server.
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread { continuation.resume(with: Result { try exchange(request) }) }
    }
  }

  private func exchange(_ request: String) throws -> String {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw URLError(.cannotConnectToHost) }
    defer { close(descriptor) }
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_port = UInt16(address.port ?? 0).bigEndian
    place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let connected = withUnsafePointer(to: place) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else { throw URLError(.cannotConnectToHost) }
    var rest = Array(request.utf8)[...]
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      // The server may reject the request and stop reading.
      guard sent > 0 else { break }
      rest = rest.dropFirst(sent)
    }
    var (answer, piece) = ([UInt8](), [UInt8](repeating: 0, count: 4096))
    while case let count = recv(descriptor, &piece, piece.count, 0), count > 0 { answer += piece[..<count] }
    return String(decoding: answer, as: UTF8.self)
  }

  /// The cookie of the page's response.
  func cookie() async throws -> String {
    let answer = try await ask("/?token=\(token)")
    return answer["set-cookie"]?.split(separator: ";").first.map(String.init) ?? ""
  }

  /// Posts JSON text to `/api/decisions` as the page would.
  func decide(_ json: String, cookie: String, headers: [String: String] = [:]) async throws -> Answer {
    try await post(json, to: "/api/decisions", cookie: cookie, headers: headers)
  }

  /// Posts JSON text as the page would.
  func post(
    _ json: String, to path: String, cookie: String, headers: [String: String] = [:]
  ) async throws -> Answer {
    let usual = ["Cookie": cookie, "Origin": origin, "Content-Type": "application/json"]
    return try await ask(
      path, method: "POST", headers: usual.merging(headers) { $1 }, body: Data(json.utf8))
  }
}
