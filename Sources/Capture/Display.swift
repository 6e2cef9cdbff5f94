import CXCB
import Foundation
import Imaging

/// A connection to an X server and its screen; its windows and grabs end with it.
final class Display {
  /// How the pixels below a removed line reappear.
  enum Composition {
    /// The server stores complete windows and shows the pixels immediately.
    case kept
    /// A compositor shows them with its next picture.
    case compositor
    /// The programs below are asked to draw them again.
    case none
  }

  let connection: OpaquePointer
  let root: xcb_window_t
  let layout: PixelLayout
  let keycodes: [UInt8: Key]
  private let atoms: (name: xcb_atom_t, utf8: xcb_atom_t)
  private(set) var composition = Composition.none

  /// Connects to the server called `name`; nil for the one that DISPLAY names.
  init(_ name: String? = nil) throws(CaptureError) {
    let environment = ProcessInfo.processInfo.environment
    let name = name ?? environment["DISPLAY"] ?? ""
    guard !name.isEmpty else { throw .noDisplay(isWayland: !(environment["WAYLAND_DISPLAY"] ?? "").isEmpty) }
    var number: Int32 = 0
    // A failed connection is an object too, which must be released.
    guard let connection = xcb_connect(name, &number) else { throw .unreachable(name) }
    var isOpen = false
    defer { if !isOpen { xcb_disconnect(connection) } }
    switch xcb_connection_has_error(connection) {
    case 0: break
    case XCB_CONN_CLOSED_PARSE_ERR, XCB_CONN_CLOSED_INVALID_SCREEN: throw .badDisplay(name)
    default: throw Display.isThere(name) ? .refused(name) : .unreachable(name)
    }
    var screens = xcb_setup_roots_iterator(xcb_get_setup(connection))
    for _ in 0..<max(0, number) where screens.rem > 1 { xcb_screen_next(&screens) }
    guard let screen = screens.data else { throw .badDisplay(name) }
    guard let layout = Display.layout(of: screen, connection) else {
      throw .unknownPixels(depth: Int(screen.pointee.root_depth))
    }
    guard !Extension.xwayland.isPresent(on: connection) else { throw .insideWayland(name) }
    self.connection = connection
    self.layout = layout
    root = screen.pointee.root
    func atom(_ name: String) -> xcb_atom_t {
      let cookie = xcb_intern_atom(connection, 0, UInt16(name.utf8.count), name)
      guard let reply = xcb_intern_atom_reply(connection, cookie, nil) else { return 0 }
      defer { free(reply) }
      return reply.pointee.atom
    }
    atoms = (atom("_NET_WM_NAME"), atom("UTF8_STRING"))
    keycodes = Display.keycodes(of: connection)
    isOpen = true
    composition = compose(manager: atom("_NET_WM_CM_S\(max(0, number))"))
  }

  deinit { xcb_disconnect(connection) }

  /// The current size of the screen; the user may change it at any time.
  func size() throws(CaptureError) -> PixelSize {
    try reply(to: "tell the screen's size", xcb_get_geometry(connection, root), xcb_get_geometry_reply) {
      PixelSize(width: Int($0.width), height: Int($0.height))
    }
  }

  /// The pixel that the pointer is at.
  func pointer() throws(CaptureError) -> (x: Int, y: Int) {
    try reply(to: "tell where the pointer is", xcb_query_pointer(connection, root), xcb_query_pointer_reply) {
      (Int($0.root_x), Int($0.root_y))
    }
  }

  /// The pixels that the screen shows in `rect`, without the pointer.
  func image(_ rect: ScreenRect) throws(CaptureError) -> ImageBuffer {
    let cookie = xcb_get_image(
      connection, UInt8(XCB_IMAGE_FORMAT_Z_PIXMAP.rawValue), root, Int16(rect.x), Int16(rect.y),
      UInt16(rect.width), UInt16(rect.height), .max)
    var error: UnsafeMutablePointer<xcb_generic_error_t>?
    guard let reply = xcb_get_image_reply(connection, cookie, &error) else {
      throw failure(error, "give the screen's pixels")
    }
    defer { free(reply) }
    let bytes = UnsafeRawBufferPointer(
      start: xcb_get_image_data(reply), count: Int(xcb_get_image_data_length(reply)))
    guard let image = layout.image(bytes, width: rect.width, height: rect.height) else {
      throw .unknownPixels(depth: Int(reply.pointee.depth))
    }
    return image
  }

  /// The title of the window at a pixel; nil if there is none or it has no title.
  func title(_ x: Int, _ y: Int) throws(CaptureError) -> String? {
    var (window, at, title) = (root, (x: Int16(x), y: Int16(y)), String?.none)
    while true {
      let cookie = xcb_translate_coordinates(connection, window, window, at.x, at.y)
      // A window that was closed in the meantime has no title.
      guard let reply = xcb_translate_coordinates_reply(connection, cookie, nil) else { return title }
      let child = reply.pointee.child
      free(reply)
      guard child != 0 else { return title }
      if let name = text(atoms.name, of: child) { return name }
      title = title ?? text(xcb_atom_t(XCB_ATOM_WM_NAME.rawValue), of: child)
      let inside = xcb_translate_coordinates(connection, window, child, at.x, at.y)
      guard let place = xcb_translate_coordinates_reply(connection, inside, nil) else { return title }
      at = (place.pointee.dst_x, place.pointee.dst_y)
      free(place)
      window = child
    }
  }

  /// A text property of a window.
  private func text(_ property: xcb_atom_t, of window: xcb_window_t) -> String? {
    let cookie = xcb_get_property(connection, 0, window, property, 0, 0, 1024)
    guard let reply = xcb_get_property_reply(connection, cookie, nil) else { return nil }
    defer { free(reply) }
    let bytes = UnsafeRawBufferPointer(
      start: xcb_get_property_value(reply), count: Int(xcb_get_property_value_length(reply)))
    guard reply.pointee.format == 8, !bytes.isEmpty else { return nil }
    if reply.pointee.type == atoms.utf8 { return String(decoding: bytes, as: UTF8.self) }
    // Text that is not marked as UTF-8 is Latin-1, unless it is valid UTF-8 beyond ASCII.
    return String(validating: bytes, as: UTF8.self)
      ?? String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
  }

  /// Sends the buffered requests.
  ///
  /// - Throws: `CaptureError.lost`.
  func flush() throws(CaptureError) {
    guard xcb_flush(connection) > 0 else { throw .lost }
  }

  /// Waits until the server has processed all requests.
  func finishRequests() throws(CaptureError) { _ = try size() }

  /// Waits for a reply and returns its `value`.
  private func reply<Cookie, Reply, Value>(
    to what: String, _ cookie: Cookie,
    _ receive: (OpaquePointer?, Cookie, UnsafeMutablePointer<UnsafeMutablePointer<xcb_generic_error_t>?>?) ->
      UnsafeMutablePointer<Reply>?, _ value: (Reply) -> Value
  ) throws(CaptureError) -> Value {
    var error: UnsafeMutablePointer<xcb_generic_error_t>?
    guard let reply = receive(connection, cookie, &error) else { throw failure(error, what) }
    defer { free(reply) }
    return value(reply.pointee)
  }

  /// Frees `error` and returns its description.
  func failure(_ error: UnsafeMutablePointer<xcb_generic_error_t>?, _ what: String) -> CaptureError {
    guard let error else { return .lost }
    defer { free(error) }
    return .request(what, code: Int(error.pointee.error_code))
  }

  /// Makes the server store covered windows completely, unless a compositor already does.
  private func compose(manager: xcb_atom_t) -> Composition {
    let owner = xcb_get_selection_owner_reply(connection, xcb_get_selection_owner(connection, manager), nil)
    defer { free(owner) }
    if let owner, owner.pointee.owner != 0 { return .compositor }
    let composite = Extension.composite
    guard composite.isPresent(on: connection) else { return .none }
    // QueryVersion(0, 4) comes first, as the protocol asks; then RedirectSubwindows(root, automatic).
    free(xcb_wait_for_reply(connection, composite.send(0, [0, 4], isAnswered: true, on: connection), nil))
    _ = composite.send(2, [root, 0], on: connection)
    return .kept
  }
}
