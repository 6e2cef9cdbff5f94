import Foundation
import Imaging
import TestSupport
import Testing

@testable import Curate

/// Whole pictures that are similar, among real photos and drawings.
@Suite struct SimilarPicturesTests {
  /// Reduced, re-encoded, brightened, turned and mirrored copies.
  private func variants(of image: ImageBuffer) throws -> [ImageBuffer] {
    let small = PixelSize(width: image.width * 3 / 4, height: image.height * 2 / 3)
    var bright = image
    for index in bright.bytes.indices {
      bright.bytes[index] = UInt8(min(255, Int(bright.bytes[index]) * 5 / 4))
    }
    return try [
      image, image.resized(to: small), ImageCodec.decode(image.jpeg(quality: 35)).image, bright,
      image.converted(to: .gray),
    ] + Orientation.allCases.dropFirst().map { image.upright(from: $0) }
  }

  @Test(
    "All variants of a picture are connected, and no two different pictures are",
    .enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"), arguments: ["testA", "testB"])
  func variants(_ folder: String) async throws {
    let source = try #require(TestData.images).appendingPathComponent("selfie2anime/\(folder)")
    let files = try FileManager.default.contentsOfDirectory(atPath: source.path).sorted().prefix(30)
    var hashes: [LumaHash?] = []
    var pictures: [Int] = []
    for (number, file) in files.enumerated() {
      let image = try ImageFile.read(source.appendingPathComponent(file)).image.converted(to: .rgb)
      for variant in try variants(of: image) {
        hashes += [LumaHash(of: variant), nil]
        pictures += [number, number]
      }
    }
    var groups = UnionFind(count: hashes.count)
    for (first, second) in try await SimilarPictures(hashes).pairs(jobs: 2) {
      #expect(first < second && pictures[first] == pictures[second])
      groups.join(first, second)
    }
    let known = hashes.indices.filter { hashes[$0] != nil }
    #expect(Set(known.map { groups.root(of: $0) }).count == files.count)
  }
}
