import Dataset
import Foundation
import Imaging
import Ledger
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// A dataset of a few photos, made by the built program.
struct ReviewedDataset {
  let folder: TemporaryFolder
  let output: OutputFolder
  let ledger: Ledger

  init(copies: Bool = false) throws {
    folder = try TemporaryFolder()
    let (photos, others) = (folder.appending("photos"), folder.appending("others"))
    let source = try #require(TestData.images).appendingPathComponent("selfie2anime/trainA")
    let names = try FileManager.default.contentsOfDirectory(atPath: source.path).sorted().prefix(9)
    for (number, name) in names.enumerated() {
      let target = number < 6 ? photos : others
      try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        at: source.appendingPathComponent(name), to: target.appendingPathComponent(name))
    }
    if copies {
      let image = try ImageFile.read(source.appendingPathComponent(names[0])).image
      try Data(try image.jpeg(quality: 60)).write(to: photos.appendingPathComponent("copy.jpg"))
    }
    let text = """
      output: out
      domains:
        A:
          sources: [{ photos: photos }]
          crop: { detector: haar }
          mask: { method: color-model }
        B:
          sources: [{ photos: others }]
          crop: { detector: haar }
          mask: { method: none }
      curate: { keep-if: { sharpness: 0, score: 0, resolution: 0 } }
      """
    try Data(text.utf8).write(to: folder.appending("datasets.yaml"))
    output = OutputFolder(folder.appending("out"))
    let result = try Program("easel").run(["run", "--quiet"], in: folder.url)
    try #require(result.status == 0 || result.status == 2, "\(result.talk)")
    ledger = try Ledger(url: output.ledger)
  }

  /// Runs a command of the built program in the folder.
  func easel(_ command: String) throws {
    let result = try Program("easel").run([command, "--quiet"], in: folder.url)
    #expect(result.status == 0 || result.status == 2, "\(result.talk)")
  }

  /// Writes another text into the settings.
  func change(_ text: String, to other: String) throws {
    let file = folder.appending("datasets.yaml")
    let settings = try String(contentsOf: file, encoding: .utf8)
    try Data(settings.replacingOccurrences(of: text, with: other).utf8).write(to: file)
  }

  /// The method of each mask.
  func methods() throws -> [String: String] { try ledger.masks().mapValues(\.summary.method) }

  /// The users' decisions in the ledger.
  func people() throws -> [String: DecisionRow] { try ledger.personDecisions() }

  /// The rotation of the crop's frame in its source, in degrees.
  func angle(of id: String) throws -> Double? {
    try ledger.sample(id)?.crop.cut.map { atan2($0.matrix.b, $0.matrix.a) * 180 / .pi }
  }

  /// The JSON lines of a file of the dataset.
  func lines(_ name: String) throws -> [[String: Any]] {
    try String(contentsOf: output.url.appendingPathComponent(name), encoding: .utf8).split(separator: "\n")
      .compactMap { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
  }

  /// Starts the server and opens its page in a new browser.
  func open(_ query: String = "") async throws -> OpenPage {
    let (process, output) = (Process(), Pipe())
    process.executableURL = Program("easel").url
    process.arguments = ["review", "--no-open"]
    process.currentDirectoryURL = folder.url
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    try process.run()
    var line = ""
    while !line.hasSuffix("\n"), let piece = try output.fileHandleForReading.read(upToCount: 1) {
      line += String(decoding: piece, as: UTF8.self)
    }
    let page = OpenPage(server: process, browser: try await Browser.start())
    try await page.browser.visit(line.trimmingCharacters(in: .whitespacesAndNewlines) + query)
    return page
  }
}

/// A running server, and a browser at its page.
final class OpenPage {
  private let server: Process
  let browser: Browser

  init(server: Process, browser: Browser) { (self.server, self.browser) = (server, browser) }

  deinit { killServer() }

  func killServer() {
    if server.isRunning { kill(server.processIdentifier, SIGKILL) }
    server.waitUntilExit()
  }

  /// The current sample.
  func current() async throws -> String {
    try await browser.wait("document.querySelector('.cell.at')?.id.length > 2")
    return try #require(
      try await browser.evaluate("document.querySelector('.cell.at').id.slice(2)") as? String)
  }

  /// Reloads the page.
  func reload() async throws {
    try await browser.evaluate("location.reload()")
    try await Task.sleep(for: .milliseconds(300))
    try await browser.wait("document.querySelectorAll('.cell').length > 0")
  }

  /// Waits until a condition holds.
  func settle(
    sourceLocation: SourceLocation = #_sourceLocation, _ isThere: () throws -> Bool
  ) async throws {
    for _ in 0..<600 {
      if try isThere() { return }
      try await Task.sleep(for: .milliseconds(50))
    }
    let said = try await browser.text("#said")
    Issue.record("what was done at the page never arrived: \(said)", sourceLocation: sourceLocation)
  }
}
