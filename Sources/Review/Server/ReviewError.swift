/// The reason why the review page cannot be served.
public enum ReviewError: Error, Sendable, CustomStringConvertible {
  /// Another program uses the port.
  case portTaken(UInt16)
  /// The system does not allow listening.
  case cannotListen(UInt16, reason: String)

  /// One sentence that ends with what to do.
  public var description: String {
    switch self {
    case .portTaken(let port):
      "port \(port) is in use by another program; choose another with --port, or 0 for any free one"
    case .cannotListen(let port, let reason):
      "the page cannot be served at port \(port) (\(reason)); choose another with --port, or 0 for any free one"
    }
  }
}
