import CurationFixture
import Dataset
import Foundation
import Imaging
import TestSupport
import Testing

@testable import Curate

@Suite struct DuplicateTests {
  private func images(_ folders: [String], limit: Int) throws -> [ImageBuffer] {
    let root = try #require(TestData.images).appendingPathComponent("selfie2anime")
    return try folders.flatMap { folder in
      try FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent(folder).path).sorted()
        .map { try ImageFile.read(root.appendingPathComponent("\(folder)/\($0)")).image.converted(to: .rgb) }
    }.prefix(limit).map { $0 }
  }

  @Test(
    "Every pair of hashes within the distance is found exactly once",
    arguments: [0, 6, 8, 12])
  func hashPairs(distance: Int) async throws {
    var random = SplitMix64(seed: 7)
    var hashes = (0..<1500).map { _ in PerceptualHash(bits: random.next()) }
    // Near ones, at every distance up to 20.
    for index in 0..<400 {
      var bits = hashes[index].bits
      for _ in 0..<(index % 21) { bits ^= 1 << UInt64(random.next() % 64) }
      hashes.append(PerceptualHash(bits: bits))
    }
    var expected: Set<[Int]> = []
    for i in hashes.indices {
      for j in hashes.indices where j > i && hashes[i].distance(to: hashes[j]) <= distance {
        expected.insert([i, j])
      }
    }
    for parts in [nil, 3, 4, 7] as [Int?] {
      var found: [[Int]] = []
      try await NearHashSearch(hashes, within: distance, parts: parts).find(jobs: 2) {
        found += $0.map { [$0.0, $0.1] }
      }
      #expect(found.count == expected.count, "parts \(parts ?? 0)")
      #expect(Set(found) == expected)
    }
  }

  @Test("A million hashes are searched by parts of their bits, a few hashes all against all")
  func searchPlan() {
    #expect(NearHashSearch.Plan(count: 1_000_000, distance: 8).parts.map(\.width).reduce(0, +) == 64)
    #expect(NearHashSearch.Plan(count: 50, distance: 6).parts.isEmpty)
  }

  @Test(
    "Different faces with the same framing are never merged",
    .enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"))
  func noFalseMerges() async throws {
    for folders in [["trainA", "testA"], ["trainB", "testB"]] {
      let images = try images(folders, limit: 160)
      let prints = images.map { GrayThumbnail(of: $0) }
      // Far more candidates than the default distance gives: of 64 bits, 14 may differ.
      let pictures = images.enumerated().map {
        var picture = ImageFingerprint(hashes: PerceptualHash.all(of: $1), pixels: "\($0)")
        picture.disc = PolarSignature(of: prints[$0], aspect: 1).hash
        return picture
      }
      for invariant in [[], [.rotation, .flip]] as [[CurateSettings.Invariance]] {
        var comparisons = ComparisonCache(pictures, jobs: 2) { prints[$0] }
        let search = DuplicateSearch(distance: 14, confirm: 0.95, invariant: invariant, jobs: 2)
        let pairs = try await search.pairs(&comparisons)
        #expect(pairs.isEmpty, "\(folders) \(invariant)")
      }
    }
  }

  @Test(
    "Re-encoded, resized, cropped, brightened and captioned copies are found",
    .enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"))
  func alteredCopies() throws {
    for folders in [["trainA"], ["trainB"]] {
      let images = try images(folders, limit: 30)
      var (found, all) = (0, 0)
      for image in images {
        let side = image.width
        var caption = image
        caption.paste(
          ImageBuffer(width: side, height: side / 10, format: .rgb, filledWith: [0, 0, 0]), x: 0,
          y: side - side / 10)
        var bright = image
        bright.bytes = bright.bytes.map { UInt8(min(255, (Double($0) * 1.1).rounded())) }
        let trim = 4  // 3 % of 256 pixels, half at each side
        let copies = [
          try image.reencoded(quality: 40), image.resized(to: PixelSize(width: side / 2, height: side / 2)),
          image.cropped(x: trim, y: trim, width: side - 2 * trim, height: side - 2 * trim), bright, caption,
        ]
        let (hash, print) = (PerceptualHash(of: image), GrayThumbnail(of: image))
        for copy in copies {
          all += 1
          if PerceptualHash(of: copy).distance(to: hash) <= 6,
            Similarity(print, GrayThumbnail(of: copy)).confirms(0.95)
          {
            found += 1
          }
        }
      }
      #expect(Double(found) >= 0.98 * Double(all), "\(folders): \(found) of \(all)")
    }
  }

  @Test(
    "Copies turned by any angle are found with `invariant`, and nothing else is",
    .enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"))
  func turnedCopies() async throws {
    for folders in [["trainA"], ["trainB"]] {
      let images = try images(folders, limit: 40)
      let copies = images.enumerated().map { index, image in
        image.turned(degrees: Double(17 + index * 31 % 330), isMirrored: index.isMultiple(of: 2))
      }
      let prints = (images + copies).map { GrayThumbnail(of: $0) }
      let pictures = (images + copies).enumerated().map {
        var picture = ImageFingerprint(hashes: PerceptualHash.all(of: $1), pixels: "\($0)")
        picture.disc = PolarSignature(of: prints[$0], aspect: 1).hash
        return picture
      }
      for (invariant, expected) in [
        ([.rotation, .flip], images.count), ([.rotation], images.count / 2), ([], 0),
      ] as [([CurateSettings.Invariance], Int)] {
        var comparisons = ComparisonCache(pictures, jobs: 2) { prints[$0] }
        let search = DuplicateSearch(distance: 6, confirm: 0.95, invariant: invariant, jobs: 2)
        let pairs = try await search.pairs(&comparisons)
        #expect(pairs.allSatisfy { $0.second == $0.first + images.count }, "\(folders) \(invariant)")
        // A face may be as its mirror image is.
        #expect(Double(pairs.count) >= 0.98 * Double(expected) && pairs.count <= expected + 1)
      }
    }
  }

  @Test("Face embeddings separate two persons and confirm no copy alone")
  func embeddings() {
    let search = DuplicateSearch(distance: 6, confirm: 0.95, jobs: 1)
    func confirms(_ correlation: Double, _ likeness: Double?) -> Bool {
      search.confirms(Similarity(whole: correlation, blocks: correlation), likeness)
    }
    #expect(confirms(0.96, nil) && !confirms(0.9, nil))
    #expect(confirms(0.96, 0.5) && !confirms(0.96, 0.15))
    #expect(confirms(0.9, 0.97) && !confirms(0.9, 0.8) && !confirms(0.7, 0.99))
  }

  @Test("Pictures with flat discs are not copies of each other")
  func flatDiscs() {
    var corners = ImageBuffer(width: 128, height: 128, format: .rgb, filledWith: [90, 90, 90])
    let other = GrayThumbnail(of: corners)
    corners.paste(ImageBuffer(width: 16, height: 16, format: .rgb, filledWith: [255, 0, 0]), x: 0, y: 0)
    let similarity = Similarity((GrayThumbnail(of: corners), 1), turning: (other, 1), flips: true)
    #expect(!similarity.confirms(0.95))
  }

  @Test("A hash hardly changes when its picture is resized")
  func resizedHash() {
    let image = Picture.patches(3, side: 256)
    let small = image.resized(to: PixelSize(width: 100, height: 140))
    #expect(PerceptualHash(of: image).distance(to: PerceptualHash(of: small)) <= 2)
    #expect(PerceptualHash(of: image).distance(to: PerceptualHash(of: Picture.patches(4, side: 256))) > 12)
    #expect(PerceptualHash(PerceptualHash(of: image).description) == PerceptualHash(of: image))
    #expect(PerceptualHash("0123") == nil)
  }
}

extension ImageBuffer {
  /// The picture turned around its middle within its frame, black where nothing comes to lie.
  fileprivate func turned(degrees: Double, isMirrored: Bool) -> ImageBuffer {
    var result = ImageBuffer(width: width, height: height, format: format, filledWith: [0, 0, 0])
    let (cx, cy) = (Double(width - 1) / 2, Double(height - 1) / 2)
    let (c, s) = (cos(degrees * .pi / 180), sin(degrees * .pi / 180))
    for y in 0..<height {
      for x in 0..<width {
        let (dx, dy) = (Double(x) - cx, Double(y) - cy)
        let (u, v) = (
          Int((cx + (c * dx - s * dy) * (isMirrored ? -1 : 1)).rounded()),
          Int((cy + s * dx + c * dy).rounded())
        )
        guard 0..<width ~= u, 0..<height ~= v else { continue }
        for channel in 0..<3 {
          result.bytes[(y * width + x) * 3 + channel] = bytes[(v * width + u) * 3 + channel]
        }
      }
    }
    return result
  }
}

/// SplitMix64, so that a test has the same numbers on every run.
struct SplitMix64 {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
