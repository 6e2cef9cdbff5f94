import Dataset
import Foundation
import Imaging
import Ledger
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Uses the page with the built program and a real browser, then checks the ledger and the dataset.
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
    // Undo goes to its sample, so wait for it before the next key.
    try await page.browser.wait("document.getElementById('said').textContent.startsWith('Undone')")
    // Several at once: select two to the right with Shift, and revert all with one undo.
    try await page.browser.press("Home")
    for _ in 0..<2 { try await page.browser.press("ArrowRight", shift: true) }
    try await page.browser.press("k")
    try await page.settle { try dataset.people().values.filter(\.keep).count == 3 }
    try await page.browser.press("u")
    try await page.settle { try dataset.people().count == 2 }

    // A killed server loses nothing, and a reloaded page shows the same.
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
    try await page.browser.wait("document.querySelectorAll('#story li').length > 3")
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
    // Run all stages again: the user's frame and strokes are still applied.
    try FileManager.default.removeItem(at: dataset.output.store)
    try dataset.easel("run")
    #expect(try Data(contentsOf: crop) == framed)
    #expect(try ImageFile.read(cutout).image.alpha?[128, 128].first == 0)

    let later = try await dataset.open("&sample=\(id)")
    try await later.browser.wait("document.querySelectorAll('#story li').length > 3")
    try await later.browser.press("f")
    try await later.browser.wait("!document.getElementById('frame-reset').disabled")
    try await later.browser.click("#frame-reset")
    try await later.settle { try dataset.ledger.userCrop(of: id) == nil }
    try await later.browser.wait("document.getElementById('detail-said').textContent.startsWith('New crop')")
    #expect(try Data(contentsOf: crop) == before)
    later.killServer()
  }

  @Test("A run in the background disturbs neither the decisions nor the page")
  func runMeanwhile() async throws {
    let dataset = try ReviewedDataset()
    let page = try await dataset.open()
    let before = try await page.current()
    // Make all masks again with the other method.
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
    // The page shows the results of the run.
    try await page.browser.press("u")
    try await page.settle { try dataset.people().count == 3 }
    try dataset.easel("curate")
    let kept = try dataset.lines("metadata.jsonl").compactMap { $0["id"] as? String }
    #expect(!kept.isEmpty && Set(kept).isDisjoint(with: decided.filter { !$0.value }.keys))
  }

  @Test("A painted mask is suggested for a copy of the image, copied there, and undone")
  func suggestionsForCopies() async throws {
    let dataset = try ReviewedDataset(copies: true)
    let lines = try dataset.ledger.sampleLines(measuring: []).filter { $0.domain == .a }
    let copy = try #require(lines.first { $0.path == "copy.jpg" }?.id)
    let id = try #require(lines.filter { $0.path != "copy.jpg" }.min { $0.path < $1.path }?.id)
    let page = try await dataset.open("&sample=\(id)")
    try await page.browser.wait("document.querySelectorAll('#story li').length > 3")
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
    #expect(try await page.browser.text(".card:nth-of-type(2) .because").contains("is kept because"))
    #expect(try await page.browser.evaluate("document.querySelectorAll('.because').length") as? Int == 1)
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

  @Test("A limit shows its effect before anything is rejected, and limits do not cross")
  func limits() async throws {
    let dataset = try ReviewedDataset()
    let page = try await dataset.open()
    let kept = try dataset.ledger.ruleDecisions().values.filter(\.keep).count
    func move(_ side: String, to place: Int) async throws {
      try await page.browser.evaluate(
        """
        (() => { const slider = document.querySelector("[data-limit='sharpness \(side)']");
          slider.value = \(place); slider.dispatchEvent(new Event('input')) })()
        """)
    }
    func shown() async throws -> Int {
      try await page.browser.evaluate("document.querySelectorAll('#beyond button').length") as? Int ?? 0
    }
    try await page.browser.click("[data-view=domains]")
    try await page.browser.wait(
      "document.getElementById('mean-A').complete && document.querySelectorAll('.limit .bar-A').length")
    try await move("least", to: 1000)
    let beyond = try await shown()
    #expect(beyond > 0 && beyond < kept, "the sharpest sample is inside its own limit")
    // A handle stops at the other one, because crossed limits would reject everything.
    try await move("greatest", to: 100)
    #expect(try await shown() < kept)
    let rule = try await page.browser.text("#rule")
    let sharpness = try #require(rule.firstMatch(of: /sharpness: \[([^\]]*)\]/)?.1)
    let numbers = sharpness.split { !"0123456789.".contains($0) }.compactMap { Double($0) }
    #expect(numbers.count == 2 && numbers[0] <= numbers[1], "\(rule)")
    // At its end, a handle means no limit.
    try await move("greatest", to: 1000)
    try await move("least", to: 0)
    #expect(try await shown() == 0)
    #expect(try await !page.browser.text("#rule").contains("sharpness"))
    try await move("least", to: 1000)
    #expect(try await shown() == beyond)
    // Choosing another domain keeps the limit.
    try await page.browser.evaluate(
      "(() => { const list = document.getElementById('limit-domain'); list.value = 'B';"
        + " list.dispatchEvent(new Event('change')) })()")
    #expect(try await !page.browser.text("#rule").isEmpty)
    try await page.browser.evaluate(
      "(() => { const list = document.getElementById('limit-domain'); list.value = '';"
        + " list.dispatchEvent(new Event('change')) })()")
    #expect(try dataset.people().isEmpty, "looking changes nothing")
    try await page.browser.click("#limit-reject")
    try await page.browser.wait("document.getElementById('limit-confirm').open")
    #expect(try dataset.people().isEmpty, "it asks first")
    try await page.browser.click("#limit-confirm [value=reject]")
    try await page.settle { try dataset.people().values.filter { !$0.keep }.count == beyond }
    try await page.browser.press("u")
    try await page.settle { try dataset.people().isEmpty }
    page.killServer()
  }

  @Test("A limit is written into the settings with one button, and one undo restores the file byte for byte")
  func writtenRule() async throws {
    let dataset = try ReviewedDataset()
    let file = dataset.folder.appending("datasets.yaml")
    let before =
      "# Mine é\n" + (try String(contentsOf: file, encoding: .utf8)) + "# the end, without a line end"
    try Data(before.utf8).write(to: file)
    let page = try await dataset.open()
    try await page.browser.click("[data-view=domains]")
    try await page.browser.wait("document.querySelector(\"[data-limit='sharpness least']\")")
    try await page.browser.wait("!document.getElementById('limit-write').hidden")
    #expect(
      try await page.browser.evaluate("document.getElementById('limit-write').disabled") as? Bool == true)
    try await page.browser.evaluate(
      "(() => { const slider = document.querySelector(\"[data-limit='sharpness least']\");"
        + " slider.value = 500; slider.dispatchEvent(new Event('input')) })()")
    try await page.browser.click("#limit-write")
    try await page.browser.wait(
      "document.getElementById('said').textContent.includes('written into datasets.yaml')")
    let written = try String(contentsOf: file, encoding: .utf8)
    let value = try #require(written.firstMatch(of: /sharpness: ([0-9.]+)/)?.1)
    #expect(
      written == before.replacingOccurrences(of: "sharpness: 0,", with: "sharpness: \(value),")
        && value != "0")
    try dataset.easel("curate")
    let limit = try #require(Double(value))
    let below = try dataset.ledger.ruleDecisions().values.filter { !$0.keep && $0.reason == .blurred }
    #expect(limit > 0 && !below.isEmpty, "the next run follows the rule")
    // The view is slow to load after the undo, so the redo fails before the undo is at its end.
    try await page.browser.evaluate(
      """
      const ask = window.fetch
      window.fetch = async (path, options) => {
        if (!path.startsWith('/api/framing')) return ask(path, options)
        while (!window.mayLoad) await new Promise((resolve) => setTimeout(resolve, 50))
        setTimeout(() => window.hasLoaded = true, 1000)
        return ask(path, options)
      }
      """)
    try await page.browser.press("u")
    try await page.settle { try String(contentsOf: file, encoding: .utf8) == before }
    // Changed elsewhere: nothing is written, and the page says why.
    try Data((before + "\n").utf8).write(to: file)
    try await page.browser.press("Z", shift: true, control: true)
    let isSaid = "document.getElementById('said').textContent.includes('was changed')"
    try await page.browser.wait(isSaid)
    try await page.browser.evaluate("window.mayLoad = true")
    try await page.browser.wait("window.hasLoaded")
    #expect(try await page.browser.evaluate(isSaid) as? Bool == true, "the undo does not replace it")
    #expect(try String(contentsOf: file, encoding: .utf8) == before + "\n")
    page.killServer()
  }
}
