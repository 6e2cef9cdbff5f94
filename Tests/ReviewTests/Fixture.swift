import Dataset
import Foundation
import Imaging
import Ledger
import Review
import Synchronization
import TestSupport

/// An output folder with samples, as written by the stages.
struct Fixture {
  /// The same rules for both domains.
  static let rules = Dictionary(
    uniqueKeysWithValues: Domain.allCases.map { ($0, CurateSettings().keepIf) })

  let folder: TemporaryFolder
  let output: OutputFolder
  let ledger: Ledger

  init() throws {
    folder = try TemporaryFolder()
    output = OutputFolder(folder.appending("faces"))
    try output.claim()
    ledger = try Ledger(url: output.ledger)
  }

  /// Adds a sample whose crop is red and whose cutout keeps the left half of it.
  ///
  /// - Returns: Its ID.
  @discardableResult func add(
    _ name: String, domain: Domain = .a, flags: [String] = [], sharpness: Double = 0.8, size: Int = 256,
    rule: Reason? = nil
  ) throws -> String {
    let file = folder.appending(name)
    let source = ImageBuffer(width: 640, height: 480, format: .rgb, filledWith: [20, 90, 200])
    try Data(try source.jpeg()).write(to: file)
    let sha256 = Digest(of: name).hex
    var image = ImageRow(
      domain: domain, id: SourceID(sha256: sha256), source: 0, kind: .photos, file: file.path, path: name,
      sha256: sha256, digest: "c")
    (image.width, image.height) = (640, 480)
    var crop = CropRow(
      id: image.id.sampleID(domain: domain, face: 0), domain: domain, image: image.id, number: 0,
      face: Sample.Face(
        detector: "yunet", score: 0.9, box: Box(x: 200, y: 100, width: 150, height: 180), roll: 2),
      digest: "c")
    crop.cut = Sample.Cut(matrix: AffineMap(0.5, 0, -50, 0, 0.5, -20), scale: 0.5, outside: 0)
    crop.size = size
    try ledger.record(image, crops: [crop])

    let red = ImageBuffer(width: size, height: size, format: .rgb, filledWith: [220, 30, 30])
    var alpha = ImageBuffer(width: size, height: size, format: .gray, filledWith: [0])
    for y in 0..<size { for x in 0..<size / 2 { alpha.bytes[y * size + x] = 255 } }
    for (url, picture) in [(output.crop(crop.id), red), (output.cutout(crop.id), red.withAlpha(alpha))] {
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(try picture.png()).write(to: url)
    }
    try ledger.record(
      MaskRow(
        id: crop.id, summary: Sample.MaskSummary(method: "color-model", coverage: 0.5, flags: flags),
        digest: "m")
    )
    try ledger.record(
      MeasureRow(
        id: crop.id, quality: ["sharpness": sharpness, "brightness": 0.5], hash: "00ff", pixels: "p",
        digest: "q"))
    let decision = DecisionRow(id: crop.id, author: .rule, keep: rule == nil, reason: rule)
    try ledger.replaceRuleDecisions(with: Array(try ledger.ruleDecisions().values) + [decision])
    return crop.id
  }
}

/// Sample editing for tests: it reads files, records each edit, and paints a reframed crop green.
final class FileEditing: SampleEditing {
  private let fixture: Fixture?
  private let done = Mutex<[String: SampleEdits]>([:])

  init(_ fixture: Fixture? = nil) { self.fixture = fixture }

  func picture(of image: ImageRow, minimumSide: Int) async throws -> ImageBuffer {
    try ImageFile.read(path: image.file, minimumSide: minimumSide).image
  }

  func faces(in image: ImageRow) async throws -> [FoundFace] {
    [20.0, 300].map { x in
      FoundFace(
        face: Sample.Face(detector: "yunet", score: 0.8, box: Box(x: x, y: 40, width: 100, height: 110)),
        matrix: AffineMap(1, 0, -x, 0, 1, -40), size: 256)
    }
  }

  func edits(of id: String) async throws -> SampleEdits { done.withLock { $0[id] ?? SampleEdits() } }
  func strokes(of id: String) async throws -> ImageBuffer? { nil }

  /// Suggests the correction of `id` for each other sample, if its mask was painted.
  func suggestions(of id: String) async throws -> [MaskSuggestion] {
    guard try await edits(of: id).isPainted else { throw ImagingError(.missing, reason: "nothing painted") }
    return try (fixture?.ledger.sampleLines(measuring: []) ?? []).filter { $0.id != id }.map {
      MaskSuggestion(id: $0.id, strokes: 2, fitting: 1, agreement: 0.9)
    }
  }

  func suggestedCutout(of id: String, from other: String) async throws -> ImageBuffer? {
    try await suggestions(of: other).isEmpty
      ? nil : ImageBuffer(width: 4, height: 4, format: .rgba, filledWith: [9, 9, 9, 255])
  }

  func preview(of id: String, by method: MaskSettings.Method?) async throws -> ImageBuffer? {
    guard method != .parts else { throw ImagingError(.missing, reason: "no part masks") }
    return ImageBuffer(width: 4, height: 4, format: .rgba, filledWith: [1, 2, 3, 255])
  }

  var side: Int { 256 }

  func apply(_ change: SampleEdit, to crop: CropRow, of image: ImageRow) async throws {
    var crop = crop
    let id = crop.id
    done.withLock { edits in
      switch change {
      case .frame(let frame): edits[id, default: SampleEdits()].frame = frame
      case .method(let method): edits[id, default: SampleEdits()].method = method
      case .strokes(let strokes): edits[id, default: SampleEdits()].isPainted = strokes != nil
      case .copied(let other): edits[id, default: SampleEdits()].copiedFrom = other
      }
    }
    guard case .frame(let chosen?) = change, let fixture else { return }
    crop.cut = Sample.Cut(matrix: chosen.matrix, scale: chosen.matrix.scale, outside: 0)
    (crop.size, crop.reason, crop.digest) = (chosen.size, nil, "framed")
    try fixture.ledger.record(crop)
  }
}
