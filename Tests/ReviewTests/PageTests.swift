import Dataset
import Foundation
import Imaging
import Ledger
import TestSupport
import Testing

/// The page in a real browser: nothing is lost, and everything is visible.
@Suite(
  .serialized, .enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"),
  .enabled(if: Browser.program != nil, "chromium is not installed"))
struct PageTests {
  /// Opens the current sample's mask for painting.
  private func paint(_ page: OpenPage) async throws {
    try await page.browser.press("Enter")
    try await page.browser.wait("document.querySelectorAll('#story li').length > 3")
    try await page.browser.press("m")
    try await page.browser.wait("document.getElementById('paint').width === 256")
  }

  @Test("Eight strokes without a pause are all saved, and one undo reverts the last, also after a reload")
  func eightStrokes() async throws {
    let dataset = try ReviewedDataset()
    let page = try await dataset.open()
    let id = try await page.current()
    try await paint(page)
    try await page.browser.press("2")
    let places = (0..<8).map { 0.15 + 0.1 * Double($0) }
    for y in places { try await page.browser.drag("#paint", [(0.4, y), (0.5, y), (0.6, y)]) }
    func removed() throws -> [Bool] {
      let alpha = try #require(try ImageFile.read(dataset.output.cutout(id)).image.alpha)
      return places.map { alpha[128, Int(256 * $0)].first == 0 }
    }
    let layer = dataset.output.edits.appendingPathComponent("\(id).png")
    func painted() throws -> Int {
      guard let image = try? ImageFile.read(layer).image, image.width == 256 else { return 0 }
      return places.filter { image[128, Int(256 * $0)].last == 255 }.count
    }
    try await page.settle { try painted() == 8 }
    try await page.settle { try removed().allSatisfy { $0 } }
    try await page.browser.press("z", control: true)
    try await page.settle { try painted() == 7 }

    try await page.reload()
    try await page.browser.wait("document.getElementById('detail').open")
    try await page.browser.wait("document.getElementById('paint').width === 256")
    try await page.browser.press("z", control: true)
    try await page.settle { try painted() == 6 }
    try await page.browser.press("Z", shift: true, control: true)
    try await page.settle { try painted() == 7 }
    page.killServer()
  }

  @Test("Five clicks with Ctrl select five samples")
  func controlClicks() async throws {
    let dataset = try ReviewedDataset()
    let page = try await dataset.open()
    for number in 2...6 {
      try await page.browser.click(".cell[aria-posinset=\"\(number)\"]", control: true)
    }
    #expect(
      try await page.browser.evaluate("document.querySelectorAll('.cell[aria-selected=true]').length") as? Int
        == 5)
    try await page.browser.press("R", shift: true)
    try await page.browser.wait("document.getElementById('reasons').open")
    #expect(try await page.browser.text("#reasons-title").contains("5 samples"))
    try await page.browser.press("4")
    try await page.settle { try dataset.people().count == 5 }
    page.killServer()
  }

  @Test(
    "On a touch screen, a brush stroke paints and does not go to the next sample; a swipe over the image does"
  )
  func touch() async throws {
    let dataset = try ReviewedDataset()
    let page = try await dataset.open()
    try await page.browser.emulate(width: 390, height: 844, scale: 2, isTouch: true)
    let id = try await page.current()
    try await paint(page)
    let name = try await page.browser.text("#detail-name")
    try await page.browser.press("2")
    try await page.browser.swipe("#paint", [(0.9, 0.5), (0.7, 0.5), (0.5, 0.5), (0.3, 0.5), (0.1, 0.5)])
    try await page.settle {
      try ImageFile.read(dataset.output.cutout(id)).image.alpha?[128, 128].first == 0
    }
    #expect(try await page.browser.text("#detail-name") == name)
    try await page.browser.press("l")
    try await page.browser.swipe("#stage", [(0.9, 0.5), (0.7, 0.5), (0.5, 0.5), (0.3, 0.5), (0.1, 0.5)])
    try await page.browser.wait("document.getElementById('detail-name').textContent !== '\(name)'")
    page.killServer()
  }

  @Test("Decisions are undone and redone after a reload, and a decision can be removed")
  func lastingUndo() async throws {
    let dataset = try ReviewedDataset()
    let page = try await dataset.open()
    let id = try await page.current()
    try await page.browser.press("r")
    try await page.settle { try dataset.people()[id]?.keep == false }
    // The history is saved after a delay.
    let history = dataset.output.store.appendingPathComponent("review-history.json")
    try await page.settle { (try? String(contentsOf: history, encoding: .utf8))?.contains(id) == true }
    try await page.reload()
    try await page.browser.press("z", control: true)
    try await page.settle { try dataset.people().isEmpty }
    try await page.browser.wait("document.getElementById('said').textContent.startsWith('Undone')")
    try await page.browser.press("Z", shift: true, control: true)
    try await page.settle { try dataset.people()[id]?.keep == false }
    try await page.browser.press("d")
    try await page.settle { try dataset.people().isEmpty }
    page.killServer()
  }

  @Test("The address leads back to the filter and the sample, and Back closes the close view")
  func addressAndBack() async throws {
    let dataset = try ReviewedDataset()
    let page = try await dataset.open()
    try await page.browser.press("a")
    try await page.browser.press("3")
    try await page.browser.press("ArrowRight")
    let id = try await page.current()
    try await page.browser.press("Enter")
    try await page.browser.wait("document.getElementById('detail').open")
    let address = try await page.browser.evaluate("location.search") as? String
    #expect(address == "?domain=A&filter=kept&sample=\(id)")
    try await page.reload()
    try await page.browser.wait("document.getElementById('detail').open")
    #expect(try await page.current() == id)
    try await page.browser.evaluate("window.history.back()")
    try await page.browser.wait("!document.getElementById('detail').open")
    #expect(try await page.browser.evaluate("location.search") as? String == "?domain=A&filter=kept")
    page.killServer()
  }

  @Test("The wheel zooms the mask under the brush, and strokes are painted at the pointer")
  func zoomUnderTheBrush() async throws {
    let dataset = try ReviewedDataset()
    let page = try await dataset.open()
    let id = try await page.current()
    try await paint(page)
    for _ in 0..<4 { try await page.browser.wheel("#paint-stage", by: -200) }
    try await page.browser.wait(
      "document.getElementById('paint').getBoundingClientRect().width > 2 * document.getElementById('paint-stage').clientWidth"
    )
    try await page.browser.press("2")
    try await page.browser.drag("#paint-stage", [(0.45, 0.5), (0.5, 0.5), (0.55, 0.5)])
    try await page.settle {
      try ImageFile.read(dataset.output.cutout(id)).image.alpha?[128, 128].first == 0
    }
    try await page.browser.press("0")
    try await page.browser.wait("document.getElementById('paint-content').style.transform === ''")
    page.killServer()
  }

  @Test("A moved frame is not discarded without a question")
  func movedFrame() async throws {
    let dataset = try ReviewedDataset()
    let page = try await dataset.open()
    let id = try await page.current()
    try await page.browser.press("Enter")
    try await page.browser.wait("document.querySelectorAll('#story li').length > 3")
    try await page.browser.press("f")
    try await page.browser.wait("document.querySelectorAll('#overlay .grip').length === 5")
    for _ in 0..<3 { try await page.browser.press("ArrowRight") }
    for button in ["[data-go=\"1\"]", "[data-mode=look]", "#detail .bar [data-do=close]"] {
      try await page.browser.click(button)
      try await page.browser.wait("document.getElementById('unsaved').open")
      try await page.browser.click("#unsaved [data-do=close]")
      try await page.browser.wait("document.querySelectorAll('#overlay .grip').length === 5")
    }
    try await page.browser.press("ArrowRight", shift: true)
    try await page.browser.click("#detail .bar [data-do=close]")
    try await page.browser.wait("document.getElementById('unsaved').open")
    #expect(try await page.browser.evaluate("document.getElementById('unsaved').open") as? Bool == true)
    try await page.browser.click("#unsaved [data-do=apply-frame]")
    try await page.settle { try dataset.ledger.userCrop(of: id) != nil }
    page.killServer()
  }

  @Test("On small screens and at 200 % images and tools are visible")
  func smallScreens() async throws {
    let dataset = try ReviewedDataset()
    let page = try await dataset.open()
    func height(_ selector: String) async throws -> Double {
      let value = try await page.browser.evaluate(
        "document.querySelector('\(selector)').getBoundingClientRect().height")
      return (value as? NSNumber)?.doubleValue ?? 0
    }
    for (width, height200, room) in [(640, 360, 220.0), (720, 450, 300), (390, 844, 600), (1440, 900, 740)] {
      try await page.browser.emulate(width: width, height: height200)
      try await page.browser.wait("innerWidth === \(width)")
      #expect(try await height("#grid") >= room, "\(width) x \(height200)")
    }
    try await page.browser.emulate(width: 390, height: 844, scale: 2, isTouch: true)
    try await page.browser.press("Enter")
    try await page.browser.wait("document.querySelectorAll('#story li').length > 3")
    for (key, tool) in [("f", "#stage"), ("m", "#paint")] {
      try await page.browser.press(key)
      try await page.browser.wait(
        "(() => { const box = document.querySelector('\(tool)').getBoundingClientRect(); return box.top >= 0 && box.top < 300 && box.height > 100 })()"
      )
    }
    let small =
      try await page.browser.evaluate(
        """
        [...document.querySelectorAll('#detail button')].filter((button) => button.offsetHeight && button.offsetHeight < 40
          && !button.closest('.explain, .tiles, .strip') && !button.matches('.explain')).map((button) => button.textContent).join()
        """) as? String
    #expect(small == "", "too small for a finger: \(small ?? "")")
    page.killServer()
  }

  @Test("A missing source is reported with its name")
  func goneSource() async throws {
    let dataset = try ReviewedDataset()
    let page = try await dataset.open()
    let id = try await page.current()
    let row = try #require(try dataset.ledger.sample(id)?.image)
    try FileManager.default.removeItem(atPath: row.file)
    try await page.browser.press("Enter")
    try await page.browser.wait("!document.getElementById('source-missing').hidden")
    #expect(try await page.browser.text("#source-missing").contains(row.path))
    page.killServer()
  }

  @Test("A line drawn around the map selects all samples, a key rejects them, and the map is in the address")
  func map() async throws {
    let dataset = try ReviewedDataset()
    let page = try await dataset.open()
    try await page.browser.press("p")
    try await page.browser.wait(
      "document.getElementById('map-said').textContent.includes('close to each other')")
    let said = try await page.browser.text("#map-said")
    let count = try #require(Int(said.prefix(while: \.isNumber)))
    let line = [(0.01, 0.01), (0.5, 0.01), (0.99, 0.01), (0.99, 0.88), (0.5, 0.88), (0.01, 0.88)]
    try await page.browser.drag("#map", line)
    try await page.browser.wait(
      "document.getElementById('said').textContent.startsWith('\(count) samples selected')")
    try await page.browser.press("r")
    try await page.settle { try dataset.people().values.filter { !$0.keep }.count == count }
    try await page.browser.press("u")
    try await page.settle { try dataset.people().isEmpty }
    #expect(try await page.browser.evaluate("location.search") as? String == "?as=map")
    try await page.browser.evaluate("location.reload()")
    try await page.browser.wait(
      "document.getElementById('map-said')?.textContent.includes('close to each other')")
    try await page.browser.press("ArrowRight")
    try await page.browser.press("Enter")
    try await page.browser.wait("document.getElementById('detail').open")
    page.killServer()
  }

  @Test("A saved view is shown again after a restart of the server at another port")
  func savedViews() async throws {
    let dataset = try ReviewedDataset()
    var page = try await dataset.open()
    try await page.browser.press("a")
    try await page.browser.press("v")
    try await page.browser.evaluate("document.getElementById('view-name').value = 'photos of A'")
    try await page.browser.click("#view-form button")
    let file = dataset.output.store.appendingPathComponent("review-views.json")
    try await page.settle { FileManager.default.fileExists(atPath: file.path) }
    page.killServer()
    page = try await dataset.open()
    try await page.browser.press("v")
    try await page.browser.wait("document.querySelector('#view-list button')?.textContent === 'photos of A'")
    try await page.browser.click("#view-list button")
    try await page.browser.wait("location.search === '?domain=A'")
    #expect(try await page.browser.text("#domains [aria-pressed=true]").hasPrefix("A"))
    page.killServer()
  }

  @Test("Before the samples arrive the page says that it is loading, not that no sample matches")
  func emptyAtFirst() async throws {
    let dataset = try ReviewedDataset()
    let page = try await dataset.open()
    try await page.browser.evaluateAtStart(
      """
      window.seen = []; new MutationObserver(() => { const said = document.getElementById('empty');
        if (said && !said.hidden) window.seen.push(document.getElementById('empty-said').textContent); })
        .observe(document, { subtree: true, childList: true, attributes: true })
      """)
    try await page.reload()
    try await page.browser.wait("document.getElementById('empty').hidden")
    let seen = try await page.browser.evaluate("[...new Set(window.seen)].join()") as? String
    #expect(seen == "Loading …")
    page.killServer()
  }

  @Test(
    "axe finds no accessibility problem in any view, light, dark and on a phone",
    .enabled(if: Browser.axe != nil, "axe.min.js is not there, see scripts/fetch-axe.sh"))
  func accessibility() async throws {
    let dataset = try ReviewedDataset(copies: true)
    let page = try await dataset.open()
    let axe = try String(contentsOf: try #require(Browser.axe), encoding: .utf8)
    let looks: [(Int, Int, Bool, Bool)] = [
      (1440, 900, false, false), (1440, 900, false, true), (390, 844, true, false),
    ]
    for (width, height, isTouch, isDark) in looks {
      try await page.browser.emulate(width: width, height: height, isTouch: isTouch, isDark: isDark)
      for view in [
        "samples", "map", "duplicates", "domains", "training", "look", "frame", "mask", "help", "views",
      ] {
        if ["look", "frame", "mask"].contains(view) {
          try await page.browser.evaluate("document.querySelector('[data-view=samples]').click()")
          try await page.browser.wait("!document.getElementById('samples').hidden")
          try await page.browser.press("Enter")
          try await page.browser.wait("document.querySelectorAll('#story li').length > 3")
          try await page.browser.press(String(view.prefix(1)))
        } else if view == "map" {
          try await page.browser.press("p")
        } else if view == "learning" {
          try await page.browser.evaluate("document.getElementById('learning').showModal()")
        } else if view == "help" || view == "views" {
          try await page.browser.evaluate("document.querySelector('[data-view=samples]').click()")
          try await page.browser.press(view == "help" ? "?" : "v")
        } else {
          try await page.browser.evaluate("document.querySelector('[data-view=\(view)]').click()")
        }
        try await Task.sleep(for: .milliseconds(400))
        try await page.browser.evaluate(axe)
        let found =
          try await page.browser.evaluate(
            """
            axe.run({ resultTypes: ["violations"] }).then(({ violations }) => violations.map(({ id, nodes }) =>
              `${id}: ${nodes.slice(0, 3).map(({ html, any }) => html.slice(0, 120) + ' ' + (any[0]?.message ?? '')).join(' | ')}`).join('\\n'))
            """) as? String
        #expect(found == "", "\(view), \(width) pixels, \(isDark ? "dark" : "light")")
        try await page.browser.evaluate(
          "document.querySelectorAll('dialog[open]').forEach((dialog) => dialog.close())")
        if view == "map" { try await page.browser.press("p") }
      }
    }
    page.killServer()
  }
}
