import Dataset
import Foundation
import Imaging
import Ledger
import TestSupport
import Testing

@testable import Review

/// Parts of the page whose work is simulated here, in a real browser.
@Suite(.serialized, .enabled(if: Browser.program != nil, "chromium is not installed"))
struct PageBrowserTests {
  @Test("Learning is offered after ten corrections, shows masks before and after, and one key takes it back")
  func learning() async throws {
    let fixture = try Fixture()
    let id = try fixture.add("a.jpg")
    let learner = MapTests.FakeLearner(isBetter: true, corrected: 9, examples: [id])
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger, learner: learner) { visitor in
      let browser = try await Browser.start()
      try await browser.visit(visitor.address.absoluteString)
      try await browser.wait("document.getElementById('left').textContent.includes('kept')")
      #expect(try await browser.evaluate("document.getElementById('learn-offer').hidden") as? Bool == true)
      learner.corrected.increase()
      // The page asks again when the close view is closed.
      try await browser.press("Enter")
      try await browser.wait("document.getElementById('detail').open")
      try await browser.press("Escape")
      try await browser.wait("!document.getElementById('learn-offer').hidden")
      #expect(try await browser.text("#learn-offer-said").contains("10 masks corrected"))

      try await browser.click("#learn-open")
      try await browser.click("#learn-start")
      try await browser.wait("document.querySelectorAll('.example img').length === 2")
      try await browser.wait(
        "[...document.querySelectorAll('.example img')].every((image) => image.naturalWidth)")
      #expect(try await browser.text("#learning-said").contains("4.00 % before, 2.00 % after"))
      #expect(learner.again.value == 0, "nothing changes before the user agrees")
      try await browser.click("#learn-use")
      try await browser.wait("document.getElementById('learning-said').textContent.includes('is in use')")
      #expect(learner.again.value == 1 && learner.forgotten.value == 0)
      try await browser.press("Escape")
      try await browser.wait("!document.getElementById('learning').open")
      try await browser.press("u")
      try await browser.wait("document.getElementById('said').textContent.includes('the learning of masks')")
      try await browser.wait(
        "document.getElementById('learning-said').textContent.includes('is trained further')")
      #expect(learner.forgotten.value == 1 && learner.again.value == 2)
    }
  }

  @Test("A decision counts if a run changed the sample meanwhile; another user's decision is a conflict")
  func decisionDuringRun() async throws {
    let fixture = try Fixture()
    for name in ["a.jpg", "b.jpg"] { try fixture.add(name) }
    let other = try Ledger(url: fixture.output.ledger)
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger) { visitor in
      let browser = try await Browser.start()
      // The answer to a question for changes can be held back.
      try await browser.evaluateAtStart(
        """
        const real = window.fetch;
        window.fetch = async (path, options) => {
          const response = await real(path, options);
          if (window.holds && String(path).startsWith('/api/changes')) await new Promise((go) => { window.release = go; });
          return response;
        };
        """)
      try await browser.visit(visitor.address.absoluteString)
      func current() async throws -> String {
        try await browser.wait("document.querySelector('.cell.at')?.id.length > 2")
        return try #require(
          try await browser.evaluate("document.querySelector('.cell.at').id.slice(2)") as? String)
      }
      let first = try await current()
      try other.replaceRuleDecisions(with: [
        DecisionRow(id: first, author: .rule, keep: false, reason: .blurred)
      ])
      // The server knows the new decision of the rules, and the page does not yet.
      try await browser.evaluate("window.holds = true")
      try await browser.wait("window.release")
      try await browser.press("k")
      try await browser.evaluate("window.holds = false; window.release()")
      for _ in 0..<200 where try other.personDecisions()[first] == nil {
        try await Task.sleep(for: .milliseconds(50))
      }
      #expect(try other.personDecisions()[first]?.keep == true)

      let second = try await current()
      #expect(second != first)
      try other.record(DecisionRow(id: second, author: .person, keep: false, reason: "text"))
      try await browser.press("k")
      try await browser.wait("document.getElementById('said').textContent.includes('another window')")
      #expect(try other.personDecisions()[second]?.keep == false)
    }
  }

  /// Answers with three squares, the last one in the color of the step; step 30 fails.
  private struct FakeTrial: PictureTrial {
    func translate(_ picture: Data, step: Int, isAToB: Bool, run: URL) async throws -> Data {
      guard step != 30 else { throw TrialError("no face was found") }
      let size = try ImageCodec.decode([UInt8](picture)).image.size
      var strip = ImageBuffer(width: 12, height: 4, format: .rgb, filledWith: [9, 9, 9])
      for y in 0..<4 {
        for x in 8..<12 {
          strip.bytes.replaceSubrange(
            (y * 12 + x) * 3..<(y * 12 + x + 1) * 3,
            with: [UInt8(step), isAToB ? 1 : 0, UInt8(size.width / 10)])
        }
      }
      return Data(try strip.png())
    }
  }

  @Test("An image is tried with two checkpoints and both directions, and a failure is shown as a sentence")
  func tryIt() async throws {
    let fixture = try Fixture()
    try fixture.add("a.jpg")
    let run = fixture.folder.appending("run")
    try FileManager.default.createDirectory(
      at: run.appendingPathComponent("checkpoints"), withIntermediateDirectories: true)
    for step in [10, 20, 30] {
      try Data().write(to: run.appendingPathComponent("checkpoints/step-0000\(step).safetensors"))
    }
    try Data("{\"step\":1,\"losses\":{\"G_total\":2}}\n".utf8).write(
      to: run.appendingPathComponent("log.jsonl"))
    try await Visitor.atServer(
      of: fixture.output, ledger: fixture.ledger, run: run, trial: FakeTrial()
    ) { visitor in
      let browser = try await Browser.start()
      try await browser.visit(visitor.address.absoluteString)
      try await browser.click("[data-view=training]")
      try await browser.wait("document.querySelectorAll('#try-step option').length === 3")
      func choose(_ list: String, _ value: String) async throws {
        try await browser.evaluate(
          "(() => { const list = document.getElementById('\(list)'); list.value = '\(value)'; "
            + "list.dispatchEvent(new Event('change')) })()")
      }
      try await choose("try-step", "20")
      try await choose("try-other", "10")
      // An image of 1,500 pixels is reduced in the browser before it is sent.
      try await browser.evaluate(
        """
        (async () => { const canvas = new OffscreenCanvas(1500, 900); canvas.getContext('2d').fillRect(0, 0, 9, 9);
          const files = new DataTransfer(); files.items.add(new File([await canvas.convertToBlob()], 'me.png', { type: 'image/png' }));
          const input = document.getElementById('try-file'); input.files = files.files; input.dispatchEvent(new Event('change')) })()
        """)
      func shown(_ number: Int) async throws -> [Int] {
        let color = try await browser.evaluate(
          "[...document.querySelectorAll('#try-results figure canvas')[\(number)].getContext('2d').getImageData(10, 1, 1, 1).data]"
        )
        return (color as? [NSNumber] ?? []).prefix(3).map(\.intValue)
      }
      try await browser.wait("document.querySelectorAll('#try-results figure').length === 2")
      #expect(try await shown(0) == [20, 1, 102])
      #expect(try await shown(1) == [10, 1, 102])
      #expect(try await browser.text("#try-name") == "me.png")
      try await browser.wait("document.querySelector('#try-results button')")
      try await browser.click("#try-results button")
      try await browser.wait("document.getElementById('compare').open")
      try await browser.press("Escape")
      try await choose("try-direction", "BtoA")
      try await browser.wait("document.querySelectorAll('#try-results figure').length === 2")
      #expect(try await shown(0) == [20, 0, 102])
      try await choose("try-step", "30")
      try await browser.wait("document.getElementById('try-said').textContent.includes('no face was found')")
    }
  }

  @Test(
    "A sample whose thumbnail has not arrived shows its tile, in any order and after a change of its picture")
  func tiles() async throws {
    let fixture = try Fixture()
    for number in 0..<150 { try fixture.add("\(number).jpg", sharpness: Double(number % 50) / 50) }
    try await Visitor.atServer(
      of: fixture.output, ledger: fixture.ledger, editing: FileEditing(fixture)
    ) { visitor in
      let browser = try await Browser.start()
      // No thumbnail ever arrives.
      try await browser.evaluateAtStart(
        """
        const set = HTMLImageElement.prototype.setAttribute;
        HTMLImageElement.prototype.setAttribute = function (name, value) { set.call(this, name === "src" ? "data-src" : name, value); };
        """)
      try await browser.visit(visitor.address.absoluteString)
      let covered = """
        [...document.querySelectorAll('.cell:not([hidden])')].every((cell) => !cell.querySelector('canvas').hidden)
          && document.querySelectorAll('.cell:not([hidden])').length > 20
        """
      try await browser.wait(covered)
      let colors =
        "[...document.querySelector('.cell.at canvas').getContext('2d').getImageData(8, 16, 1, 1).data]"
      let red = (try await browser.evaluate(colors) as? [NSNumber] ?? []).map(\.intValue)
      #expect(red.count == 4 && red[0] > 200 && red[1] < 60 && red[3] == 255)
      for order in ["file", "-sharpness"] {
        try await browser.evaluate(
          "(() => { const list = document.getElementById('order'); list.value = '\(order)'; list.dispatchEvent(new Event('change')) })()"
        )
        try await browser.evaluate("document.getElementById('grid').scrollTop = 1e9")
        try await browser.wait(covered)
      }

      // The picture of the current sample changes: the old tile must not stay.
      try await browser.press("Home")
      try await browser.wait("document.querySelector('.cell.at')?.id.length > 2")
      let id = try #require(
        try await browser.evaluate("document.querySelector('.cell.at').id.slice(2)") as? String)
      let blue = ImageBuffer(width: 256, height: 256, format: .rgb, filledWith: [10, 40, 250])
      try Data(try blue.png()).write(to: fixture.output.cutout(id))
      let json = #"{"version":0,"kind":"frame","matrix":[0.4,0,-40,0,0.4,-16]}"#
      let cookie = try await visitor.cookie()
      #expect(try await visitor.post(json, to: "/api/repair/\(id)", cookie: cookie).status == 200)
      try await browser.wait("\(colors)[2] > 220 && \(colors)[0] < 60")
    }
  }
}
