import CurationFixture
import Dataset
import Foundation
import Imaging
import Ledger
import TestSupport
import Testing

@testable import Curate

/// Which of several copies is kept.
@Suite struct DuplicateResolverTests {
  /// A sample of domain A without a mask.
  private func candidate(
    _ id: String, file: [UInt8]? = nil, size: PixelSize? = nil, cut: Sample.Cut? = nil,
    quality: [String: Double] = [:], _ change: (inout ImageRow) -> Void = { _ in }
  ) -> CurationInput.Candidate {
    let source = SourceID(sha256: Digest(of: id).hex)
    var image = ImageRow(
      domain: .a, id: source, source: 0, kind: .photos, file: "/\(id)", path: id,
      sha256: source.rawValue, digest: "1")
    (image.width, image.height) = (size?.width, size?.height)
    (image.format, image.bytes) = (file.flatMap { try? ImageFormat.detect($0) }, file?.count)
    change(&image)
    var crop = CropRow(
      id: id, domain: .a, image: source, number: 0,
      face: Sample.Face(detector: "given", score: 1, box: Box(x: 0, y: 0, width: 9, height: 9)), digest: "1")
    crop.cut = cut
    return CurationInput.Candidate(
      image: image, crop: crop, mask: nil,
      measures: MeasureRow(id: id, quality: quality, hash: "0000000000000000", pixels: id, digest: "1"))
  }

  /// The rejections among copies, each of each other, that a user joined.
  private func rejections(of samples: [CurationInput.Candidate]) -> [Int: Sample.Decision] {
    let pairs = samples.indices.flatMap { first in
      samples.indices.dropFirst(first + 1).map { DuplicatePair(first: first, second: $0, evidence: .user) }
    }
    return DuplicateResolver(samples, people: [:], pairs: pairs).rejections
  }

  @Test("In a chain of copies the ends are kept, and each rejected sample is a copy of a kept one")
  func chains() {
    let samples = (0..<3).map { candidate("\($0)") }
    // 0 is a copy of 1, and 1 is a copy of 2.
    let pairs = [(0, 1), (1, 2)].map { DuplicatePair(first: $0.0, second: $0.1, evidence: .user) }
    let decisions = DuplicateResolver(samples, people: [:], pairs: pairs).rejections
    #expect(decisions.keys.sorted() == [1])
    #expect(decisions[1]?.duplicateOf == "0")
  }

  @Test("Of several copies, the one that is better than most others is kept, even if one beats it")
  func mostVictories() throws {
    // Copy 0 has a caption, copies 1 and 2 are clipped, and the original lacks only sharpness. Each reason names a measure.
    let qualities: [[String: Double]] = [
      ["text": 20, "sharpness": 0.9], ["clipped": 0.3, "sharpness": 0.9], ["clipped": 0.4, "sharpness": 0.9],
      ["sharpness": 0.5],
    ]
    let none = ["text": 0.0, "clipped": 0]
    let samples = zip(["a", "b", "c", "original"], qualities).map { id, quality in
      candidate(id, quality: none.merging(quality) { $1 })
    }
    let decisions = rejections(of: samples)
    #expect(Set(decisions.values.map(\.duplicateOf)) == ["original"])
    #expect(decisions[0]?.detail?.contains("has less text (text 0 against 20)") == true)
    #expect(decisions[2]?.detail?.contains("is less clipped (clipped 0 against 0.4)") == true)
  }

  @Test("A blurred or compressed picture does not win because it was saved again without loss")
  func savedWithoutLoss() {
    for (worse, expected) in [
      (["real-face": 50.0, "blocking": 0.02], "original"), (["real-face": 90, "blocking": 0.4], "original"),
      (["real-face": 100, "blocking": 0.05], "png"),
    ] {
      let samples = [
        ("png", worse, ImageFormat.png), ("original", ["real-face": 100, "blocking": 0.1], .jpeg),
      ]
      .map { id, quality, format in
        candidate(id, size: PixelSize(width: 400, height: 400), quality: quality) { $0.format = format }
      }
      let decisions = rejections(of: samples)
      #expect(decisions.values.map(\.duplicateOf) == [expected], "\(worse)")
    }
  }

  @Test("A copy that was enlarged does not win by its larger face, and a larger original does")
  func enlarged() throws {
    for (face, detail, kept) in [
      (130.0, 96.0, "whole"), (130, 140, "large"), (200, 108, "whole"), (200, 150, "large"),
    ] {
      let samples = [
        candidate("large", quality: ["native-face": face, "real-face": detail, "sharpness": 0.5]),
        candidate("whole", quality: ["native-face": 100, "real-face": 100, "sharpness": 0.55]),
      ]
      let decisions = rejections(of: samples)
      #expect(decisions.values.map(\.duplicateOf) == [kept], "\(detail)")
    }
  }

  @Test("The file and the whole image show which copy was altered")
  func alteredFiles() {
    let size = PixelSize(width: 400, height: 400)
    let (sharper, whole) = (["sharpness": 0.9, "blocking": 0.01], ["sharpness": 0.5, "blocking": 0.01])
    let changes: [(String, (inout ImageRow) -> Void)] = [
      ("saved in color", { $0.channels = 1 }), ("256 colors", { $0.format = .gif }),
      ("gaps", { $0.gaps = 0.3 }), ("black bars", { $0.bars = 0.2 }),
      ("stored without loss", { $0.format = .jpeg }),
    ]
    for (words, change) in changes {
      func image(_ row: inout ImageRow) {
        (row.format, row.channels, row.gaps, row.bars, row.bytes) = (.png, 3, 0, 0, 10_000)
      }
      let samples = [
        candidate("a", size: size, quality: sharper) {
          image(&$0)
          change(&$0)
        }, candidate("whole", size: size, quality: whole, image),
      ]
      let decisions = rejections(of: samples)
      #expect(decisions[0]?.detail?.contains(words) == true, "\(words): \(decisions)")
    }
  }

  @Test("Of copies of which one is mirrored, one that is oriented like the others is kept")
  func mirrored() {
    let samples = ["a", "mirrored", "other"].map {
      candidate($0, quality: ["sharpness": $0 == "a" ? 0.9 : 0.5])
    }
    let similarity = Similarity(whole: 1, worst: 1, light: 1, difference: 0)
    let pairs = [(0, 1), (0, 2), (1, 2)].map { first, second in
      DuplicatePair(
        first: first, second: second, evidence: .similarity(similarity),
        turn: first == 0 ? .quarters(.topRight) : .upright)
    }
    let decisions = DuplicateResolver(samples, people: [:], pairs: pairs).rejections
    #expect(decisions[0]?.detail?.contains("oriented like most of the copies") == true, "\(decisions)")
  }

  @Test("A file that was only saved again at a higher quality does not win by its size")
  func savedAgain() {
    for (blocking, kept) in [(0.15, "b"), (0.12, "larger")] {
      let samples = [("larger", blocking, 20_000), ("b", 0.15, 10_000)].map { id, blocking, bytes in
        candidate(id, size: PixelSize(width: 400, height: 400), quality: ["blocking": blocking]) {
          ($0.format, $0.bytes) = (.jpeg, bytes)
        }
      }
      let decisions = rejections(of: samples)
      #expect(decisions.values.map(\.duplicateOf) == [kept], "\(blocking)")
    }
  }

  @Test("The unaltered copy is kept, even if the altered one is sharper or larger")
  func unalteredWins() throws {
    let clean = ["clipped": 0.01, "subtitle": 0, "sharpness": 0.5, "native-face": 100, "grey": 0.1]
    for (measure, value) in [
      ("clipped", 0.3), ("subtitle", 0.03), ("outside", 0.4), ("noise", 12), ("grey", 1),
    ] {
      let altered = clean.merging(["sharpness": 0.9, "native-face": 140, measure: value]) { $1 }
      let samples = [
        candidate("a", quality: altered),
        candidate("b", quality: clean.merging(["outside": 0, "noise": 1]) { $0 + $1 }),
      ]
      let decisions = rejections(of: samples)
      let decision = try #require(decisions[0], "\(measure)")
      #expect(decision.duplicateOf == "b" && decision.detail?.contains("(\(measure) ") == true)
    }
    // A difference of sharpness below the noise does not decide before the size.
    let larger = clean.merging(["sharpness": 0.48, "native-face": 120]) { $1 }
    let samples = [candidate("a", quality: clean), candidate("b", quality: larger)]
    for (clipping, kept) in [(nil, "b"), (0.003, "b"), (0.2, "a"), (-0.2, "b")] as [(Double?, String)] {
      // The copy that lost light is not kept, even if its face is larger.
      let evidence = clipping.map {
        DuplicatePair.Evidence.similarity(Similarity(whole: 0.99, worst: 0.9, clipping: $0))
      }
      let pair = DuplicatePair(first: 0, second: 1, evidence: evidence ?? .user)
      let decisions = DuplicateResolver(samples, people: [:], pairs: [pair]).rejections
      #expect(decisions.values.map(\.duplicateOf) == [kept], "\(String(describing: clipping))")
    }
  }

  @Test("The size of a file decides only between files of one format with loss, and a file without loss wins")
  func files() throws {
    let image = Picture.patches(5, side: 96).blurred(1)
    func saved(_ name: String, _ bytes: [UInt8]) -> CurationInput.Candidate {
      candidate(name, file: bytes, size: image.size)
    }
    func better(_ one: CurationInput.Candidate, _ other: CurationInput.Candidate) -> Bool {
      DuplicateResolver([one, other], people: [:]).isBetter(0, 1)
    }
    let (good, poor) = (
      saved("good", try image.jpeg(quality: 95)), saved("poor", try image.jpeg(quality: 40))
    )
    #expect(better(good, poor) && !better(poor, good))
    // The name of a file says nothing about its format.
    let exact = saved("z.jpg", try image.png())
    let lossy = saved("a.png", try image.webp(.lossy(90)))
    #expect(better(exact, lossy) && !better(lossy, exact))
    // Of two PNG files, a brightened or noisy copy is the larger one; only the name decides.
    let grain = image.bytes.enumerated().map { $1 ^ UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) & 7 }
    let noisy = ImageBuffer(width: 96, height: 96, format: .rgb, bytes: grain)
    let (few, many) = (try image.png(), try noisy.png())
    #expect(many.count * 100 > few.count * 115)
    let (small, large) = (saved("b", few), saved("c", many))
    #expect(better(small, large) && !better(large, small))
  }

  @Test("Of an image and a part of it, the image is kept")
  func partsLose() throws {
    // The face has 100 pixels in both; both crops show it with 200.
    func shown(_ id: String, side: Int, face: Double) -> CurationInput.Candidate {
      candidate(
        id, size: PixelSize(width: side, height: side),
        cut: Sample.Cut(matrix: AffineMap(2, 0, 0, 0, 2, 0), scale: 2, outside: 0),
        quality: ["native-face": face])
    }
    // A detection in a part differs by some pixels.
    let samples = [shown("part", side: 352, face: 112), shown("whole", side: 400, face: 100)]
    let pair = DuplicatePair(
      first: 0, second: 1, evidence: .similarity(Similarity(whole: 0.99, worst: 0.9, scale: 0.01)))
    let decision = try #require(DuplicateResolver(samples, people: [:], pairs: [pair]).rejections[0])
    #expect(decision.duplicateOf == "whole" && decision.detail?.contains("more of the picture") == true)
  }
}
