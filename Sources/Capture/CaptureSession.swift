public import Foundation
import Imaging

/// An event of a capture session.
public enum CaptureEvent: Sendable, Equatable {
  /// Keys and the button are grabbed; the frame has sides of this many pixels.
  case ready(side: Int)
  /// The frame has another size.
  case resized(side: Int)
  /// A picture was saved.
  case saved(URL, CaptureRecord)
  /// A picture was removed by undo, or the reason why not.
  case undone(CaptureFolder.Undo)
}

/// A frame that follows the pointer until Escape: a click saves its content, Up and Down change its size,
/// Backspace removes the last picture.
public struct CaptureSession {
  /// The allowed initial sides of a frame in pixels; it is never larger than the screen.
  public static let sides = step...8192
  /// The inner guide's share of the frame, where a face should sit.
  static let guide = 0.7
  /// The change of the size by Up and Down, in pixels.
  static let step = 32
  /// The distance around the pointer in which faces are detected, in sides of the frame.
  private static let reach = 3

  private let display: Display
  private var folder: CaptureFolder
  private var side: Int
  private let watch: FaceWatch?
  private let outline: FrameLines
  private let guide: FrameLines
  private let faceLines: FrameLines

  /// Connects to a screen; nothing is shown or grabbed yet.
  ///
  /// - Parameters:
  ///   - display: The X server's name; nil for the one that DISPLAY names.
  ///   - folder: The folder for the pictures.
  ///   - side: The frame's side in pixels.
  ///   - faces: Makes what finds the faces that the frame snaps to; nil for a frame that follows the pointer alone.
  /// - Throws: `CaptureError`.
  public init(
    display: String? = nil, folder: CaptureFolder, side: Int,
    faces: (@Sendable () throws -> FaceFinder)? = nil
  ) throws(CaptureError) {
    let screen = try Display(display)
    (self.display, self.folder) = (screen, folder)
    let size = try screen.size()
    self.side = min(side, size.width, size.height)
    watch = faces.map { FaceWatch($0) }
    outline = FrameLines(on: screen, color: [255, 64, 48], thickness: 4)
    guide = FrameLines(on: screen, color: [255, 255, 255], thickness: 3)
    faceLines = FrameLines(on: screen, color: [64, 224, 96], thickness: 3)
  }

  /// Follows the pointer until Escape.
  ///
  /// - Parameter report: Receives the events.
  /// - Throws: `CaptureError`; `WriteError`; `CancellationError`; what finding faces throws.
  public mutating func run(_ report: (CaptureEvent) -> Void) async throws {
    try display.grab()
    report(.ready(side: side))
    var tick = 0
    while true {
      try Task.checkCancellation()
      for input in try display.inputs() {
        switch input {
        case .click(let x, let y): report(try await shoot(x, y))
        case .key(.up): report(try resize(by: CaptureSession.step))
        case .key(.down): report(try resize(by: -CaptureSession.step))
        case .key(.backspace): report(.undone(try folder.undo()))
        case .key(.escape): return
        }
      }
      try follow(raise: tick % 32 == 0)
      tick += 1
      try await Task.sleep(for: .milliseconds(16))
    }
  }

  private mutating func resize(by step: Int) throws -> CaptureEvent {
    let screen = try display.size()
    side = min(max(side + step, CaptureSession.sides.lowerBound), screen.width, screen.height)
    return .resized(side: side)
  }

  /// Moves the frame to the pointer, or to the face under it.
  private func follow(raise: Bool) throws {
    let (screen, pointer) = (try display.size(), try display.pointer())
    var square = ScreenRect(side: side, around: pointer.x, pointer.y, on: screen)
    if let watch {
      let part = region(around: pointer, on: screen)
      try watch.look(at: try display.image(part).withoutLines(lines(in: part)), part)
      if let face = try watch.lastFaces().nearest(to: pointer) {
        square = face.frame(side: side, on: screen)
        faceLines.show(around: face.box.screenRect, raise: raise)
      } else {
        faceLines.hide()
      }
    }
    outline.show(around: square, raise: raise)
    guide.show(around: square.inner(CaptureSession.guide), raise: raise)
    try display.flush()
  }

  /// Saves the content of the frame around a pixel, without the frame's lines.
  private mutating func shoot(_ x: Int, _ y: Int) async throws -> CaptureEvent {
    let time = Date()
    let screen = try display.size()
    var square = ScreenRect(side: side, around: x, y, on: screen)
    guide.hide()
    faceLines.hide()
    // The lines are outside the captured square, but the position to which the frame will snap is not known
    // yet.
    if watch == nil { outline.show(around: square) } else { outline.hide() }
    try display.finishRequests()
    try await Task.sleep(for: display.composition.delay)
    let picture: ImageBuffer
    var face: ScreenFace?
    if let watch {
      // Face and picture are taken at the same moment, because a video continues to play.
      let whole = try display.image(ScreenRect(x: 0, y: 0, width: screen.width, height: screen.height))
      let part = region(around: (x, y), on: screen)
      let faces = try await watch.faces(
        of: whole.cropped(x: part.x, y: part.y, width: part.width, height: part.height), at: part)
      face = faces.nearest(to: (x, y))
      square = face?.frame(side: side, on: screen) ?? square
      picture = whole.cropped(x: square.x, y: square.y, width: square.width, height: square.height)
    } else {
      picture = try display.image(square)
    }
    let record = CaptureRecord(
      fileName: "", time: time.formatted(.iso8601WithMilliseconds),
      window: try display.title(square.x + square.width / 2, square.y + square.height / 2),
      frame: Box(
        x: Double(square.x), y: Double(square.y), width: Double(square.width), height: Double(square.height)),
      face: face?.mapped(dx: -Double(square.x), dy: -Double(square.y)))
    let (file, saved) = try folder.save(picture, record)
    return .saved(file, saved)
  }

  /// The part of the screen in which faces are detected.
  private func region(around pointer: (x: Int, y: Int), on screen: PixelSize) -> ScreenRect {
    let reach = CaptureSession.reach * side
    let (left, top) = (max(pointer.x - reach / 2, 0), max(pointer.y - reach / 2, 0))
    return ScreenRect(
      x: left, y: top, width: min(pointer.x + reach / 2, screen.width) - left,
      height: min(pointer.y + reach / 2, screen.height) - top)
  }

  /// The frame's own lines in the pixels of `part`.
  private func lines(in part: ScreenRect) -> [ScreenRect] {
    [outline, guide, faceLines].flatMap(\.places).map {
      ScreenRect(x: $0.x - part.x, y: $0.y - part.y, width: $0.width, height: $0.height)
    }
  }
}

extension Display.Composition {
  /// The time to wait until removed lines have disappeared from the screen.
  fileprivate var delay: Duration {
    switch self {
    case .kept: .zero
    // A few pictures at 60 a second.
    case .compositor: .milliseconds(80)
    // Time for the programs below to draw.
    case .none: .milliseconds(200)
    }
  }
}

extension [ScreenFace] {
  /// The face whose square contains a pixel; of several, the one with the nearest center.
  fileprivate func nearest(to pixel: (x: Int, y: Int)) -> ScreenFace? {
    let place = Point(x: Double(pixel.x), y: Double(pixel.y))
    return filter { $0.square.contains(place) }
      .min { $0.box.center.distance(to: place) < $1.box.center.distance(to: place) }
  }
}

extension ScreenFace {
  /// The frame of `side` pixels that has the middle of the square which a crop would be cut from.
  fileprivate func frame(side: Int, on screen: PixelSize) -> ScreenRect {
    ScreenRect(
      side: side, around: Int(square.center.x.rounded()), Int(square.center.y.rounded()), on: screen)
  }
}

extension Box {
  fileprivate func contains(_ place: Point) -> Bool {
    place.x >= x && place.y >= y && place.x < x + width && place.y < y + height
  }

  fileprivate var screenRect: ScreenRect {
    ScreenRect(
      x: Int(x.rounded()), y: Int(y.rounded()), width: Int(width.rounded()), height: Int(height.rounded()))
  }
}

extension FormatStyle where Self == Date.ISO8601FormatStyle {
  fileprivate static var iso8601WithMilliseconds: Self { Self(includingFractionalSeconds: true) }
}
