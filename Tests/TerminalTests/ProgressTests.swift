import Dataset
import Testing

@testable import Terminal

@Suite struct ProgressTests {
  private let line = ProgressLine(
    title: "crop", done: 30, total: 120, seconds: 15, extra: "G 1.25 D 0.50")

  @Test func tellsRateAndTimeLeft() {
    #expect(line.text(width: 100) == "crop [#####---------------] 30/120  2.0/s  45 s left  G 1.25 D 0.50")
  }

  @Test(arguments: [0, 5, 20, 40, 55, 79, 200]) func neverRunsOverTheTerminal(width: Int) {
    #expect(line.text(width: width).count <= width)
  }

  @Test func dropsTheExtrasFirstWhereThereIsLittleRoom() {
    let short = line.text(width: 58)
    #expect(short.contains("30/120") && !short.contains("G 1.25"))
  }

  @Test func showsMoreDoneThanAnnouncedWithoutOverflowing() {
    let line = ProgressLine(title: "crop", done: 50, total: 10, seconds: 5)
    #expect(line.text(width: 80).hasPrefix("crop [####################] 50/50"))
  }

  @Test(arguments: [(0.4, "0 s"), (59, "59 s"), (61, "1 min 1 s"), (3700, "1 h 1 min"), (90000, "1 d 1 h")])
  func saysDurationsAsPeopleDo(seconds: Double, text: String) {
    #expect(ProgressLine.duration(seconds) == text)
  }

  @Test func alignsColumns() {
    var table = TextTable(["name", "task"])
    table.add(["yunet", "faces"])
    table.add(["x"])
    #expect(table.text == "name   task\nyunet  faces\nx      ")
  }
}

@Suite struct EventTests {
  @Test func anItemIsOneLineWithTheContractsKeys() {
    let item = ItemReport(path: "a b/ü.jpg", status: .skipped, why: .noFace, outputs: [])
    #expect(
      ItemEvent(item, .crop).json
        == #"{"event":"item","outputs":[],"path":"a b/ü.jpg","stage":"crop","status":"skipped","why":"no-face"}"#
    )
  }

  @Test func anItemThatWentThroughHasTheSameKeys() {
    let item = ItemReport(path: "a.jpg", status: .done, outputs: ["b.png"])
    #expect(
      ItemEvent(item, .mask).json
        == #"{"event":"item","outputs":["b.png"],"path":"a.jpg","stage":"mask","status":"done","why":null}"#)
  }

  @Test func aSummaryCountsByReason() {
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

  @Test func anIdleStageSaysSo() {
    var summary = StageSummary(stage: .mask)
    summary.unchanged = 12
    #expect(ConsoleReporter.sentence(summary) == "mask: nothing to do, 12 unchanged")
  }
}
