import CurationFixture
import Dataset
import Foundation
import Imaging
import Ledger
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
    var random = SplitMix64(state: 7)
    var hashes = (0..<1500).map { _ in PerceptualHash(bits: random.next()) }
    // Near hashes at all distances up to 20.
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
    "Among many faces, nearly all copies are found that comparing all faces finds, placed in the same way")
  func bucketedSearch() async throws {
    var random = SplitMix64(state: 3)
    func hash() -> LumaHash { LumaHash(low: random.next(), high: random.next() >> 9) }
    var faces = (0..<300).map { _ in FaceHashes(all: FaceHashes.views.map { _ in hash() }) }
    for number in 0..<160 {
      // Turned, one view equal to the usual one of the original, and up to one bit in eight changed.
      var views = faces[number].all.map { $0.turned(Orientation.allCases[number % 8]) }
      for view in views.indices {
        var (low, high) = (views[view].low, views[view].high)
        for _ in 0..<number % 15 {
          let bit = random.next() % 119
          if bit < 64 { low ^= 1 << bit } else { high ^= 1 << (bit - 64) }
        }
        views[view] = LumaHash(low: low, high: high)
      }
      views.swapAt(0, number % views.count)
      faces.append(FaceHashes(all: views))
    }
    let exact = try await CandidateSearch(limit: 30).candidates(among: faces, jobs: 2)
    let found = try await BucketedCandidateSearch(faces, limit: 30).candidates(jobs: 2)
    let planted = found.filter { $0.second == $0.first + 300 }
    #expect(planted.count >= 155, "\(planted.count) of 160")
    for pair in planted {
      let same = exact.first { $0.first == pair.first && $0.second == pair.second }
      #expect(same?.placement.turn == pair.placement.turn, "\(pair)")
      // Both views of a pair may match, and only the first has to be found.
      #expect(abs((same?.distance ?? 119) - pair.distance) <= 4, "\(pair)")
    }
    #expect(Set(found.map { [$0.first, $0.second] }).count == found.count, "each pair once")
  }

  /// Images with their fingerprints.
  private struct Pictures {
    let thumbnails: [GrayThumbnail]
    let fingerprints: [ImageFingerprint]

    init(_ images: [ImageBuffer]) {
      thumbnails = images.map { GrayThumbnail(of: $0) }
      var fingerprints = images.enumerated().map {
        ImageFingerprint(face: FaceHashes(of: $1), pixels: "\($0)")
      }
      for (index, thumbnail) in thumbnails.enumerated() {
        fingerprints[index].polar = PolarSignature(of: thumbnail, aspect: 1).hash
      }
      self.fingerprints = fingerprints
    }

    /// All found pairs.
    func findings(
      _ invariant: [CurateSettings.Invariance] = [], distance: Int = 6
    ) async throws -> DuplicateFindings {
      var comparisons = ComparisonCache(fingerprints, jobs: 2) { [thumbnails] in thumbnails[$0] }
      return try await DuplicateSearch(distance: distance, confirm: 0.95, invariant: invariant, jobs: 2)
        .findings(&comparisons)
    }
  }

  @Test(
    "Different faces with the same framing are never merged",
    .enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"))
  func noFalseMerges() async throws {
    for folders in [["testA"], ["testB"]] {
      let pictures = Pictures(try images(folders, limit: 100))
      // Far more candidates than with the default distance.
      for invariant in [[], [.rotation, .flip]] as [[CurateSettings.Invariance]] {
        let copies = try await pictures.findings(invariant, distance: 9).copies
        #expect(copies.isEmpty, "\(folders) \(invariant): \(copies)")
      }
    }
  }

  @Test(
    "Re-encoded, resized, cropped, brightened, grey and captioned copies are found",
    .enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"))
  func alteredCopies() async throws {
    for folders in [["testA"], ["testB"]] {
      let images = try images(folders, limit: 12)
      var all: [ImageBuffer] = []
      for image in images {
        let side = image.width
        var caption = image
        caption.paste(
          ImageBuffer(width: side, height: side / 10, format: .rgb, filledWith: [0, 0, 0]), x: 0,
          y: side - side / 10)
        all += [
          image, try image.reencoded(quality: 35),
          image.resized(to: PixelSize(width: side / 2, height: side / 2)),
          image.cropped(x: side / 20, y: side / 40, width: side * 22 / 25, height: side * 22 / 25),
          image.brightened(1.3), image.converted(to: .gray).converted(to: .rgb), caption,
        ]
      }
      let copies = try await Pictures(all).findings().copies
      let kinds = all.count / images.count
      #expect(copies.allSatisfy { $0.first / kinds == $0.second / kinds }, "nothing else is merged")
      let found = copies.count { $0.first % kinds == 0 }
      let expected = images.count * (kinds - 1)
      #expect(Double(found) >= 0.95 * Double(expected), "\(folders): \(found) of \(expected)")
    }
  }

  @Test(
    "Another expression of an anime face is not a copy",
    .enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"))
  func expressions() throws {
    let root = try #require(TestData.images).appendingPathComponent("selfie2anime/testB")
    let names = try FileManager.default.contentsOfDirectory(atPath: root.path).sorted().prefix(8)
    for name in names {
      let image = try ImageFile.read(root.appendingPathComponent(name)).image.converted(to: .rgb)
      let (width, height) = (image.width / 6, image.height / 12)
      // Replaces the mouth by skin color with a dark line.
      var other = image
      let place = (x: (image.width - width) / 2, y: image.height * 13 / 20)
      let skin = image.cropped(x: place.x, y: place.y - height, width: 2, height: 2).bytes.prefix(3)
      other.paste(
        ImageBuffer(width: width, height: height, format: .rgb, filledWith: Array(skin)), x: place.x,
        y: place.y)
      other.paste(
        ImageBuffer(width: width, height: height / 3, format: .rgb, filledWith: [40, 10, 10]), x: place.x,
        y: place.y + height / 2)
      let similarity = Similarity(GrayThumbnail(of: image), GrayThumbnail(of: other))
      #expect(similarity.likeness < 0.95, "\(name): \(similarity)")
    }
  }

  @Test(
    "A small mouth that opens is not a copy",
    .enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"))
  func smallMouths() throws {
    for image in try images(["testB"], limit: 8) {
      // A line as wide as a tenth of the picture, and the same mouth opened by 4 % of the picture.
      let (width, x, y) = (image.width / 10, image.width * 9 / 20, image.height * 7 / 10)
      let skin = Array(image.cropped(x: x, y: y - 4, width: 1, height: 1).bytes.prefix(3))
      func mouth(_ height: Int) -> ImageBuffer {
        var drawn = image
        drawn.paste(
          ImageBuffer(width: width * 3 / 2, height: image.height / 12, format: .rgb, filledWith: skin),
          x: x - width / 4, y: y - image.height / 40)
        drawn.paste(
          ImageBuffer(width: width, height: height, format: .rgb, filledWith: [70, 25, 25]), x: x, y: y)
        return drawn
      }
      let closed = GrayThumbnail(of: mouth(max(2, image.height / 100)))
      let open = Similarity(closed, GrayThumbnail(of: mouth(image.height / 20)))
      #expect(open.likeness < 0.95, "\(open)")
      let same = Similarity(
        closed, GrayThumbnail(of: try mouth(max(2, image.height / 100)).reencoded(quality: 35)))
      #expect(same.likeness >= 0.95, "\(same)")
    }
  }

  @Test(
    "A character in other colors is not a copy, but a brighter copy is one",
    .enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"))
  func recolored() throws {
    var tried = 0
    for image in try images(["testB"], limit: 12) {
      // Bright colors such as skin become brown; lines, dark hair and white stay.
      var bytes = image.bytes
      var changed = 0
      for at in stride(from: 0, to: bytes.count, by: 3) {
        let luma = (299 * Int(bytes[at]) + 587 * Int(bytes[at + 1]) + 114 * Int(bytes[at + 2])) / 1000
        guard (140..<235).contains(luma) else { continue }
        for channel in 0..<3 { bytes[at + channel] = UInt8(Int(bytes[at + channel]) * 2 / 5) }
        changed += 1
      }
      // Of a picture that is nearly all bright or nearly all dark, this is only other light.
      guard (0.25...0.7).contains(Double(changed * 3) / Double(bytes.count)) else { continue }
      tried += 1
      let other = ImageBuffer(width: image.width, height: image.height, format: .rgb, bytes: bytes)
      let similarity = Similarity(GrayThumbnail(of: image), GrayThumbnail(of: other))
      #expect(similarity.likeness < 0.95, "\(similarity)")
      let brighter = Similarity(GrayThumbnail(of: image), GrayThumbnail(of: image.brightened(1.3)))
      #expect(brighter.likeness >= 0.95, "\(brighter)")
    }
    #expect(tried >= 4)
  }

  @Test("A comparison states which copy lost light, and how large each shows the face")
  func lightAndScale() throws {
    let image = Picture.patches(5, side: 256).converted(to: .gray).converted(to: .rgb)
    let thumbnail = GrayThumbnail(of: image)
    func changed(_ change: (Double) -> Double) -> Similarity {
      let bytes = image.bytes.map { UInt8(min(255, max(0, change(Double($0)).rounded()))) }
      return Similarity(
        thumbnail,
        GrayThumbnail(of: ImageBuffer(width: 256, height: 256, format: image.format, bytes: bytes)))
    }
    let (bright, dark) = (changed { $0 * 1.5 + 10 }, changed { $0 - 100 })
    #expect(bright.clipping > 0.01 && dark.clipping > 0.01, "\(bright) \(dark)")
    #expect(bright.reversed.clipping == -bright.clipping)
    // A gamma changes all levels, but loses none.
    for gamma in [0.6, 1.5] {
      #expect(abs(changed { 255 * pow($0 / 255, gamma) }.clipping) < 0.004, "\(gamma)")
    }
    // Grey instead of black, and less contrast, lose nothing.
    #expect(abs(changed { $0 * 0.8 + 30 }.clipping) < 0.004)
    let middle = image.cropped(x: 12, y: 12, width: 232, height: 232)
    let larger = Similarity(thumbnail, GrayThumbnail(of: middle.resized(to: image.size)))
    #expect(abs(exp(larger.scale) - 256.0 / 232) < 0.01, "\(larger)")
    #expect(abs(exp(larger.reversed.scale) - 232.0 / 256) < 0.01)
  }

  @Test(
    "Copies turned by any angle are found with `invariant`, and nothing else is",
    .enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"))
  func turnedCopies() async throws {
    for folders in [["testA"], ["testB"]] {
      let images = try images(folders, limit: 30)
      let quarters: [Orientation] = [.rightTop, .topRight, .bottomRight, .leftTop]
      let copies = images.enumerated().map { index, image in image.upright(from: quarters[index % 4]) }
      let pictures = Pictures(images + copies)
      let found = try await pictures.findings([.rotation, .flip])
      #expect(found.copies.allSatisfy { $0.second == $0.first + images.count })
      #expect(Double(found.copies.count) >= 0.95 * Double(images.count), "\(found.copies.count)")
      let upright = try await pictures.findings()
      #expect(upright.copies.isEmpty)
      // They are not copies, but must be in the same split.
      #expect(upright.lookalikes.count >= images.count * 9 / 10)
    }
  }

  @Test("The face hash of a rotated image follows from that of the image")
  func turnedHash() {
    let thumbnail = GrayThumbnail(of: Picture.patches(5, side: 256))
    for turn in Orientation.allCases {
      let (one, other) = (
        LumaHash(thumbnail.normalized).turned(turn), LumaHash(thumbnail.turned(turn).normalized)
      )
      #expect(one.distance(to: other) <= 1, "\(turn)")
      #expect(LumaHash(one.description) == one)
    }
  }

  @Test("A hash hardly changes when its image is resized")
  func resizedHash() {
    let image = Picture.patches(3, side: 256)
    let small = image.resized(to: PixelSize(width: 100, height: 140))
    #expect(PerceptualHash(of: image).distance(to: PerceptualHash(of: small)) <= 2)
    #expect(PerceptualHash(of: image).distance(to: PerceptualHash(of: Picture.patches(4, side: 256))) > 12)
    #expect(PerceptualHash(PerceptualHash(of: image).description) == PerceptualHash(of: image))
    #expect(PerceptualHash("0123") == nil)
  }
}
