import Dataset
import Foundation
import Imaging
import TestSupport
import Testing

@testable import Train

struct RunPageTests {
  private func picture(_ level: UInt8, width: Int = 32, height: Int = 32) -> ImageBuffer {
    ImageBuffer(width: width, height: height, format: .rgb, filledWith: [level, level, level])
  }

  private func entry(_ step: Int, note: String? = nil, distance: Double? = nil) -> LogEntry {
    var entry = LogEntry(
      step: step, losses: ["G_total": 1400 - Double(step), "D_total": 1, "rec_A": 0.3, "rec_B": 0.2],
      rate: 1e-4,
      seconds: 1, memory: 1)
    entry.notes = note.map { [$0] }
    entry.distance = distance.map { ["AtoB": DistanceEstimate(value: $0, spread: 0.01)] }
    return entry
  }

  private func page(_ entries: [LogEntry], in folder: TemporaryFolder) throws -> RunPage {
    let log = folder.appending("log.jsonl")
    let lines = try entries.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) + "\n" }
    try Data(lines.joined().utf8).write(to: log)
    let facts = RunPage.Facts(
      architecture: Architecture(.ugatitLight, side: 32, width: 4), steps: 500, images: [.a: 30, .b: 40],
      device: "cpu")
    return RunPage(facts, log: log)
  }

  @Test("The page shows the log, the images and the warnings, and requests nothing")
  func wholePage() throws {
    let folder = try TemporaryFolder()
    var page = try page(
      (1...300).map { entry($0, distance: $0 % 100 == 0 ? 1 / Double($0) : nil) }, in: folder)
    page.add(entry(301, note: "loss <script>alert(1)</script> & more"))
    let url = folder.appending("index.html")
    let pairs = [RunPage.Pair(real: picture(0), translated: picture(255))]
    try page.write(
      to: url, step: 301, sheet: picture(128, width: 64, height: 224),
      pairs: [("Test images of A", pairs), ("None", [])])
    let html = try String(contentsOf: url, encoding: .utf8)
    #expect(html.contains("Step 301 of 500") && html.contains("30 images of A, 40 of B"))
    #expect(html.contains("default-src 'none'"))
    #expect(!html.contains("<script") && html.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; more"))
    #expect(html.components(separatedBy: "<img").count - 1 == 3 && !html.contains(">None<"))
    #expect(!html.contains("http:") && !html.contains("https:") && !html.contains("url("))
    // Distance, two totals and the cycle; the others are not in the log.
    #expect(html.components(separatedBy: "<svg").count - 1 == 4)
    #expect(!html.contains("nan") && !html.contains("inf,"))
    let embedded = try #require(html.range(of: "data:image/jpeg;base64,")).upperBound
    let data = try #require(Data(base64Encoded: String(html[embedded...].prefix { $0 != "\"" })))
    #expect(try ImageCodec.decode(Array(data)).image.size == PixelSize(width: 32, height: 32))
  }

  @Test("A page without a log and without images is complete")
  func emptyPage() throws {
    let folder = try TemporaryFolder()
    let url = folder.appending("index.html")
    try page([], in: folder).write(to: url, step: 0, sheet: nil, pairs: [])
    let html = try String(contentsOf: url, encoding: .utf8)
    #expect(html.contains("Step 0 of 500") && html.hasSuffix("</html>\n") && !html.contains("<svg"))
  }

  @Test("Test images and their translations are taken from the right cells of a sheet")
  func pairsOfSheet() throws {
    let columns = (0..<4).map { index in
      let cell = picture(UInt8(index * 10 + 1))
      let map = Heatmap(width: 1, height: 1, values: [0])
      return SampleColumn(
        real: picture(UInt8(index * 10)), identity: cell, identityHeatmap: map,
        translated: picture(UInt8(100 + index)),
        translatedHeatmap: map, cycled: cell, cycledHeatmap: map)
    }
    let sheet = try #require(SampleSheet().picture([Array(columns[..<2]), Array(columns[2...])]))
    let first = SampleSheet().pairs(sheet, side: 32, columns: 1..<2, gaps: 0)
    let second = SampleSheet().pairs(sheet, side: 32, columns: 2..<4, gaps: 1)
    #expect(first.map { $0.real[5, 5].first } == [10] && first.map { $0.translated[5, 5].first } == [101])
    #expect(second.map { $0.real[31, 31].first } == [20, 30])
    #expect(second.map { $0.translated[0, 0].first } == [102, 103])
  }

  @Test("A disk without space for one checkpoint is refused, with space for one only reported")
  func disk() throws {
    let plan = MemoryPlan(Architecture(.ugatitLight, side: 64, width: 8), batch: 1)
    let folder = URL(fileURLWithPath: "/runs/one")
    #expect(throws: TrainError.self) {
      try plan.diskWarning(folder, checkpoints: 3, free: plan.checkpointBytes - 1)
    }
    #expect(
      try plan.diskWarning(folder, checkpoints: 3, free: plan.checkpointBytes)?.contains("train.keep") == true
    )
    #expect(try plan.diskWarning(folder, checkpoints: 3, free: 3 * plan.checkpointBytes) == nil)
  }
}
