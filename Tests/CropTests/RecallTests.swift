import Crop
import Dataset
import Foundation
import Imaging
import TestSupport
import Testing
import Vision

/// Counts the real pictures in which a face is found.
///
/// The test data's README describes the pictures.
struct RecallTests {
  /// The number of images of `folders` in which the detector that `auto` chooses finds a face, and the number
  /// of all.
  static func found(
    _ folders: [String], _ domain: Domain, models: Set<String>, every step: Int = 1, pngOnly: Bool = false
  ) throws -> (count: Int, of: Int) {
    let detector = try DetectorCatalogue { models.contains($0) ? DetectorFiles.find($0) : nil }.detector(
      "auto", for: domain)()
    var (count, total) = (0, 0)
    for folder in folders {
      let root = try #require(TestData.images).appendingPathComponent(folder)
      let names = try FileManager.default.subpathsOfDirectory(atPath: root.path).sorted().filter {
        $0.hasSuffix(".png") || !pngOnly && $0.hasSuffix(".jpg")
      }
      for (index, name) in names.enumerated() where index % step == 0 {
        total += 1
        let image = try ImageFile.read(root.appendingPathComponent(name)).image
        if try detector.detect(image).contains(where: { $0.detector == detector.name }) { count += 1 }
      }
    }
    return (count, total)
  }

  private static let whole: Set = ["yunet-n", "haar", "haar-eyes", "animeface", "lbp-anime"]

  @Test(
    "All photographed people are found, and few animals",
    .enabled(if: DetectorFiles.ready("yunet-n", "haar", "haar-eyes"), "a model or EASEL_TEST_DATA is missing")
  )
  func photographs() throws {
    let selfies = try Self.found(["selfie2anime/testA"], .a, models: Self.whole)
    #expect(selfies.count == selfies.of && selfies.of == 100)
    let press = try Self.found(["lfw"], .a, models: Self.whole, every: 3)
    #expect(press.count == press.of && press.of == 34)
    let portraits = try Self.found(["celeba-hq"], .a, models: Self.whole, every: 4)
    #expect(portraits.count == portraits.of && portraits.of == 14)
    let animals = try Self.found(["animals"], .a, models: Self.whole)
    #expect(animals.count <= 6 && animals.of == 43, "\(animals)")
  }

  @Test(
    "Nearly all anime faces are found",
    .enabled(if: DetectorFiles.ready("animeface"), "animeface or EASEL_TEST_DATA is missing"))
  func anime() throws {
    // Only the animeface model is used.
    let faces = try Self.found(
      ["selfie2anime/testB", "selfie2anime/trainB"], .b, models: ["animeface"], every: 4)
    #expect(faces.of == 75 && faces.count >= 74, "\(faces)")
    let sprites = try Self.found(["renpy-sprites"], .b, models: ["animeface"], pngOnly: true)
    #expect(sprites.count == 13 && sprites.of == 13)
  }

  @Test(
    "With haar alone, four of five selfies are found",
    .enabled(if: DetectorFiles.ready("haar", "haar-eyes"), "opencv-data or EASEL_TEST_DATA is missing"))
  func haarOnly() throws {
    let selfies = try Self.found(["selfie2anime/testA"], .a, models: ["haar", "haar-eyes"], every: 2)
    #expect(selfies.of == 50 && selfies.count >= 40, "\(selfies)")
  }
}

/// Small faces in large pictures.
struct SmallFaceTests {
  /// The pictures of `folder`, each scaled by `factor` and placed on a large canvas.
  static func scenes(_ folder: String, factor: Double, canvas: PixelSize) throws -> [ImageBuffer] {
    try DetectorFiles.images(folder, limit: 8).enumerated().map { index, picture in
      let place = Double(index) / 8
      return try picture.converted(to: .rgb).warped(
        by: .scaling(factor).then(
          .translation(x: place * Double(canvas.width - 300), y: place * Double(canvas.height - 300))),
        to: canvas, border: .constant([110, 125, 120]))
    }
  }

  @Test(
    "Photographed faces of the minimum size are found in large pictures",
    .enabled(if: DetectorFiles.ready("yunet-n"), "yunet-n or EASEL_TEST_DATA is missing"))
  func smallPhotographs() throws {
    // Faces of about 95 pixels become 85 and 34 pixels.
    for (factor, minFace) in [(0.9, 64), (0.36, 24)] {
      let scenes = try Self.scenes("lfw", factor: factor, canvas: PixelSize(width: 6000, height: 700))
      let detector = try DetectorCatalogue(model: DetectorFiles.find)
        .detector("yunet", for: .a, minFace: minFace)()
      let found = try scenes.filter { try !detector.detect($0).isEmpty }.count
      #expect(found >= 7, "\(found) of \(scenes.count) with \(minFace) pixels")
    }
  }

  @Test(
    "In large portraits haar finds the one face, and hardly anything in hair and walls",
    .enabled(if: DetectorFiles.ready("haar", "haar-eyes"), "opencv-data or EASEL_TEST_DATA is missing"))
  func largePortraits() throws {
    let portraits = try DetectorFiles.images("celeba-hq", limit: 4).map {
      $0.converted(to: .rgb).resized(to: PixelSize(width: 2400, height: 2400))
    }
    let detector = try DetectorCatalogue {
      ["haar", "haar-eyes"].contains($0) ? DetectorFiles.find($0) : nil
    }
    .detector("haar", for: .a, minFace: 40)()
    let found = try portraits.map { try detector.detect($0) }
    #expect(found.allSatisfy { $0.contains { $0.box.width > 1000 } })
    #expect(found.map(\.count).reduce(0, +) <= portraits.count + 1, "\(found.map(\.count))")
  }

  @Test(
    "Small anime faces are found in Full HD frames",
    .enabled(if: DetectorFiles.ready("animeface"), "animeface or EASEL_TEST_DATA is missing"))
  func smallAnime() throws {
    let scenes = try Self.scenes(
      "selfie2anime/testB", factor: 0.5, canvas: PixelSize(width: 1920, height: 1080))
    let detector = try DetectorCatalogue(model: DetectorFiles.find).detector("animeface", for: .b)()
    let found = try scenes.filter { try !detector.detect($0).isEmpty }.count
    #expect(found >= 6, "\(found) of \(scenes.count)")
  }
}

/// Photographs among anime images and anime images among photographs.
struct WrongDomainTests {
  static func faces(_ folder: String, as domain: Domain, limit: Int) throws -> [DetectedFace?] {
    let detector = try DetectorCatalogue(model: DetectorFiles.find).detector("auto", for: domain)()
    return try DetectorFiles.images(folder, limit: limit).map { try detector.detect($0).first }
  }

  @Test(
    "Faces of the wrong domain are marked",
    .enabled(if: DetectorFiles.ready("yunet-n", "animeface"), "a model or EASEL_TEST_DATA is missing"))
  func wrongDomain() throws {
    let anime = try Self.faces("selfie2anime/testB", as: .a, limit: 25).compactMap { $0 }
    #expect(anime.count >= 15, "YuNet or animeface finds them")
    #expect(anime.filter(\.isWrongDomain).count * 10 >= anime.count * 9)
    let photographed = try Self.faces("selfie2anime/testA", as: .b, limit: 25).compactMap { $0 }
    #expect(photographed.count >= 20)
    #expect(photographed.filter(\.isWrongDomain).count * 10 >= photographed.count * 9)
    #expect(photographed.contains { $0.detector == "yunet" }, "no anime face, but a photographed one")
  }

  @Test(
    "Faces of the right domain are not marked",
    .enabled(if: DetectorFiles.ready("yunet-n", "animeface"), "a model or EASEL_TEST_DATA is missing"))
  func rightDomain() throws {
    // Some selfies were smoothed by a filter and look anime.
    let selfies = try Self.faces("selfie2anime/testA", as: .a, limit: 30)
    #expect(selfies.filter { $0?.isWrongDomain == true }.count <= 1)
    let anime = try Self.faces("selfie2anime/testB", as: .b, limit: 20)
    #expect(anime.allSatisfy { $0?.isWrongDomain == false })
  }
}
