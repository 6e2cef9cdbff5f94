import CXCB

/// Four lines around a rectangle of the screen, above all windows and ignored by the window manager.
final class FrameLines {
  /// The thickness of a line in pixels: a colored core between dark edges, which is visible on any picture.
  private let thickness: Int
  private let display: Display
  private let windows: [xcb_window_t]
  /// The positions of the lines; empty while they are hidden.
  private(set) var places: [ScreenRect] = []
  private var surrounded: ScreenRect?

  /// Lines that are not shown yet.
  init(on display: Display, color: [UInt8], thickness: Int) {
    (self.display, self.thickness) = (display, thickness)
    // In the order of the mask's bits: core, edges, no window manager.
    let mask = XCB_CW_BACK_PIXEL.rawValue | XCB_CW_BORDER_PIXEL.rawValue | XCB_CW_OVERRIDE_REDIRECT.rawValue
    let values = [display.layout.pixel(color), display.layout.pixel([24, 24, 24]), 1]
    windows = (0..<4).map { _ in
      let window = xcb_generate_id(display.connection)
      xcb_create_window(
        display.connection, 0, window, display.root, FrameLines.away, FrameLines.away, 1, 1, 1,
        UInt16(XCB_WINDOW_CLASS_INPUT_OUTPUT.rawValue), 0, mask, values)
      xcb_map_window(display.connection, window)
      return window
    }
  }

  /// The position of hidden lines.
  ///
  /// They stay mapped, because a compositor may fade out unmapped windows.
  private static let away: Int16 = -20_000

  /// Shows the lines around `rect`, above all other windows.
  func show(around rect: ScreenRect, raise: Bool = false) {
    guard rect != surrounded || raise else { return }
    surrounded = rect
    places = rect.outline(thickness)
    for (window, place) in zip(windows, places) {
      // A window's own size is without its border of one pixel a side.
      configure(
        window, Int16(clamping: place.x), Int16(clamping: place.y), width: max(1, place.width - 2),
        height: max(1, place.height - 2))
    }
  }

  /// Hides the lines.
  func hide() {
    guard surrounded != nil else { return }
    (surrounded, places) = (nil, [])
    for window in windows { configure(window, FrameLines.away, FrameLines.away, width: 1, height: 1) }
  }

  private func configure(_ window: xcb_window_t, _ x: Int16, _ y: Int16, width: Int, height: Int) {
    let mask =
      XCB_CONFIG_WINDOW_X.rawValue | XCB_CONFIG_WINDOW_Y.rawValue | XCB_CONFIG_WINDOW_WIDTH.rawValue
      | XCB_CONFIG_WINDOW_HEIGHT.rawValue | XCB_CONFIG_WINDOW_STACK_MODE.rawValue
    let values = [
      UInt32(bitPattern: Int32(x)), UInt32(bitPattern: Int32(y)), UInt32(width), UInt32(height),
      XCB_STACK_MODE_ABOVE.rawValue,
    ]
    xcb_configure_window(display.connection, window, UInt16(mask), values)
  }
}
