import Foundation
import Imaging
import TestSupport
import Testing
import Vision

struct AnimeFaceTests {
  static let ready = Samples.animeFace != nil && TestData.images != nil

  static func library() throws -> AnimeFaceLibrary {
    try AnimeFaceLibrary(contentsOf: try #require(Samples.animeFace))
  }

  @Test(
    "Most anime faces are found, and few photographed ones",
    .enabled(if: ready, "animeface's library or EASEL_TEST_DATA is missing"))
  func detection() throws {
    let library = try Self.library()
    var (drawn, photos) = (0, 0)
    for image in try Samples.images("selfie2anime/testB", limit: 20) {
      let faces = try library.detect(in: image)
      drawn += faces.isEmpty ? 0 : 1
      for face in faces.prefix(1) {
        #expect(face.likelihood >= 0.5 && face.likelihood <= 1)
        #expect(face.leftEye.center.x > face.rightEye.center.x, "left is the character's own")
        #expect(face.mouth.center.y > face.rightEye.center.y)
        #expect(face.chin.y > face.nose.y)
      }
    }
    for image in try Samples.images("selfie2anime/testA", limit: 20) {
      photos += try library.detect(in: image).isEmpty ? 0 : 1
    }
    #expect(drawn >= 18, "\(drawn) of 20")
    #expect(photos <= 3, "\(photos) of 20")
  }

  @Test(
    "Parallel searches give the same results as sequential ones",
    .enabled(if: ready, "animeface's library or EASEL_TEST_DATA is missing"))
  func parallelSearches() async throws {
    let library = try Self.library()
    let images = try Samples.images("selfie2anime/testB", limit: 12)
    let sequential = try images.map { try library.detect(in: $0) }
    let parallel = try await withThrowingTaskGroup(of: (Int, [AnimeFaceLibrary.Face]).self) { group in
      for round in 0..<3 {
        for index in images.indices {
          let image = images[(index + round * 5) % images.count]
          group.addTask { ((index + round * 5) % images.count, try library.detect(in: image)) }
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(parallel.count == 3 * images.count)
    for (index, faces) in parallel { #expect(faces == sequential[index]) }
  }

  @Test(
    "Large images are reduced, and the faces are mapped back",
    .enabled(if: ready, "animeface's library or EASEL_TEST_DATA is missing"))
  func largeImages() throws {
    let library = try Self.library()
    let image = try Samples.images("selfie2anime/testB", limit: 1)[0]
    let small = try #require(try library.detect(in: image).first)
    let map = AffineMap.scaling(2.4).then(.translation(x: 700, y: 900))
    let large = try image.warped(
      by: map, to: PixelSize(width: 2560, height: 1800), border: .constant([90, 90, 90]))
    let found = try #require(try library.detect(in: large).first)
    let corner = map(Point(x: small.box.x, y: small.box.y))
    let scaled = Box(x: corner.x, y: corner.y, width: small.box.width * 2.4, height: small.box.height * 2.4)
    #expect(found.box.intersectionOverUnion(scaled) > 0.6)
  }

  @Test(
    "Images of extreme sizes have no faces and cause no errors",
    .enabled(if: ready, "animeface's library or EASEL_TEST_DATA is missing"))
  func extremeSizes() throws {
    let library = try Self.library()
    for (width, height) in [(1, 1), (1, 400), (3, 3), (41, 43), (5000, 2), (600, 1)] {
      let image = ImageBuffer(width: width, height: height, format: .rgba, filledWith: [200, 10, 90, 0])
      #expect(try library.detect(in: image).isEmpty)
    }
  }

  @Test("Files that are not the animeface library are rejected") func otherLibraries() throws {
    let folder = try TemporaryFolder()
    let text = folder.appending("text.so")
    try Data("no library".utf8).write(to: text)
    #expect(throws: VisionError.self) { _ = try AnimeFaceLibrary(contentsOf: text) }
    #expect(throws: VisionError.self) {
      _ = try AnimeFaceLibrary(contentsOf: folder.appending("missing.so"))
    }
    let libc = URL(fileURLWithPath: "/lib/x86_64-linux-gnu/libm.so.6")
    if FileManager.default.fileExists(atPath: libc.path) {
      let error = #expect(throws: VisionError.self) { _ = try AnimeFaceLibrary(contentsOf: libc) }
      #expect(error?.reason.contains("nv_matrix3d_alloc") == true)
    }
  }
}
