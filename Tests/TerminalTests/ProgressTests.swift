import Dataset
import Imaging
import Testing

@testable import Terminal

@Suite struct ProgressTests {
  private let line = ProgressLine(
    title: "crop", done: 30, total: 120, seconds: 15, extra: "G 1.25 D 0.50")

  @Test("The progress bar shows the rate and the remaining time") func rate() {
    #expect(line.text(width: 100) == "crop [#####---------------] 30/120  2.0/s  45 s left  G 1.25 D 0.50")
  }

  @Test("The progress bar is never wider than the terminal", arguments: [0, 5, 20, 40, 55, 79, 200])
  func width(width: Int) {
    #expect(line.text(width: width).count <= width)
  }

  @Test("In a narrow terminal the extra numbers are dropped first") func narrowTerminals() {
    let short = line.text(width: 58)
    #expect(short.contains("30/120") && !short.contains("G 1.25"))
  }

  @Test("More finished items than announced do not overflow the bar") func overflow() {
    let line = ProgressLine(title: "crop", done: 50, total: 10, seconds: 5)
    #expect(line.text(width: 80).hasPrefix("crop [####################] 50/50"))
  }

  @Test(
    "Durations are written with two units",
    arguments: [(0.4, "0 s"), (59, "59 s"), (61, "1 min 1 s"), (3700, "1 h 1 min"), (90000, "1 d 1 h")])
  func durations(seconds: Double, text: String) {
    #expect(ProgressLine.duration(seconds) == text)
  }

  @Test("The columns of a table are aligned") func columns() {
    var table = TextTable(["name", "task"])
    table.add(["yunet", "faces"])
    table.add(["x"])
    #expect(table.text == "name   task\nyunet  faces\nx      ")
  }
}

@Suite struct EventTests {
  @Test("An item is one line of JSON with the documented keys") func itemLine() {
    let item = ItemReport(path: "a b/ü.jpg", status: .skipped, why: .noFace, outputs: [])
    #expect(
      ItemEvent(item, .crop).json
        == #"{"event":"item","outputs":[],"path":"a b/ü.jpg","stage":"crop","status":"skipped","why":"no-face"}"#
    )
  }

  @Test("An item that is done has the same keys") func doneItem() {
    let item = ItemReport(path: "a.jpg", status: .done, outputs: ["b.png"])
    #expect(
      ItemEvent(item, .mask).json
        == #"{"event":"item","outputs":["b.png"],"path":"a.jpg","stage":"mask","status":"done","why":null}"#)
  }

  @Test("A file name cannot write control characters to the terminal") func controlCharacters() {
    let reporter = ConsoleReporter(style: .normal)
    let name = "a\n\u{1B}[31m\u{7}\u{9B}é.jpg"
    let line = reporter.line(of: ItemReport(path: name, status: .failed, why: .unreadable, detail: "x\r"))
    #expect(SystemPath.printable("gnp.\u{202E}a\u{2066}") == "gnp.\u{FFFD}a\u{FFFD}")
    #expect(line == "a\u{FFFD}\u{FFFD}[31m\u{FFFD}\u{FFFD}é.jpg: failed (unreadable): x\u{FFFD}")
  }

  @Test("A summary counts items by reason") func summary() {
    var summary = StageSummary(stage: .crop)
    summary.count(ItemReport(path: "1", status: .done))
    summary.count(ItemReport(path: "2", status: .skipped, why: .noFace))
    summary.count(ItemReport(path: "3", status: .failed, why: .unreadable))
    summary.unchanged = 4
    let json = SummaryEvent(summary).json
    #expect(json.contains(#""done":1"#) && json.contains(#""skipped":1"#) && json.contains(#""failed":1"#))
    #expect(json.contains(#""reasons":{"no-face":1,"unreadable":1}"#))
    #expect(
      ConsoleReporter.sentence(summary)
        == "crop: 1 done, 1 skipped (1 no-face), 1 failed (1 unreadable), 4 unchanged")
  }

  @Test("If nothing had to be done, the summary says so") func idleStage() {
    var summary = StageSummary(stage: .mask)
    summary.unchanged = 12
    #expect(ConsoleReporter.sentence(summary) == "mask: nothing to do, 12 unchanged")
  }
}
