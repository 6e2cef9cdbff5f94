/// Why the screen cannot be captured.
public enum CaptureError: Error, Sendable, Equatable, CustomStringConvertible {
  /// No X server is named; `isWayland` where the desktop is a Wayland one.
  case noDisplay(isWayland: Bool)
  /// The name of the X server is invalid.
  case badDisplay(String)
  /// No X server with this name answers.
  case unreachable(String)
  /// The X server refuses the connection.
  case refused(String)
  /// The X server only shows X programs inside a Wayland desktop, not the screen.
  case insideWayland(String)
  /// The screen's pixels use a palette or an unknown memory layout.
  case unknownPixels(depth: Int)
  /// Another program has grabbed a key or the mouse button.
  case taken(String)
  /// A request failed with an error of the X protocol.
  case request(String, code: Int)
  /// The connection to the X server is lost.
  case lost

  /// One sentence that says what to do.
  public var description: String {
    switch self {
    case .noDisplay(isWayland: false):
      "there is no screen to capture, because DISPLAY is not set; run this in a terminal of an X11 desktop"
    case .noDisplay(isWayland: true), .insideWayland:
      "this desktop runs on Wayland, where no program may grab the screen; log in to an X11 session, or take screenshots "
        + "with the desktop's own tool and crop them with easel crop"
    case .badDisplay(let name): "'\(name)' names no X display; DISPLAY looks like :0"
    case .unreachable(let name): "no X server answers at display \(name); check DISPLAY"
    case .refused(let name):
      "the X server at display \(name) refuses the connection; run this as the user who is logged in there, or check "
        + "XAUTHORITY"
    case .unknownPixels(let depth):
      "the screen has an unsupported format with \(depth) bits a pixel; 15, 16, 24, 30 and 32 bits without a palette are supported"
    case .taken(let what):
      "another program has grabbed \(what) on this screen; end it or change its settings, and run this again"
    case .request(let what, let code): "the X server refused to \(what) (error \(code))"
    case .lost: "the connection to the X server is lost; saved pictures are safe"
    }
  }
}
