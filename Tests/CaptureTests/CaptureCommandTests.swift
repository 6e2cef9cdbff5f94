import Dataset
import Foundation
import Imaging
import TestSupport
import Testing

@testable import Capture

/// Runs the built program like a user.
struct CaptureCommandTests {
  /// Runs `easel` while the test continues.
  static func easel(_ arguments: [String], _ environment: [String: String]) async throws -> Program.Result {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread {
        continuation.resume(
          with: Result { try Program("easel").run(arguments, environment: environment, killAfter: 120) })
      }
    }
  }

  @Test(
    "The command saves pictures and prints one line for each",
    .enabled(if: XServer.program != nil, "Xvfb is not installed (apt-get install xvfb)"))
  func capture() async throws {
    let server = try XServer()
    let folder = try TemporaryFolder()
    let name = server.name
    let desk = try Desk(server)
    let picture = CaptureSessionTests.picture(640, 480)
    try desk.show(picture, titles: [("WM_NAME", "STRING", Array("a video".utf8))])
    try desk.move(to: 300, 200)
    async let end = Self.easel(
      ["capture", "--to", folder.appending("shots").path, "--size", "200", "--json"], ["DISPLAY": name]
    )
    try await CaptureSessionTests.waitForColor([255, 64, 48], at: 198, 200, desk)
    try desk.click()
    try desk.click()
    try desk.press(.backspace)
    try desk.press(.escape)
    let result = try await end
    #expect(result.status == 0, "\(result.talk)")
    let names = result.events.map { "\($0["event"] ?? "") \($0["status"] ?? "")" }
    #expect(names == ["item done", "item done", "item skipped", "summary "])
    let first = folder.appending("shots/0001.png")
    #expect(result.events.first?["outputs"] as? [String] == [first.path])
    #expect(result.events.first?["stage"] as? String == "capture")
    #expect(result.events.first?["detail"] as? String == "a video")
    let shot = try ImageFile.read(first).image
    #expect(shot.meanDifference(from: picture.cropped(x: 200, y: 100, width: 200, height: 200)) == 0)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.appending("shots").path).sorted()
        == ["0001.png", FolderScan.captureRecords])
  }

  @Test(
    "Without an X11 screen, one sentence says why",
    arguments: [
      ([:], "DISPLAY is not set"), (["WAYLAND_DISPLAY": "wayland-0"], "runs on Wayland"),
      (["DISPLAY": ":4711"], "no X server answers at display :4711"),
    ] as [([String: String], String)])
  func noScreen(environment: [String: String], sentence: String) async throws {
    let folder = try TemporaryFolder()
    let result = try await Self.easel(
      ["capture", "--to", folder.appending("shots").path],
      ["DISPLAY": "", "WAYLAND_DISPLAY": ""].merging(environment) { $1 })
    #expect(result.status == 1 && result.talk.contains(sentence), "\(result.talk)")
    #expect(result.talk.split(separator: "\n").count == 1)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
  }

  @Test(
    "Wrong usage has exit status 64",
    arguments: [
      ["capture"], ["capture", "--to", "x", "--size", "8"], ["capture", "--to", "x", "--detector", "y"],
    ])
  func wrongUsage(arguments: [String]) async throws {
    #expect(try await Self.easel(arguments, [:]).status == 64)
  }
}
