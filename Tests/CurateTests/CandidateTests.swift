import CurationFixture
import Dataset
import Foundation
import Imaging
import Ledger
import PublishedDataset
import TestSupport
import Testing

@testable import Curate

@Suite struct CandidateTests {
  private let fixture: Fixture

  init() throws { fixture = try Fixture() }

  /// Records faces of images and of videos with names that are hard to sort; the fourth image has no crop.
  private func record() throws {
    let names = [
      "b.png", "B.png", "a/z.png", "a.png", "é.png", "e\u{301}.png", "\u{1F600}.png", "10.png", "9.png",
    ]
    for (number, name) in names.enumerated() {
      let isVideo = number % 3 == 2
      for frame in 0..<(isVideo ? 3 : 1) {
        let sha256 = Digest(of: name).hex
        let time = isVideo ? Double(10 - frame) : nil
        let id = SourceID(sha256: sha256, time: time)
        let image = ImageRow(
          domain: .a, id: id, source: number / 5, kind: isVideo ? .videos : .photos, file: "/data/\(name)",
          path: name, sha256: sha256, time: time, digest: "i")
        let crops = (0..<2).map { face in
          var crop = CropRow(
            id: id.sampleID(domain: .a, face: face), domain: .a, image: id, number: face,
            face: Sample.Face(detector: "given", score: 0.5, box: Box(x: 1, y: 2, width: 30, height: 40)),
            digest: "c")
          if number != 3 { crop.cut = Sample.Cut(matrix: .identity, scale: 1, outside: 0.25) }
          crop.size = 64
          return crop
        }
        try fixture.ledger.record(image, crops: crops)
      }
    }
  }

  @Test("Candidates come in the order of the ledger's images, however many are read at a time")
  func order() async throws {
    try record()
    let expected = try fixture.ledger.crops(of: .a).filter { $0.cut != nil }.map(\.id)
    let reader = CandidateReader(
      ledger: fixture.ledger, pixels: SamplePixels(output: fixture.output), jobs: 2, isRecording: true)
    let candidates = try await reader.candidates(of: .a)
    #expect(candidates.map(\.id) == expected && expected.count == 28)
    #expect(try fixture.ledger.sampleCount(of: .a) == 28)
    #expect(try await reader.candidates(of: .b).isEmpty)
    #expect(candidates.allSatisfy { $0.value(of: .outside) == 0.25 && $0.value(of: .nativeFace) == 30 })
    var (read, last) = ([String](), "")
    while let end = try fixture.ledger.samples(of: .a, after: last, limit: 3).map(\.id).last {
      read += try fixture.ledger.samples(of: .a, after: last, limit: 3).map(\.id)
      last = end
    }
    #expect(read == expected.sorted())
  }

  @Test("Rows that are read in pieces are the rows that are read one by one")
  func rows() throws {
    try record()
    let id = try #require(try fixture.ledger.crops(of: .a).last?.id)
    var mask = MaskRow(
      id: id,
      summary: Sample.MaskSummary(method: "none", coverage: 0.5, flags: ["holes"], lint: ["holes": 0.1]),
      digest: "m")
    (mask.reason, mask.detail) = ("mask-empty", "nothing was found")
    try fixture.ledger.record(mask)
    let measures = MeasureRow(
      id: id, quality: ["sharpness": 0.1, "other": 7], hash: "00ff", turned: "00ff", pixels: "p", digest: "q")
    try fixture.ledger.record(measures)
    let stored = try #require(try fixture.ledger.samples(["unknown", id]).first)
    let (image, crop, readMask, readMeasures) = try stored.decoded()
    let expected = try #require(try fixture.ledger.sample(id))
    #expect(image == expected.image && crop == expected.crop)
    #expect(readMask == mask && readMeasures == measures)
    #expect(stored.cropDigest == "c" && stored.maskDigest == "m")
  }
}
