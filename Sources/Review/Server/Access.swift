import FlyingFox

/// Access control: only the browser that opened the printed address, and only this server's own page in it, may send requests.
///
/// A page of another site can make the browser send requests here. It does not know the token, its requests carry no
/// cookie (SameSite=Strict), and their Origin is rejected. If another host name resolves to 127.0.0.1, the header
/// Host differs, which is rejected too.
struct Access: Sendable {
  /// The secret in the printed address.
  let token = Access.secret()
  private let session = Access.secret()
  private let port: UInt16

  /// Access to a server at `port`.
  init(port: UInt16) { self.port = port }

  /// The address to open.
  var address: String { "http://127.0.0.1:\(port)/?token=\(token)" }

  // Cookies are shared by all ports of a host, so their names contain the port.
  private var cookieName: String { "easel-review-\(port)" }

  /// The cookie that goes with the page.
  var cookie: String { "\(cookieName)=\(session); Path=/; HttpOnly; SameSite=Strict" }

  /// Whether the request comes from this server's own page, or from no page.
  func isSameOrigin(_ request: HTTPRequest) -> Bool {
    let hosts = ["127.0.0.1:\(port)", "localhost:\(port)"]
    guard let host = request.headers[.host], hosts.contains(host) else { return false }
    let origin = request.headers[HTTPHeader("Origin")]
    if let origin, origin != "http://\(host)" { return false }
    // Every browser sends Origin with a POST request.
    if request.method != .GET, origin == nil { return false }
    let site = request.headers[HTTPHeader("Sec-Fetch-Site")]
    return site == nil || site == "same-origin" || site == "none" || hasToken(request)
  }

  /// Whether the request is for the page and carries the token.
  func hasToken(_ request: HTTPRequest) -> Bool {
    guard request.method == .GET, request.target.path() == "/" else { return false }
    return request.query.contains { $0.name == "token" && Self.areEqual($0.value, token) }
  }

  /// Whether the request carries the cookie.
  func hasSession(_ request: HTTPRequest) -> Bool {
    let cookies = request.headers.values(for: HTTPHeader("Cookie")).flatMap { $0.split(separator: ";") }
    return cookies.contains { cookie in
      let parts = cookie.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, parts[0].drop(while: { $0 == " " }) == cookieName else { return false }
      return Self.areEqual(String(parts[1]), session)
    }
  }

  /// 128 bits from the system's generator as 32 hexadecimal digits.
  private static func secret() -> String {
    var generator = SystemRandomNumberGenerator()
    let digits = Array("0123456789abcdef")
    return String((0..<32).map { _ in digits[Int.random(in: 0..<16, using: &generator)] })
  }

  /// Compares in constant time, independent of the number of equal characters.
  private static func areEqual(_ left: String, _ right: String) -> Bool {
    let (left, right) = (Array(left.utf8), Array(right.utf8))
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
