import Dataset
import Foundation
import Imaging
import Ledger
import Synchronization
import TestSupport
import Testing

@testable import Crop

/// Input that cannot be used is reported item by item, and the other items are processed.
struct BadInputTests {
  private let folder: TemporaryFolder
  private let output: OutputFolder
  private let ledger: Ledger

  init() throws {
    folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      at: folder.appending("in"), withIntermediateDirectories: true)
    output = OutputFolder(folder.appending("out"))
    try output.claim()
    ledger = try Ledger(url: output.ledger)
  }

  /// Records the reports, and calls a closure at the first item.
  private final class RecordingReporter: StageReporter {
    private let records = Mutex<[ItemReport]>([])
    private let act: @Sendable () -> Void

    init(atFirst act: @escaping @Sendable () -> Void = {}) { self.act = act }

    var items: [ItemReport] { records.withLock { $0 } }

    func stageStarted(_ stage: Stage, total: Int?) {}
    func stageFinished(_ summary: StageSummary) {}
    func note(_ text: String) {}

    func itemFinished(_ item: ItemReport, of stage: Stage) {
      let isFirst = records.withLock {
        $0.append(item)
        return $0.count == 1
      }
      if isFirst { act() }
    }
  }

  private func run(_ kind: SourceKind, _ reporter: RecordingReporter) async throws -> StageSummary {
    var settings = Settings(output: folder.appending("out"))
    var domain = DomainSettings(domain: .a)
    domain.sources = [SourceSettings(kind: kind, location: folder.appending("in").path)]
    domain.crop.detector = "haar"
    settings[.a] = domain
    return try await CropStage(
      settings: settings, output: output, ledger: ledger, jobs: 1, reporter: reporter,
      detectors: DetectorCatalogue(model: DetectorFiles.find)
    ).run()
  }

  private func write(_ name: String, _ bytes: some Sequence<UInt8>) throws {
    try Data(bytes).write(to: folder.appending("in/\(name)"))
  }

  private static let hasHaar = DetectorFiles.find("haar") != nil

  @Test(
    "Files that are too large or no images are reported with their reasons",
    .enabled(if: hasHaar, "opencv-data is not installed"))
  func unusableFiles() async throws {
    // The header of a PNG of 30,000 x 30,000 pixels, whose rows would need 900 MB.
    let header: [UInt8] = [
      0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0x75, 0x30,
      0,
      0, 0x75, 0x30, 8, 0, 0, 0, 0,
    ]
    var crc: UInt32 = .max
    for byte in header[12...] {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    let sum = ~crc
    let tail: [UInt8] = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: sum >> $0) }
    try write("large.png", header + tail + [0, 0, 0, 1, 0x49, 0x44, 0x41, 0x54, 0x78, 0, 0, 0, 0])
    try write("words.jpg", Array("not a picture".utf8))
    try write("empty.png", [])
    let gray = ImageBuffer(width: 40, height: 30, format: .gray, filledWith: [90])
    try write("plain.png", try gray.png())
    let reporter = RecordingReporter()
    let summary = try await run(.photos, reporter)
    #expect(summary.failed == ["too-large": 1, "not-an-image": 1, "empty-file": 1])
    #expect(summary.skipped == [.noFace: 1])
    let large = try #require(reporter.items.first { $0.path.hasSuffix("large.png") })
    #expect(large.detail?.contains("30000 x 30000") == true, "\(large)")
  }

  @Test(
    "If a source folder is deleted during a run, its files are reported as missing",
    .enabled(if: hasHaar, "opencv-data is not installed"))
  func deletedFolder() async throws {
    for number in 0..<12 {
      let image = ImageBuffer(width: 40, height: 30, format: .gray, filledWith: [UInt8(number)])
      try write("\(number).png", try image.png())
    }
    let sources = folder.appending("in")
    let reporter = RecordingReporter { try? FileManager.default.removeItem(at: sources) }
    let summary = try await run(.photos, reporter)
    #expect(reporter.items.count == 12)
    #expect((summary.skipped[.noFace] ?? 0) >= 1)
    #expect((summary.failed["missing"] ?? 0) >= 3, "\(summary)")
  }

  @Test(
    "Only the first frame of an animation is used, and the report says so",
    .enabled(if: hasHaar && VideoFrames.program != nil, "opencv-data or ffmpeg is not installed"))
  func animations() async throws {
    for (name, arguments) in [("a.png", ["-f", "apng"]), ("b.webp", ["-c:v", "libwebp_anim"])] {
      let made = try VideoTests.video(
        name, in: folder, ["-f", "lavfi", "-i", "testsrc=size=64x64:rate=4:duration=1"] + arguments)
      try FileManager.default.moveItem(atPath: made, toPath: folder.appending("in/\(name)").path)
    }
    let reporter = RecordingReporter()
    _ = try await run(.photos, reporter)
    #expect(reporter.items.count == 2)
    for item in reporter.items {
      #expect(item.why == .noFace)
      #expect(item.detail?.contains("only the first frame of the animation was used") == true, "\(item)")
    }
  }

  @Test(
    "Video frames are recorded with their times, and a second run does nothing",
    .enabled(if: hasHaar && VideoFrames.program != nil, "opencv-data or ffmpeg is not installed"))
  func secondRun() async throws {
    let made = try VideoTests.cuts(in: folder)
    try FileManager.default.moveItem(atPath: made, toPath: folder.appending("in/cuts.mp4").path)
    let first = RecordingReporter()
    let summary = try await run(.videos, first)
    #expect(summary.skipped == [.noFace: 12])
    let hash = try Digest(ofFile: folder.appending("in/cuts.mp4")).hex
    let times = try ledger.images(of: .a, sha256: hash).compactMap(\.time).sorted()
    #expect(times == (0..<12).map { Double($0) / 2 })
    let second = RecordingReporter()
    let again = try await run(.videos, second)
    #expect(again.isIdle && again.unchanged == 12)
    #expect(second.items.isEmpty)
  }
}
