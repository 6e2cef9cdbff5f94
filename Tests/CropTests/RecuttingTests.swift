import Dataset
import Foundation
import Imaging
import Ledger
import TestSupport
import Testing

@testable import Crop

/// Re-cutting crops from recorded detections, and matched framing.
struct RecuttingTests {
  let folder: TemporaryFolder
  let output: OutputFolder
  var settings: Settings

  init() throws {
    folder = try TemporaryFolder()
    output = OutputFolder(folder.appending("out"))
    settings = Settings(output: output.url)
    try output.claim()
    for (domain, name) in [(Domain.a, "photos"), (.b, "anime")] {
      let url = folder.appending(name)
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
      settings[domain].sources = [
        SourceSettings(kind: domain == .a ? .photos : .screenshots, location: url.path)
      ]
      settings[domain].crop.minFace = 24
    }
  }

  /// Copies test images into a domain's source.
  private func add(_ paths: [String], to name: String) throws {
    let images = try #require(TestData.images)
    for path in paths {
      let file = images.appendingPathComponent(path)
      try FileManager.default.copyItem(
        at: file, to: folder.appending(name).appendingPathComponent(file.lastPathComponent))
    }
  }

  private static func names(_ path: String, _ limit: Int) throws -> [String] {
    let url = try #require(TestData.images).appendingPathComponent(path)
    return try FileManager.default.contentsOfDirectory(atPath: url.path)
      .filter { $0.hasSuffix(".jpg") || ($0.hasSuffix(".png") && !$0.hasPrefix("bg")) }.sorted()
      .prefix(limit).map { "\(path)/\($0)" }
  }

  /// Runs the stage; returns its summary and the crops of both domains.
  private func crop(
    _ settings: Settings, without missing: Set<String> = []
  ) async throws -> (summary: StageSummary, crops: [Domain: [CropRow]]) {
    let ledger = try Ledger(url: output.ledger)
    let detectors = DetectorCatalogue { missing.contains($0) ? nil : DetectorFiles.find($0) }
    let summary = try await CropStage(
      settings: settings, output: output, ledger: ledger, jobs: 2, reporter: SilentReporter(),
      detectors: detectors
    ).run()
    return (summary, [.a: try ledger.crops(of: .a), .b: try ledger.crops(of: .b)])
  }

  private static let everything: Set = [
    "yunet", "yunet-n", "centerface", "haar", "haar-eyes", "animeface", "lbp-anime",
  ]

  @Test(
    "A change of size, framing or border needs no detector and gives the same crops as a new run",
    .enabled(if: DetectorFiles.ready("yunet", "lbp-anime"), "EASEL_MODELS or EASEL_TEST_DATA is not set"))
  func recutting() async throws {
    try add(Self.names("lfw/Tony_Blair", 4), to: "photos")
    try add(Self.names("selfie2anime/testB", 4), to: "anime")
    var settings = settings
    (settings[.a].crop.detector, settings[.b].crop.detector) = ("yunet", "lbp-anime")
    let first = try await crop(settings)
    #expect(first.summary.done == 8)
    let again = try await crop(settings, without: Self.everything)
    #expect(again.summary.isIdle && again.summary.unchanged == 8 && again.crops == first.crops)

    settings.size = 128
    settings[.a].crop.framing = .ffhq
    (settings[.b].crop.border, settings[.b].crop.align) = (.reflect, .similarity)
    let recut = try await crop(settings, without: Self.everything)
    #expect(recut.summary.done == 8)
    // The extent is in crop pixels; all other fields of the face are unchanged.
    func faces(_ crops: [CropRow]?) -> [Sample.Face]? {
      crops?.map { crop in
        var face = crop.face
        face.extent = nil
        return face
      }
    }
    #expect(faces(recut.crops[.a]) == faces(first.crops[.a]))
    #expect(recut.crops[.a]?.map(\.cut) != first.crops[.a]?.map(\.cut))
    for crop in (recut.crops[.a] ?? []) + (recut.crops[.b] ?? []) {
      #expect(try ImageFile.read(output.crop(crop.id)).image.size == PixelSize(width: 128, height: 128))
    }
    // The result is the same as that of a first run with these settings.
    let fresh = OutputFolder(folder.appending("fresh"))
    try fresh.claim()
    let ledger = try Ledger(url: fresh.ledger)
    _ = try await CropStage(
      settings: settings, output: fresh, ledger: ledger, jobs: 1, reporter: SilentReporter(),
      detectors: DetectorCatalogue(model: DetectorFiles.find)
    ).run()
    #expect(try ledger.crops(of: .a) == recut.crops[.a] && ledger.crops(of: .b) == recut.crops[.b])
    for crop in recut.crops[.a] ?? [] {
      #expect(try Data(contentsOf: fresh.crop(crop.id)) == Data(contentsOf: output.crop(crop.id)))
    }
    // A new image needs the detector, and so does another detector.
    try add(["lfw/Colin_Powell/Colin_Powell_0001.jpg"], to: "photos")
    await #expect(throws: DetectorError.self) { try await crop(settings, without: Self.everything) }
    settings[.a].crop.detector = "haar"
    await #expect(throws: DetectorError.self) { try await crop(settings, without: Self.everything) }
  }

  @Test(
    "Detections remain valid after the detector's model is removed",
    .enabled(if: DetectorFiles.ready("yunet", "haar"), "EASEL_MODELS or EASEL_TEST_DATA is not set"))
  func removedDetector() async throws {
    try add(Self.names("lfw/Tony_Blair", 3), to: "photos")
    var settings = settings
    settings.domains[.b] = nil
    let first = try await crop(settings, without: ["animeface"])
    try add(["lfw/Colin_Powell/Colin_Powell_0001.jpg"], to: "photos")
    settings.size = 128
    let second = try await crop(settings, without: ["yunet", "yunet-n", "centerface"])
    let detectors = second.crops[.a]?.map(\.face.detector) ?? []
    #expect(detectors.count { $0 == first.crops[.a]?.first?.face.detector } == 3)
    #expect(detectors.count { $0 == "haar" } == 1)
    #expect(second.crops[.a]?.allSatisfy { $0.size == 128 } == true)
  }

  /// The mean of the eyes' height in their crops, in sides.
  private func eyeLine(_ crops: [CropRow]?) throws -> Double {
    let lines = try #require(crops).compactMap { crop -> Double? in
      guard let matrix = crop.cut?.matrix, let eyes = crop.face.landmarks.eyes, let size = crop.size
      else { return nil }
      return (matrix(eyes.left).y + matrix(eyes.right).y + 1) / 2 / Double(size)
    }
    return lines.reduce(0, +) / Double(lines.count)
  }

  @Test(
    "Matched framing puts the eyes of both domains at the same height",
    .enabled(if: DetectorFiles.ready("yunet", "animeface"), "a model or EASEL_TEST_DATA is missing"))
  func matchedFraming() async throws {
    try add(Self.names("selfie2anime/testA", 24), to: "photos")
    try add(
      Self.names("selfie2anime/testB", 12) + Self.names("renpy-sprites/the_question", 8)
        + Self.names("anime-frames", 16), to: "anime")
    var settings = settings
    settings[.a].crop.framing = .margins(up: 0.3, down: 0.3, sides: 0.3)
    let before = try await crop(settings)
    let apart = abs(try eyeLine(before.crops[.a]) - eyeLine(before.crops[.b]))
    #expect(apart > 0.03)

    settings[.b].crop.framing = .matched
    let matched = try await crop(settings, without: Self.everything)
    #expect(abs(try eyeLine(matched.crops[.a]) - eyeLine(matched.crops[.b])) < 0.02)
    let comparison = try #require(try Ledger(url: output.ledger).framing())
    #expect(comparison.leader.distance(to: comparison.after) < 0.02)
    #expect(matched.summary.notes.contains(comparison.sentence))

    let again = try await crop(settings, without: Self.everything)
    #expect(again.summary.isIdle && again.crops == matched.crops)
    settings[.a].crop.framing = .matched
    let both = try await crop(settings, without: Self.everything)
    #expect(abs(try eyeLine(both.crops[.a]) - eyeLine(both.crops[.b])) < 0.02)
  }
}
