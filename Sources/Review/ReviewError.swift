/// Why the review page cannot be served.
public enum ReviewError: Error, Sendable, CustomStringConvertible {
  /// Another program listens there.
  case portTaken(UInt16)
  /// The system refuses to listen.
  case cannotListen(UInt16, reason: String)

  /// One sentence with the way out.
  public var description: String {
    switch self {
    case .portTaken(let port):
      "port \(port) is in use by another program; choose another with --port, or 0 for any free one"
    case .cannotListen(let port, let reason):
      "the page cannot be served at port \(port) (\(reason)); choose another with --port, or 0 for any free one"
    }
  }
}
