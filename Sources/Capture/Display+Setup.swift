import CXCB
import Foundation

extension Display {
  /// A key with a function in a session.
  enum Key: UInt32, CaseIterable {
    // The numbers are X11's key symbols (keysymdef.h).
    case backspace = 0xFF08
    case escape = 0xFF1B
    case up = 0xFF52
    case down = 0xFF54

    /// The label of the key.
    var name: String { "the \("\(self)".capitalized) key" }
  }

  /// Which key each of a keyboard's codes is.
  static func keycodes(of connection: OpaquePointer) -> [UInt8: Key] {
    guard let setup = xcb_get_setup(connection) else { return [:] }
    let (first, last) = (setup.pointee.min_keycode, setup.pointee.max_keycode)
    let cookie = xcb_get_keyboard_mapping(connection, first, last - first + 1)
    guard let reply = xcb_get_keyboard_mapping_reply(connection, cookie, nil) else { return [:] }
    defer { free(reply) }
    let symbols = UnsafeBufferPointer(
      start: xcb_get_keyboard_mapping_keysyms(reply),
      count: Int(xcb_get_keyboard_mapping_keysyms_length(reply)))
    let columns = max(1, Int(reply.pointee.keysyms_per_keycode))
    var keys: [UInt8: Key] = [:]
    for (row, symbol) in symbols.enumerated().filter({ $0.offset % columns == 0 }).map({ ($0 / columns, $1) })
    {
      if let key = Key(rawValue: symbol) { keys[first + UInt8(row)] = key }
    }
    return keys
  }

  /// The memory layout of the pixels of `screen`; nil if they use a palette.
  static func layout(of screen: UnsafeMutablePointer<xcb_screen_t>, _ connection: OpaquePointer)
    -> PixelLayout?
  {
    guard let setup = xcb_get_setup(connection) else { return nil }
    var formats = xcb_setup_pixmap_formats_iterator(setup)
    while formats.rem > 0, formats.data.pointee.depth != screen.pointee.root_depth {
      xcb_format_next(&formats)
    }
    guard formats.rem > 0 else { return nil }
    let format = formats.data.pointee
    guard [8, 16, 24, 32].contains(format.bits_per_pixel), format.scanline_pad >= 8 else { return nil }
    var depths = xcb_screen_allowed_depths_iterator(screen)
    while depths.rem > 0 {
      var visuals = xcb_depth_visuals_iterator(depths.data)
      while visuals.rem > 0 {
        let visual = visuals.data.pointee
        let masks = [visual.red_mask, visual.green_mask, visual.blue_mask]
        let isDirect =
          visual._class == XCB_VISUAL_CLASS_TRUE_COLOR.rawValue
          || visual._class == XCB_VISUAL_CLASS_DIRECT_COLOR.rawValue
        if visual.visual_id == screen.pointee.root_visual, isDirect,
          masks.allSatisfy({ (1...16).contains($0.nonzeroBitCount) })
        {
          return PixelLayout(
            bitsPerPixel: Int(format.bits_per_pixel), rowAlignment: Int(format.scanline_pad),
            isBigEndian: setup.pointee.image_byte_order == XCB_IMAGE_ORDER_MSB_FIRST.rawValue, masks: masks)
        }
        xcb_visualtype_next(&visuals)
      }
      xcb_depth_next(&depths)
    }
    return nil
  }

  /// Whether the server's socket exists, so that the server must have refused the connection.
  static func isThere(_ name: String) -> Bool {
    var host: UnsafeMutablePointer<CChar>?
    var (display, screen): (Int32, Int32) = (0, 0)
    guard xcb_parse_display(name, &host, &display, &screen) != 0 else { return false }
    defer { free(host) }
    let isLocal = host.map { $0.pointee == 0 || strcmp($0, "unix") == 0 } ?? true
    return isLocal && FileManager.default.fileExists(atPath: "/tmp/.X11-unix/X\(display)")
  }
}

/// An extension of the X protocol of which single requests are sent, without the library that XCB has for it.
struct Extension: @unchecked Sendable {
  // XCB stores a number in it, protected by a lock.
  private let record: UnsafeMutablePointer<xcb_extension_t>

  init(_ name: StaticString) {
    record = .allocate(capacity: 1)
    let text = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
    record.initialize(to: xcb_extension_t(name: text, global_id: 0))
  }

  static let composite = Extension("Composite")
  static let xwayland = Extension("XWAYLAND")

  /// Whether the server has it.
  func isPresent(on connection: OpaquePointer) -> Bool {
    xcb_get_extension_data(connection, record)?.pointee.present == 1
  }

  /// Sends request `number` with the words that follow its header, and returns its sequence number.
  func send(
    _ number: UInt8, _ words: [UInt32], isAnswered: Bool = false, on connection: OpaquePointer
  ) -> UInt32 {
    var request = xcb_protocol_request_t(count: 1, ext: record, opcode: number, isvoid: isAnswered ? 0 : 1)
    // XCB fills in the header, and uses the two places before the first.
    var bytes = [0] + words
    return bytes.withUnsafeMutableBytes { bytes in
      var vectors = [iovec](repeating: iovec(), count: 3)
      vectors[2] = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
      return vectors.withUnsafeMutableBufferPointer { vectors in
        xcb_send_request(connection, 0, vectors.baseAddress.map { $0 + 2 }, &request)
      }
    }
  }
}
