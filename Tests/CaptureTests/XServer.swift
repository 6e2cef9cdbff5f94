import CXCB
import Foundation
import Imaging
import TestSupport

@testable import Capture

/// A separate X server for one test, on a free display.
final class XServer {
  static let program = ["/usr/bin/Xvfb", "/usr/local/bin/Xvfb"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  let name: String
  private let process = Process()

  /// Starts a server with one screen.
  init(width: Int = 640, height: Int = 480, depth: Int = 24, arguments: [String] = []) throws {
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: XServer.program ?? "Xvfb")
    // Without -noreset the server would restart when its last client disconnects.
    process.arguments =
      ["-displayfd", "1", "-screen", "0", "\(width)x\(height)x\(depth)", "-nolisten", "tcp", "-noreset"]
      + arguments
    (process.standardOutput, process.standardError) = (output, FileHandle.nullDevice)
    try process.run()
    // The server prints the number when it is ready, and nothing if it fails.
    let text = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    guard let number = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
      process.waitUntilExit()
      throw CaptureError.unreachable("Xvfb")
    }
    name = ":\(number)"
  }

  /// Kills the server and removes its files.
  func stop() {
    guard process.isRunning else { return }
    // It inherited the blocked signals of the test's thread, which include SIGTERM.
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    let number = name.dropFirst()
    for path in ["/tmp/.X11-unix/X\(number)", "/tmp/.X\(number)-lock"] { unlink(path) }
  }

  deinit { stop() }
}

/// A simulated user of an X server, and a program that shows a picture there.
final class Desk {
  let display: Display
  private(set) var window: xcb_window_t = 0
  private static let testing = Extension("XTEST")

  init(_ server: XServer) throws { display = try Display(server.name) }

  /// Opens a window that shows `picture`, without a window manager, and receives clicks and keys.
  func show(
    _ picture: ImageBuffer, x: Int = 0, y: Int = 0, titles: [(atom: String, type: String, text: [UInt8])] = []
  ) throws {
    let connection = display.connection
    let depth = try depth()
    let pixmap = xcb_generate_id(connection)
    xcb_create_pixmap(connection, depth, pixmap, display.root, UInt16(picture.width), UInt16(picture.height))
    let context = xcb_generate_id(connection)
    xcb_create_gc(connection, context, pixmap, 0, nil)
    for row in 0..<picture.height {
      let bytes = display.layout.bytes(of: picture, row: row)
      xcb_put_image(
        connection, UInt8(XCB_IMAGE_FORMAT_Z_PIXMAP.rawValue), pixmap, context, UInt16(picture.width), 1, 0,
        Int16(row), 0, depth, UInt32(bytes.count), bytes)
    }
    window = xcb_generate_id(connection)
    let events =
      XCB_EVENT_MASK_BUTTON_PRESS.rawValue | XCB_EVENT_MASK_KEY_PRESS.rawValue
    xcb_create_window(
      connection, 0, window, display.root, Int16(x), Int16(y), UInt16(picture.width), UInt16(picture.height),
      0,
      UInt16(XCB_WINDOW_CLASS_INPUT_OUTPUT.rawValue), 0,
      XCB_CW_BACK_PIXMAP.rawValue | XCB_CW_OVERRIDE_REDIRECT.rawValue | XCB_CW_EVENT_MASK.rawValue,
      [pixmap, 1, events])
    for title in titles {
      xcb_change_property(
        connection, UInt8(XCB_PROP_MODE_REPLACE.rawValue), window, atom(title.atom), atom(title.type), 8,
        UInt32(title.text.count), title.text)
    }
    xcb_map_window(connection, window)
    try display.finishRequests()
  }

  private func depth() throws -> UInt8 {
    guard
      let reply = xcb_get_geometry_reply(
        display.connection, xcb_get_geometry(display.connection, display.root), nil)
    else { throw CaptureError.lost }
    defer { free(reply) }
    return reply.pointee.depth
  }

  private func atom(_ name: String) -> xcb_atom_t {
    let cookie = xcb_intern_atom(display.connection, 0, UInt16(name.utf8.count), name)
    guard let reply = xcb_intern_atom_reply(display.connection, cookie, nil) else { return 0 }
    defer { free(reply) }
    return reply.pointee.atom
  }

  func move(to x: Int, _ y: Int) throws { try fake(XCB_MOTION_NOTIFY, 0, x, y) }

  func click(_ button: UInt8 = 1) throws {
    try fake(XCB_BUTTON_PRESS, button)
    try fake(XCB_BUTTON_RELEASE, button)
  }

  func press(_ key: Display.Key) throws {
    guard let code = display.keycodes.filter({ $0.value == key }).keys.min() else { throw CaptureError.lost }
    try press(code)
  }

  func press(_ code: UInt8) throws {
    try fake(XCB_KEY_PRESS, code)
    try fake(XCB_KEY_RELEASE, code)
  }

  /// XTEST's FakeInput, which the server handles like inputs of a real device.
  private func fake(_ type: Int32, _ detail: UInt8, _ x: Int = 0, _ y: Int = 0) throws {
    _ = Desk.testing.send(
      2, [UInt32(type) | UInt32(detail) << 8, 0, display.root, 0, 0, UInt32(x) | UInt32(y) << 16, 0, 0],
      on: display.connection)
    try display.finishRequests()
  }

  /// The details of the button and key presses that have reached the window so far.
  func reached() throws -> [UInt8] {
    try display.finishRequests()
    var details: [UInt8] = []
    while let event = xcb_poll_for_event(display.connection) {
      defer { free(event) }
      if [XCB_BUTTON_PRESS, XCB_KEY_PRESS].contains(Int32(event.pointee.response_type & 0x7F)) {
        details.append(event.pointee.pad0)
      }
    }
    return details
  }
}

extension PixelLayout {
  /// One row of `picture` in the screen's format.
  func bytes(of picture: ImageBuffer, row: Int) -> [UInt8] {
    var bytes = (0..<picture.width).flatMap { x -> [UInt8] in
      let value = pixel(Array(picture[x, row]))
      let low = (0..<bitsPerPixel / 8).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) }
      return isBigEndian ? low.reversed() : low
    }
    bytes += [UInt8](repeating: 0, count: rowBytes(width: picture.width) - bytes.count)
    return bytes
  }
}
