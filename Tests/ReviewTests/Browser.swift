import Foundation
import TestSupport

#if canImport(Glibc)
  import Glibc
#endif

/// A headless Chromium that receives keys, clicks and strokes.
///
/// It is controlled by the DevTools protocol over two pipes, `--remote-debugging-pipe`: no port, and messages that end
/// with a zero byte.
final class Browser {
  /// An error while controlling it.
  struct Failure: Error, CustomStringConvertible { var description: String }

  /// The program; nil if it is not installed.
  static let program: String? = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
    .first { FileManager.default.isExecutableFile(atPath: $0) }

  /// axe-core's script, which scripts/fetch-axe.sh downloads; nil if it is missing.
  static let axe: URL? = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let file = root.appendingPathComponent(".build/axe.min.js")
    return FileManager.default.fileExists(atPath: file.path) ? file : nil
  }()

  private let folder: TemporaryFolder
  private let process = Process()
  private let (commands, answers): (Int32, Int32)
  private var session: String?
  private var count = 0
  private var rest: [UInt8] = []

  /// Starts it with one empty page of `width` and `height` pixels; a browser that does not start is started again.
  static func start(width: Int = 1280, height: Int = 800) async throws -> Browser {
    for _ in 0..<2 {
      if let browser = try? await Browser(width: width, height: height) { return browser }
    }
    return try await Browser(width: width, height: height)
  }

  private init(width: Int, height: Int) async throws {
    folder = try TemporaryFolder()
    let (input, output) = (folder.appending("in").path, folder.appending("out").path)
    guard let program = Self.program, mkfifo(input, 0o600) == 0, mkfifo(output, 0o600) == 0 else {
      throw Failure(description: "there is no browser")
    }
    // A named pipe that is opened for reading and writing does not wait for its other end.
    (commands, answers) = (open(input, O_RDWR | O_CLOEXEC), open(output, O_RDWR | O_CLOEXEC | O_NONBLOCK))
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = [
      "-c", "exec \"$@\" 3<\"$EASEL_IN\" 4>\"$EASEL_OUT\"", "sh", program, "--headless", "--no-sandbox",
      "--disable-gpu", "--no-first-run", "--remote-debugging-pipe", "--window-size=\(width),\(height)",
      "--user-data-dir=\(folder.appending("profile").path)", "about:blank",
    ]
    process.environment = ProcessInfo.processInfo.environment
      .merging(["EASEL_IN": input, "EASEL_OUT": output]) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    let targets = try await send("Target.getTargets", seconds: 90)["targetInfos"] as? [[String: Any]] ?? []
    guard let page = targets.first(where: { $0["type"] as? String == "page" })?["targetId"] as? String else {
      throw Failure(description: "the browser has no page")
    }
    session =
      try await send("Target.attachToTarget", ["targetId": page, "flatten": true])["sessionId"] as? String
    _ = try await send(
      "Emulation.setDeviceMetricsOverride",
      ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": false])
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    close(commands)
    close(answers)
  }

  /// Goes to `address` and waits until the page has its samples.
  func visit(_ address: String) async throws {
    _ = try await send("Page.navigate", ["url": address])
    try await wait("document.querySelectorAll('.cell').length > 0")
  }

  /// The result of `script`.
  @discardableResult func evaluate(_ script: String) async throws -> Any? {
    let answer = try await send(
      "Runtime.evaluate", ["expression": script, "returnByValue": true, "awaitPromise": true])
    if let problem = answer["exceptionDetails"] { throw Failure(description: "\(script): \(problem)") }
    return (answer["result"] as? [String: Any])?["value"]
  }

  /// Runs `script` in every page before the page's own scripts.
  func evaluateAtStart(_ script: String) async throws {
    _ = try await send("Page.enable")
    _ = try await send("Page.addScriptToEvaluateOnNewDocument", ["source": script])
  }

  /// The text of the element that `selector` finds.
  func text(_ selector: String) async throws -> String {
    try await evaluate("document.querySelector('\(selector)').textContent") as? String ?? ""
  }

  /// Waits until `condition` holds.
  func wait(_ condition: String, seconds: Double = 150) async throws {
    let end = Date(timeIntervalSinceNow: seconds)
    while try await evaluate("!!(\(condition))") as? Bool != true {
      guard Date() < end else { throw Failure(description: "it never came to \(condition)") }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  /// Emulates another screen.
  func emulate(
    width: Int, height: Int, scale: Double = 1, isTouch: Bool = false, isDark: Bool = false
  ) async throws {
    _ = try await send(
      "Emulation.setDeviceMetricsOverride",
      ["width": width, "height": height, "deviceScaleFactor": scale, "mobile": isTouch])
    _ = try await send(
      "Emulation.setTouchEmulationEnabled", ["enabled": isTouch, "maxTouchPoints": isTouch ? 5 : 1])
    _ = try await send(
      "Emulation.setEmulatedMedia",
      ["features": [["name": "prefers-color-scheme", "value": isDark ? "dark" : "light"]]])
  }

  /// Presses and releases a key, optionally with `Shift` or `Ctrl`.
  func press(_ key: String, shift: Bool = false, control: Bool = false) async throws {
    let codes = [
      "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Enter": 13, "Escape": 27, " ": 32,
      "Home": 36,
    ]
    var event: [String: Any] = [
      "type": "keyDown", "key": key, "modifiers": (shift ? 8 : 0) | (control ? 2 : 0),
      "windowsVirtualKeyCode": codes[key] ?? Int(key.uppercased().unicodeScalars.first?.value ?? 0),
    ]
    if control {
    } else if key.count == 1 {
      event["text"] = key
    } else if key == "Enter" {
      event["text"] = "\r"
    }
    _ = try await send("Input.dispatchKeyEvent", event)
    event["type"] = "keyUp"
    event["text"] = nil
    _ = try await send("Input.dispatchKeyEvent", event)
  }

  /// Clicks the centre of the first element that `selector` finds, optionally with `Ctrl`.
  func click(_ selector: String, control: Bool = false) async throws {
    try await evaluate("document.querySelector('\(selector)').scrollIntoView({ block: 'center' })")
    try await drag(selector, [(0.5, 0.5)], control: control)
  }

  /// Turns the wheel over the centre of an element; negative is away from the user.
  func wheel(_ selector: String, by amount: Double) async throws {
    let box = try await box(of: selector)
    _ = try await send(
      "Input.dispatchMouseEvent",
      [
        "type": "mouseWheel", "x": box[0] + box[2] / 2, "y": box[1] + box[3] / 2, "deltaX": 0,
        "deltaY": amount,
      ])
  }

  /// Moves a finger within an element along `places`, as fractions of the element's sides.
  func swipe(_ selector: String, _ places: [(Double, Double)]) async throws {
    try await evaluate("document.querySelector('\(selector)').scrollIntoView({ block: 'center' })")
    let box = try await box(of: selector)
    for (index, place) in places.enumerated() {
      let point: [String: Any] = ["x": box[0] + place.0 * box[2], "y": box[1] + place.1 * box[3]]
      _ = try await send(
        "Input.dispatchTouchEvent",
        ["type": index == 0 ? "touchStart" : "touchMove", "touchPoints": [point]])
    }
    _ = try await send("Input.dispatchTouchEvent", ["type": "touchEnd", "touchPoints": [Any]()])
  }

  /// Left, top, width and height of an element on the screen.
  private func box(of selector: String) async throws -> [Double] {
    let script = """
      (() => { const box = document.querySelector('\(selector)').getBoundingClientRect();
        return [box.left, box.top, box.width, box.height] })()
      """
    let found = (try await evaluate(script) as? [Any] ?? []).compactMap { ($0 as? NSNumber)?.doubleValue }
    guard found.count == 4, found[2] > 0 else { throw Failure(description: "\(selector) cannot be seen") }
    return found
  }

  /// Presses the mouse within an element, moves it along `places`, as fractions of the element's sides, and releases it.
  func drag(_ selector: String, _ places: [(Double, Double)], control: Bool = false) async throws {
    let found = try await box(of: selector)
    guard let last = places.last else { return }
    for (index, place) in (places + [last]).enumerated() {
      let kind = index == 0 ? "mousePressed" : index == places.count ? "mouseReleased" : "mouseMoved"
      _ = try await send(
        "Input.dispatchMouseEvent",
        [
          "type": kind, "x": found[0] + place.0 * found[2], "y": found[1] + place.1 * found[3],
          "button": "left", "buttons": kind == "mouseReleased" ? 0 : 1, "clickCount": 1,
          "modifiers": control ? 2 : 0,
        ])
    }
  }

  private func send(
    _ method: String, _ parameters: [String: Any] = [:], seconds: Double = 240
  ) async throws -> [String: Any] {
    count += 1
    var message: [String: Any] = ["id": count, "method": method, "params": parameters]
    message["sessionId"] = session
    var bytes = Array(try JSONSerialization.data(withJSONObject: message)) + [0]
    while !bytes.isEmpty {
      let sent = write(commands, bytes, bytes.count)
      guard sent > 0 else { throw Failure(description: "the browser takes no commands") }
      bytes.removeFirst(sent)
    }
    let end = Date(timeIntervalSinceNow: seconds)
    while Date() < end {
      while let zero = rest.firstIndex(of: 0) {
        let object = try JSONSerialization.jsonObject(with: Data(rest[..<zero])) as? [String: Any] ?? [:]
        rest.removeSubrange(...zero)
        guard object["id"] as? Int == count else { continue }
        if let error = object["error"] { throw Failure(description: "\(method): \(error)") }
        return object["result"] as? [String: Any] ?? [:]
      }
      var piece = [UInt8](repeating: 0, count: 1 << 16)
      let got = read(answers, &piece, piece.count)
      if got > 0 { rest += piece[..<got] } else { try await Task.sleep(for: .milliseconds(5)) }
    }
    throw Failure(description: "the browser does not answer \(method)")
  }
}
