import Dataset
import Foundation
import Imaging
import Ledger
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// A person at the page: the built program, a real browser, and then what the ledger and the dataset hold.
@Suite(
  .serialized, .enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"),
  .enabled(if: Browser.program != nil, "chromium is not installed"))
struct BrowserTests {
  @Test("Decisions made with keys are in the ledger at once and in the dataset after curate")
  func decisionsByKeys() async throws {
    let dataset = try ReviewedDataset()
    let page = try await dataset.open()
    let first = try await page.current()
    try await page.browser.press("r")
    try await page.settle { try dataset.people()[first]?.keep == false }
    let second = try await page.current()
    #expect(second != first)
    try await page.browser.press("R", shift: true)
    try await page.browser.wait("document.getElementById('reasons').open")
    try await page.browser.press("5")
    try await page.settle { try dataset.people()[second]?.reason == "turned" }
    let third = try await page.current()
    try await page.browser.press("k")
    try await page.settle { try dataset.people()[third]?.keep == true }
    try await page.browser.press("u")
    try await page.settle { try dataset.people()[third] == nil }
    // Undoing ends at the sample concerned; a hand that is faster than the page would be led astray.
    try await page.browser.wait("document.getElementById('said').textContent.startsWith('Undone')")
    // Several at once: two to the right with Shift, and all of them back with one undo.
    try await page.browser.press("Home")
    for _ in 0..<2 { try await page.browser.press("ArrowRight", shift: true) }
    try await page.browser.press("k")
    try await page.settle { try dataset.people().values.filter(\.keep).count == 3 }
    try await page.browser.press("u")
    try await page.settle { try dataset.people().count == 2 }

    // A server that is killed has lost nothing, and neither has a page that is opened anew.
    page.killServer()
    let again = try await dataset.open()
    try await again.browser.press("6")
    try await again.browser.wait("document.querySelectorAll('.cell:not([hidden])').length === 2")
    again.killServer()
    try dataset.easel("curate")
    let rejected = try dataset.lines("rejected.jsonl")
    let decision = try #require(
      rejected.first { $0["id"] as? String == second }?["decision"] as? [String: Any])
    #expect(decision["by"] as? String == "person" && decision["why"] as? String == "turned")
    let kept = try dataset.lines("metadata.jsonl").compactMap { $0["id"] as? String }
    #expect(!kept.isEmpty && !kept.contains(first) && !kept.contains(second))
  }

  @Test("A moved frame and painted strokes are applied at once and survive every run")
  func frameAndStrokes() async throws {
    let dataset = try ReviewedDataset()
    let page = try await dataset.open()
    let id = try await page.current()
    let (crop, cutout) = (dataset.output.crop(id), dataset.output.cutout(id))
    let before = try Data(contentsOf: crop)
    let angle = try #require(try dataset.angle(of: id))
    try await page.browser.press("Enter")
    try await page.browser.wait("document.querySelectorAll('#measures tr').length > 3")
    try await page.browser.press("f")
    try await page.browser.wait("document.querySelectorAll('#overlay .grip').length === 5")
    for _ in 0..<6 { try await page.browser.press("ArrowRight") }
    for _ in 0..<4 { try await page.browser.press("]") }
    try await page.browser.press("Enter")
    try await page.settle { try dataset.ledger.userCrop(of: id) != nil }
    try await page.browser.wait("document.getElementById('detail-said').textContent.startsWith('New crop')")
    let framed = try Data(contentsOf: crop)
    #expect(framed != before)
    let turned = try #require(try dataset.angle(of: id)) - angle
    #expect(abs(turned - 4) < 0.01, "four times a degree, not \(turned)")

    try await page.browser.press("m")
    try await page.browser.wait("document.getElementById('paint').width === 256")
    try await page.browser.press("2")
    try await page.browser.drag("#paint", [(0.4, 0.5), (0.5, 0.5), (0.6, 0.5)])
    try await page.browser.wait("document.getElementById('detail-said').textContent.startsWith('Painted')")
    let alpha = try #require(try ImageFile.read(cutout).image.alpha)
    #expect(alpha[128, 128].first == 0, "what was painted away is transparent")

    page.killServer()
    // Every stage again, from nothing where it can: the person's frame and strokes are still honoured.
    try FileManager.default.removeItem(at: dataset.output.store)
    try dataset.easel("run")
    #expect(try Data(contentsOf: crop) == framed)
    #expect(try ImageFile.read(cutout).image.alpha?[128, 128].first == 0)

    let later = try await dataset.open("&sample=\(id)")
    try await later.browser.wait("document.querySelectorAll('#measures tr').length > 3")
    try await later.browser.press("f")
    try await later.browser.wait("!document.getElementById('frame-reset').disabled")
    try await later.browser.click("#frame-reset")
    try await later.settle { try dataset.ledger.userCrop(of: id) == nil }
    try await later.browser.wait("document.getElementById('detail-said').textContent.startsWith('New crop')")
    #expect(try Data(contentsOf: crop) == before)
    later.killServer()
  }

  @Test("A run that goes on meanwhile disturbs neither the decisions nor the page")
  func runMeanwhile() async throws {
    let dataset = try ReviewedDataset()
    let page = try await dataset.open()
    let before = try await page.current()
    // Every photo's mask is made anew, by the other method.
    try dataset.change("mask: { method: color-model }", to: "mask: { method: none }")
    async let run = Task.detached { try dataset.easel("run") }.value
    var decided: [String: Bool] = [:]
    for keep in [false, true, false, true] {
      let id = try await page.current()
      try await page.browser.press(keep ? "k" : "r")
      try await page.settle { try dataset.people()[id]?.keep == keep }
      decided[id] = keep
    }
    try await run
    #expect(decided.count == 4 && decided[before] == false)
    #expect(try dataset.people().mapValues(\.keep) == decided)
    let masks = try dataset.methods()
    #expect(!masks.isEmpty && masks.values.allSatisfy { $0 == "none" })
    // The page goes on with what the run made.
    try await page.browser.press("u")
    try await page.settle { try dataset.people().count == 3 }
    try dataset.easel("curate")
    let kept = try dataset.lines("metadata.jsonl").compactMap { $0["id"] as? String }
    #expect(!kept.isEmpty && Set(kept).isDisjoint(with: decided.filter { !$0.value }.keys))
  }

  @Test("A painted mask is suggested for a copy of the picture, copied there, and undone")
  func suggestionsForCopies() async throws {
    let dataset = try ReviewedDataset(copies: true)
    let lines = try dataset.ledger.sampleLines(measuring: []).filter { $0.domain == .a }
    let copy = try #require(lines.first { $0.path == "copy.jpg" }?.id)
    let id = try #require(lines.filter { $0.path != "copy.jpg" }.min { $0.path < $1.path }?.id)
    let page = try await dataset.open("&sample=\(id)")
    try await page.browser.wait("document.querySelectorAll('#measures tr').length > 3")
    try await page.browser.press("m")
    try await page.browser.wait("document.getElementById('paint').width === 256")
    try await page.browser.wait("document.getElementById('offer').disabled")
    try await page.browser.press("2")
    try await page.browser.drag("#paint", [(0.4, 0.5), (0.5, 0.5), (0.6, 0.5)])
    try await page.browser.wait("document.getElementById('detail-said').textContent.startsWith('Painted')")
    try await page.browser.wait("!document.getElementById('offer').disabled")
    try await page.browser.click("#offer")
    try await page.browser.wait("document.querySelectorAll('.offer').length === 1")
    try await page.browser.wait(
      "[...document.querySelectorAll('.offer img')].every((image) => image.naturalWidth)")
    let before = try Data(contentsOf: dataset.output.cutout(copy))
    try await page.browser.click("#offers-take")
    try await page.browser.wait(
      "document.getElementById('detail-said').textContent.startsWith('Copied to 1')")
    let carried = try Data(contentsOf: dataset.output.edits.appendingPathComponent("\(copy).json"))
    #expect(String(decoding: carried, as: UTF8.self).contains(id))
    let alpha = try #require(try ImageFile.read(dataset.output.cutout(copy)).image.alpha)
    #expect(alpha[128, 128].first == 0, "what was painted away there is away here")
    try dataset.easel("mask")
    #expect(try ImageFile.read(dataset.output.cutout(copy)).image.alpha?[128, 128].first == 0)
    try await page.browser.press("u")
    try await page.settle { try Data(contentsOf: dataset.output.cutout(copy)) == before }
    page.killServer()
  }

  @Test("Another copy can be kept instead, and copies can be separated")
  func duplicates() async throws {
    let dataset = try ReviewedDataset(copies: true)
    let set = try #require(
      try dataset.ledger.ruleDecisions().values.first { $0.reason == .duplicateOf }, "a copy is found")
    let page = try await dataset.open()
    try await page.browser.click("[data-view=duplicates]")
    try await page.browser.wait("document.querySelectorAll('.card').length === 2")
    try await page.browser.click(".card:nth-of-type(2) .keep")
    try await page.settle { try dataset.people()[set.id]?.keep == true }
    try dataset.easel("curate")
    let kept = try dataset.lines("metadata.jsonl").compactMap { $0["id"] as? String }
    #expect(kept.contains(set.id))
    #expect(
      try dataset.ledger.ruleDecisions().values.filter { $0.reason == .duplicateOf }.map(\.id) != [set.id])

    try await page.browser.wait("document.querySelectorAll('.card').length === 2")
    try await page.browser.click(".card:nth-of-type(2) .actions button:last-child")
    try await page.settle { try dataset.ledger.pairings().map(\.same) == [false] }
    try await page.browser.wait("document.querySelectorAll('.card').length === 0")
    try dataset.easel("curate")
    #expect(try dataset.ledger.ruleDecisions().values.filter { $0.reason == .duplicateOf }.isEmpty)
    try await page.browser.press("u")
    try await page.settle { try dataset.ledger.pairings().isEmpty }
    page.killServer()
  }

  @Test("A limit shows what it would leave out before anything is rejected")
  func limits() async throws {
    let dataset = try ReviewedDataset()
    let page = try await dataset.open()
    let kept = try dataset.ledger.ruleDecisions().values.filter(\.keep).count
    try await page.browser.click("[data-view=domains]")
    try await page.browser.wait(
      "document.getElementById('mean-A').complete && document.querySelectorAll('.bar-A').length")
    try await page.browser.evaluate(
      "(() => { const slider = document.getElementById('least'); slider.value = 1000;"
        + " slider.dispatchEvent(new Event('input')) })()")
    let shown =
      try await page.browser.evaluate("document.querySelectorAll('#beyond button').length") as? Int ?? 0
    #expect(shown > 0 && shown < kept)
    try await page.browser.evaluate(
      "(() => { const list = document.getElementById('measure-domain'); list.value = 'B';"
        + " list.dispatchEvent(new Event('change')) })()")
    #expect(
      try await page.browser.evaluate("document.querySelectorAll('#beyond button').length") as? Int == 0,
      "the sliders are back where the domain's own rules are")
    try await page.browser.evaluate(
      "(() => { const list = document.getElementById('measure-domain'); list.value = '';"
        + " list.dispatchEvent(new Event('change')); const slider = document.getElementById('least');"
        + " slider.value = 1000; slider.dispatchEvent(new Event('input')) })()")
    #expect(try dataset.people().isEmpty, "looking changes nothing")
    try await page.browser.click("#reject-beyond")
    try await page.settle { try dataset.people().values.filter { !$0.keep }.count == shown }
    try await page.browser.press("u")
    try await page.settle { try dataset.people().isEmpty }
    page.killServer()
  }
}

/// A few photographs, made into a dataset by the built program.
private struct ReviewedDataset {
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
      curate: { keep-if: { sharpness: 0 } }
      """
    try Data(text.utf8).write(to: folder.appending("datasets.yaml"))
    output = OutputFolder(folder.appending("out"))
    let result = try Program("easel").run(["run", "--quiet"], in: folder.url)
    try #require(result.status == 0 || result.status == 2, "\(result.talk)")
    ledger = try Ledger(url: output.ledger)
  }

  /// Runs a command of the built program here.
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

  /// How every mask was made.
  func methods() throws -> [String: String] { try ledger.masks().mapValues(\.summary.method) }

  /// What people decided, as another program sees it.
  func people() throws -> [String: DecisionRow] { try ledger.personDecisions() }

  /// How far the crop's frame is turned in its source, in degrees.
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
    let page = OpenPage(server: process, browser: try await Browser())
    try await page.browser.visit(line.trimmingCharacters(in: .whitespacesAndNewlines) + query)
    return page
  }
}

/// A running server, and a browser at its page.
private final class OpenPage {
  private let server: Process
  let browser: Browser

  init(server: Process, browser: Browser) { (self.server, self.browser) = (server, browser) }

  deinit { killServer() }

  func killServer() {
    if server.isRunning { kill(server.processIdentifier, SIGKILL) }
    server.waitUntilExit()
  }

  /// The sample in hand.
  func current() async throws -> String {
    try #require(try await browser.evaluate("document.querySelector('.cell.at').id.slice(2)") as? String)
  }

  /// Waits until what the page did is where it belongs.
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
