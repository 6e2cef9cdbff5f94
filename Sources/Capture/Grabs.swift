import CXCB
import Foundation

extension Display {
  /// A command of the user.
  enum Input: Equatable {
    /// The left button, at a pixel.
    case click(x: Int, y: Int)
    /// One of the keys.
    case key(Key)
  }

  /// Grabs the left button and the keys; other programs receive all other inputs, so that a video can be
  /// paused and searched during a session.
  ///
  /// - Throws: `CaptureError.taken` if another program has one of them.
  func grab() throws(CaptureError) {
    // Caps Lock (2) and Num Lock (16) are ignored; with other modifiers the key belongs to other programs.
    for modifiers: UInt16 in [0, 2, 16, 18] {
      let mask = XCB_EVENT_MASK_BUTTON_PRESS.rawValue | XCB_EVENT_MASK_BUTTON_RELEASE.rawValue
      let asynchronous = UInt8(XCB_GRAB_MODE_ASYNC.rawValue)
      try check(
        xcb_grab_button_checked(
          connection, 0, root, UInt16(mask), asynchronous, asynchronous, 0, 0, 1, modifiers),
        "the left mouse button")
      for (code, key) in keycodes.sorted(by: { $0.key < $1.key }) {
        try check(
          xcb_grab_key_checked(connection, 0, root, modifiers, code, asynchronous, asynchronous), key.name)
      }
    }
  }

  private func check(_ cookie: xcb_void_cookie_t, _ what: String) throws(CaptureError) {
    guard let error = xcb_request_check(connection, cookie) else { return }
    defer { free(error) }
    // BadAccess: another program has grabbed the same combination.
    throw error.pointee.error_code == 10
      ? .taken(what) : .request("watch \(what)", code: Int(error.pointee.error_code))
  }

  /// The commands since the last call, in order.
  ///
  /// - Throws: `CaptureError.lost`.
  func inputs() throws(CaptureError) -> [Input] {
    var inputs: [Input] = []
    while let event = xcb_poll_for_event(connection) {
      defer { free(event) }
      let raw = UnsafeRawPointer(event)
      switch Int32(event.pointee.response_type & 0x7F) {
      case XCB_BUTTON_PRESS:
        let press = raw.load(as: xcb_button_press_event_t.self)
        if press.detail == 1 { inputs.append(.click(x: Int(press.root_x), y: Int(press.root_y))) }
      case XCB_KEY_PRESS:
        if let key = keycodes[raw.load(as: xcb_key_press_event_t.self).detail] { inputs.append(.key(key)) }
      default: break
      }
    }
    guard xcb_connection_has_error(connection) == 0 else { throw .lost }
    return inputs
  }
}
