import CXCB
import Dataset
import Foundation
import Imaging
import Synchronization
import TestSupport
import Testing

@testable import Capture

/// Records the events of a session, for a test that waits for them.
final class Told: Sendable {
  private let events = Mutex<[CaptureEvent]>([])

  func add(_ event: CaptureEvent) { events.withLock { $0.append(event) } }

  /// Waits for the event with this number; nil if it does not come.
  func event(_ number: Int) async throws -> CaptureEvent? {
    for _ in 0..<1500 {
      if let event = events.withLock({ $0.indices.contains(number) ? $0[number] : nil }) { return event }
      try await Task.sleep(for: .milliseconds(10))
    }
    return nil
  }

  /// The file of the event with this number, which must be a saved picture.
  func picture(_ number: Int) async throws -> (URL, CaptureRecord) {
    guard case .saved(let file, let record)? = try await event(number) else { throw CaptureError.lost }
    return (file, record)
  }
}

@Suite(.enabled(if: XServer.program != nil, "Xvfb is not installed (apt-get install xvfb)"))
struct CaptureSessionTests {
  /// A picture without similar parts, with levels that every color depth can represent.
  static func picture(_ width: Int, _ height: Int, levels: [UInt8]? = nil) -> ImageBuffer {
    var image = ImageBuffer(width: width, height: height, format: .rgb, filledWith: [0, 0, 0])
    var state: UInt32 = 7
    for index in image.bytes.indices {
      state = state &* 1_664_525 &+ 1_013_904_223
      let value = UInt8(state >> 24)
      image.bytes[index] = levels.map { $0[Int(value) % $0.count] } ?? value
    }
    return image
  }

  /// Runs a session while `body` acts as the user, and ends it with Escape.
  static func capture(
    _ server: XServer, into folder: TemporaryFolder, side: Int = 128,
    faces: (@Sendable () throws -> FaceFinder)? = nil,
    _ body: (Desk, Told) async throws -> Void, setUp: (Desk) throws -> Void
  ) async throws {
    let desk = try Desk(server)
    try setUp(desk)
    let (told, name, url) = (Told(), server.name, folder.url)
    let task = Task {
      var session = try CaptureSession(display: name, folder: CaptureFolder(url), side: side, faces: faces)
      try await session.run { told.add($0) }
    }
    do {
      #expect(try await told.event(0) == .ready(side: side))
      try await body(desk, told)
      try desk.press(.escape)
    } catch {
      task.cancel()
      throw error
    }
    try await task.value
  }

  @Test(
    "A click saves exactly what the screen shows there, without the overlay",
    arguments: [
      (24, []), (24, ["-extension", "Composite"]), (16, []), (30, []),
    ] as [(Int, [String])])
  func exact(depth: Int, arguments: [String]) async throws {
    let server = try XServer(depth: depth, arguments: arguments)
    let folder = try TemporaryFolder()
    let picture = Self.picture(640, 480, levels: depth == 16 ? [0, 255] : nil)
    try await Self.capture(server, into: folder) { desk, told in
      // In the middle, at two corners of the screen, and with an immediate move.
      let places = [(320, 240, 256, 176), (3, 470, 0, 352), (639, 0, 512, 0), (200, 200, 136, 136)]
      for (number, (x, y, left, top)) in places.enumerated() {
        try desk.move(to: x, y)
        if number == 0 {
          // The frame is on the screen before and after, red around and white within.
          try await Self.waitForColor([255, 64, 48], at: 254, 240, desk)
          try await Self.waitForColor([255, 255, 255], at: 320, 193, desk)
        }
        try desk.click()
        let (file, record) = try await told.picture(number + 1)
        #expect(file.lastPathComponent == "000\(number + 1).png")
        #expect(record.frame == Box(x: Double(left), y: Double(top), width: 128, height: 128))
        let shot = try ImageFile.read(file).image
        #expect(
          shot.meanDifference(from: picture.cropped(x: left, y: top, width: 128, height: 128)) == 0,
          "\(x), \(y)")
      }
      try await Self.waitForColor([255, 255, 255], at: 200, 153, desk)
    } setUp: {
      try $0.show(picture)
    }
  }

  /// Waits until the screen shows about a color at a pixel.
  static func waitForColor(_ color: [UInt8], at x: Int, _ y: Int, _ desk: Desk) async throws {
    var seen: [UInt8] = []
    for _ in 0..<500 {
      seen = try desk.display.image(ScreenRect(x: x, y: y, width: 1, height: 1)).bytes
      if zip(seen, color).allSatisfy({ abs(Int($0) - Int($1)) < 9 }) { return }
      try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("\(x), \(y) shows \(seen), not \(color)")
  }

  @Test("Keys change the size, and undo removes only pictures of this session") func keys() async throws {
    let server = try XServer()
    let folder = try TemporaryFolder()
    let mine = Self.picture(20, 20)
    try mine.png().write(to: folder.appending("0041.png"))
    try await Self.capture(server, into: folder) { desk, told in
      try desk.move(to: 300, 200)
      try desk.press(.up)
      #expect(try await told.event(1) == .resized(side: 160))
      try desk.click()
      let (first, record) = try await told.picture(2)
      #expect(first.lastPathComponent == "0042.png" && record.frame.width == 160)
      #expect(try ImageFile.read(first).image.size == PixelSize(width: 160, height: 160))
      // The size stays from picture to picture.
      try desk.click()
      let (second, _) = try await told.picture(3)
      #expect(second.lastPathComponent == "0043.png")
      for (event, side) in [(4, 128), (5, 96), (6, 64), (7, 32), (8, 32)] {
        try desk.press(.down)
        #expect(try await told.event(event) == .resized(side: side))
      }
      try desk.press(.backspace)
      #expect(try await told.event(9) == .undone(.removed(second)))
      try desk.press(.backspace)
      #expect(try await told.event(10) == .undone(.removed(first)))
      try desk.press(.backspace)
      #expect(try await told.event(11) == .undone(.nothing))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["0041.png"])
      #expect(try ImageFile.read(folder.appending("0041.png")).image.meanDifference(from: mine) == 0)
    } setUp: {
      try $0.show(mine)
    }
  }

  @Test("The program below receives all inputs except the left button and the session's keys") func inputs()
    async throws
  {
    let server = try XServer()
    let folder = try TemporaryFolder()
    // The key code of the space bar on every PC keyboard.
    let space: UInt8 = 65
    try await Self.capture(server, into: folder) { desk, told in
      try desk.move(to: 320, 240)
      try desk.click()
      _ = try await told.picture(1)
      try desk.press(.up)
      _ = try await told.event(2)
      try desk.click(3)
      try desk.press(space)
      #expect(try desk.reached() == [3, space])
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).count == 2)
    } setUp: {
      try $0.show(Self.picture(640, 480))
    }
    let desk = try Desk(server)
    try desk.show(Self.picture(640, 480))
    try desk.click()
    #expect(try desk.reached() == [1], "after the end everything is the program's again")
  }

  @Test(
    "The title of the window is recorded",
    arguments: [
      ([("_NET_WM_NAME", "UTF8_STRING", "ジョジョ 第1話 – 再生"), ("WM_NAME", "STRING", "old")], "ジョジョ 第1話 – 再生"),
      ([("WM_NAME", "STRING", "plain")], "plain"), ([], nil),
    ] as [([(String, String, String)], String?)])
  func title(titles: [(String, String, String)], expected: String?) async throws {
    let server = try XServer()
    let folder = try TemporaryFolder()
    let before = Date()
    try await Self.capture(server, into: folder) { desk, told in
      try desk.move(to: 300, 200)
      try desk.click()
      let (_, record) = try await told.picture(1)
      #expect(record.window == expected)
    } setUp: {
      try $0.show(Self.picture(400, 300), x: 100, y: 50, titles: titles.map { ($0, $1, Array($2.utf8)) })
    }
    let lines = try String(contentsOf: folder.appending(FolderScan.captureRecords), encoding: .utf8).split(
      separator: "\n")
    try #require(lines.count == 1)
    let line = try JSONDecoder().decode(CaptureRecord.self, from: Data(lines[0].utf8))
    #expect(line.fileName == "0001.png" && line.window == expected && line.face == nil)
    let time = try Date(line.time, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    #expect(time > before.addingTimeInterval(-1) && time <= Date())
  }

  /// Finds a blue square, the face, at any size of the picture.
  @Sendable static func blue(_ picture: ImageBuffer) -> [ScreenFace] {
    let hits = (0..<picture.width * picture.height).filter {
      picture.bytes[$0 * 3 + 2] > 200 && picture.bytes[$0 * 3] < 60
    }
    guard hits.count > 20 else { return [] }
    let (xs, ys) = (hits.map { $0 % picture.width }.sorted(), hits.map { $0 / picture.width }.sorted())
    let (w, h) = (Double(xs[xs.count - 1] - xs[0] + 1), Double(ys[ys.count - 1] - ys[0] + 1))
    let box = Box(x: Double(xs[0]), y: Double(ys[0]), width: w, height: h)
    return [
      ScreenFace(
        detector: "blue", score: 1, box: box,
        square: Box(x: box.x - w / 2, y: box.y - h / 2, width: 2 * w, height: 2 * h))
    ]
  }

  @Test("The overlay snaps to a face under the pointer and follows the pointer elsewhere") func snapping()
    async throws
  {
    let server = try XServer(width: 800, height: 600)
    let folder = try TemporaryFolder()
    var picture = ImageBuffer(width: 800, height: 600, format: .rgb, filledWith: [200, 190, 180])
    picture.paste(
      ImageBuffer(width: 60, height: 60, format: .rgb, filledWith: [10, 20, 255]), x: 300, y: 200)
    let screen = picture
    try await Self.capture(server, into: folder, faces: { Self.blue }) { desk, told in
      try desk.move(to: 350, 250)
      // The face is marked where it is, not where the pointer is.
      try await Self.waitForColor([64, 224, 96], at: 330, 198, desk)
      try await Self.waitForColor([255, 64, 48], at: 330 - 66, 230, desk)
      try desk.click()
      let (file, record) = try await told.picture(1)
      #expect(record.frame == Box(x: 266, y: 166, width: 128, height: 128))
      #expect(record.face?.box == Box(x: 34, y: 34, width: 60, height: 60))
      #expect(
        try ImageFile.read(file).image.meanDifference(
          from: screen.cropped(x: 266, y: 166, width: 128, height: 128)) == 0)
      // Elsewhere, at once: the frame on the screen may still be the old one.
      try desk.move(to: 600, 400)
      try desk.click()
      let (_, away) = try await told.picture(2)
      #expect(away.frame == Box(x: 536, y: 336, width: 128, height: 128) && away.face == nil)
    } setUp: {
      try $0.show(screen)
    }
  }

  @Test("A mouse button that another program grabbed is an error") func takenButton() throws {
    let server = try XServer()
    let desk = try Desk(server)
    xcb_grab_button(desk.display.connection, 0, desk.display.root, 4, 1, 1, 0, 0, 1, 0x8000)
    try desk.display.finishRequests()
    let other = try Display(server.name)
    #expect(throws: CaptureError.taken("the left mouse button")) { try other.grab() }
  }

  @Test("If the X server ends, the session ends with an error") func lostServer() async throws {
    let server = try XServer()
    let folder = try TemporaryFolder()
    let told = Told()
    let (name, url) = (server.name, folder.url)
    let task = Task {
      var session = try CaptureSession(display: name, folder: CaptureFolder(url), side: 64)
      try await session.run { told.add($0) }
    }
    _ = try await told.event(0)
    server.stop()
    await #expect(throws: CaptureError.lost) { try await task.value }
  }

  @Test("An invalid or unreachable display is an error") func badDisplays() throws {
    #expect(throws: CaptureError.unreachable(":4711")) { _ = try Display(":4711") }
    #expect(throws: CaptureError.badDisplay("nonsense")) { _ = try Display("nonsense") }
  }

  @Test("If the X server refuses the connection, the error says so") func refusedConnection() throws {
    let folder = try TemporaryFolder()
    let cookies = folder.appending("cookies")
    // One entry for every display: family 0xFFFF, no address, no number, a name and a key of sixteen bytes.
    let name = Array("MIT-MAGIC-COOKIE-1".utf8)
    let entry: [UInt8] =
      [0xFF, 0xFF, 0, 0, 0, 0, 0, UInt8(name.count)] + name + [0, 16] + (0..<16).map { UInt8($0) }
    try Data(entry).write(to: cookies)
    let server = try XServer(arguments: ["-auth", cookies.path])
    #expect(throws: CaptureError.refused(server.name)) { _ = try Display(server.name) }
  }
}

extension [UInt8] {
  fileprivate func write(to url: URL) throws { try Data(self).write(to: url) }
}
