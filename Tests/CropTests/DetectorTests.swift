import Crop
import Dataset
import Foundation
import Imaging
import TestSupport
import Testing
import Vision

struct DetectorTests {
  static func detector(_ name: String, without missing: String = "") throws -> any FaceDetector {
    try DetectorCatalogue { $0 == missing ? nil : DetectorFiles.find($0) }.detector(name, for: .a)()
  }

  @Test(
    "Both generations of YuNet find the same faces and eyes",
    .enabled(if: DetectorFiles.ready("yunet", "yunet-n"), "EASEL_MODELS or EASEL_TEST_DATA is not set"))
  func yunetGenerations() throws {
    let (first, second) = (try Self.detector("yunet", without: "yunet-n"), try Self.detector("yunet"))
    for image in try DetectorFiles.images("selfie2anime/testA", limit: 12) {
      let (a, b) = (try #require(try first.detect(image).first), try #require(try second.detect(image).first))
      #expect(a.box.intersectionOverUnion(b.box) > 0.6)
      let (old, new) = (try #require(a.landmarks), try #require(b.landmarks))
      let apart = old.leftEye.distance(to: old.rightEye)
      #expect(old.leftEye.x < old.rightEye.x && new.leftEye.x < new.rightEye.x)
      #expect(old.leftEye.distance(to: new.leftEye) < 0.25 * apart)
      #expect(old.rightEye.distance(to: new.rightEye) < 0.25 * apart)
    }
  }

  @Test(
    "A photographed face is found at rotations up to 90 degrees, with its eyes and roll",
    .enabled(if: DetectorFiles.ready("yunet"), "EASEL_MODELS or EASEL_TEST_DATA is not set"))
  func rotations() throws {
    let detector = try Self.detector("yunet")
    let image = try #require(try DetectorFiles.images("lfw/Tony_Blair", limit: 1).first).converted(to: .rgb)
    let upright = try #require(try detector.detect(image).first)
    let eyes = try #require(upright.landmarks)
    for degrees in [25.0, -40, 75, -90] {
      let map = AffineMap.translation(x: -125, y: -125).then(.rotation(degrees: degrees))
        .then(.translation(x: 180, y: 180))
      let rotated = try image.warped(
        by: map, to: PixelSize(width: 360, height: 360), border: .constant([0, 0, 0]))
      let face = try #require(try detector.detect(rotated).first, "\(degrees)")
      let found = try #require(face.landmarks)
      let apart = eyes.leftEye.distance(to: eyes.rightEye)
      #expect(found.leftEye.distance(to: map(eyes.leftEye)) < 0.2 * apart, "\(degrees)")
      #expect(found.rightEye.distance(to: map(eyes.rightEye)) < 0.2 * apart, "\(degrees)")
      let roll = try #require(face.roll) - (upright.roll ?? 0)
      #expect(abs(remainder(roll - degrees, 360)) < 12, "\(roll) for \(degrees)")
    }
  }

  @Test(
    "Small and large faces in one large picture are found",
    .enabled(if: DetectorFiles.ready("yunet"), "EASEL_MODELS or EASEL_TEST_DATA is not set"))
  func faceSizes() throws {
    let detector = try Self.detector("yunet")
    let faces = try DetectorFiles.images("lfw/Colin_Powell", limit: 2).map { $0.converted(to: .rgb) }
    // One face fills half of the picture, the other is a 40th of its width.
    let size = PixelSize(width: 2600, height: 1900)
    let maps = [
      AffineMap.scaling(6.5).then(.translation(x: 20, y: 100)),
      AffineMap.scaling(0.8).then(.translation(x: 2200, y: 300)),
    ]
    var picture = try faces[0].warped(by: maps[0], to: size, border: .constant([110, 120, 110]))
    let second = try faces[1].warped(by: maps[1], to: size, border: .constant([110, 120, 110]))
    for y in 290..<520 {
      let row = (y * size.width + 2150) * 3..<(y * size.width + 2450) * 3
      picture.bytes.replaceSubrange(row, with: second.bytes[row])
    }
    let found = try detector.detect(picture)
    for (index, map) in maps.enumerated() {
      let alone = try #require(try detector.detect(faces[index]).first)
      let middle = map(alone.box.center)
      let face = try #require(
        found.min { $0.box.center.distance(to: middle) < $1.box.center.distance(to: middle) })
      #expect(face.box.center.distance(to: middle) < 0.15 * alone.box.width * map.scale)
      #expect(abs(face.box.width / (alone.box.width * map.scale) - 1) < 0.25)
    }
  }

  @Test(
    "CenterFace and YuNet find the same eyes",
    .enabled(if: DetectorFiles.ready("centerface", "yunet-n"), "centerface or EASEL_TEST_DATA is missing"))
  func centerFace() throws {
    let (center, yunet) = (try Self.detector("centerface"), try Self.detector("yunet"))
    let images = try ["selfie2anime/testA", "celeba-hq", "lfw"].flatMap {
      try DetectorFiles.images($0, limit: 4)
    }
    var alike = 0
    for image in images {
      let face = try #require(try center.detect(image).first)
      // In a crowd the best face of one detector may not be found by the other.
      let same = try yunet.detect(image).first { $0.box.intersectionOverUnion(face.box) > 0.5 }
      guard let ours = face.landmarks, let theirs = same?.landmarks else { continue }
      let apart = theirs.leftEye.distance(to: theirs.rightEye)
      let (left, right) = (
        ours.leftEye.distance(to: theirs.leftEye), ours.rightEye.distance(to: theirs.rightEye)
      )
      if max(left, right) < 0.4 * apart { alike += 1 }
    }
    #expect(alike >= 10, "\(alike) of \(images.count)")
  }

  @Test(
    "haar finds photographed faces and most of their eyes",
    .enabled(
      if: DetectorFiles.ready("haar", "haar-eyes"),
      "opencv-data is not installed or EASEL_TEST_DATA not set"))
  func haar() throws {
    let detector = try Self.detector("haar")
    var (found, eyes) = (0, 0)
    for person in ["Tony_Blair", "Colin_Powell"] {
      for image in try DetectorFiles.images("lfw/\(person)", limit: 5) {
        // The person of the picture is in its middle.
        let faces = try detector.detect(image)
        guard let face = faces.first(where: { $0.box.center.distance(to: Point(x: 125, y: 125)) < 30 })
        else { continue }
        found += 1
        #expect((0.5...1).contains(face.score))
        if let landmarks = face.landmarks {
          eyes += 1
          #expect(landmarks.leftEye.x < landmarks.rightEye.x)
          #expect(abs(try #require(face.roll)) < 35)
          #expect(landmarks.leftEye.y < face.box.center.y + 0.1 * face.box.height)
        }
      }
    }
    #expect(found >= 9 && eyes >= 5, "\(found) faces, \(eyes) pairs of eyes of 10")
  }

  @Test(
    "animeface and the anime cascade find the same faces",
    .enabled(
      if: DetectorFiles.ready("animeface", "lbp-anime"), "a model or EASEL_TEST_DATA is missing")
  )
  func animeDetectors() throws {
    let (library, cascade) = (try Self.detector("animeface"), try Self.detector("lbp-anime"))
    var both = 0
    for image in try DetectorFiles.images("selfie2anime/testB", limit: 12) {
      guard let a = try library.detect(image).first, let b = try cascade.detect(image).first else { continue }
      #expect(a.extent.intersectionOverUnion(b.extent) > 0.35)
      let landmarks = try #require(a.landmarks)
      #expect(landmarks.leftEye.x < landmarks.rightEye.x)
      #expect(b.landmarks == nil)
      both += 1
    }
    #expect(both >= 9, "\(both) of 12")
  }

  @Test(
    "Faces of sprites with transparency are found",
    .enabled(if: DetectorFiles.ready("lbp-anime"), "a model or EASEL_TEST_DATA is missing"))
  func sprites() throws {
    let detector = try Self.detector("lbp-anime")
    let sprites = try DetectorFiles.images("renpy-sprites/the_question").filter { $0.format == .rgba }
    #expect(sprites.count == 8)
    let found = try sprites.prefix(4).filter { try !detector.detect($0).isEmpty }.count
    #expect(found == 4)
  }

  @Test(
    "Images of extreme sizes and all formats have no faces and cause no errors",
    .enabled(if: DetectorFiles.ready("yunet"), "EASEL_MODELS or EASEL_TEST_DATA is not set"))
  func extremeSizes() throws {
    let detector = try Self.detector("yunet")
    for (width, height) in [(1, 1), (2, 700), (4000, 5), (33, 31)] {
      for format in [ImageBuffer.Format.gray, .rgb, .rgba] {
        let image = ImageBuffer(
          width: width, height: height, format: format,
          filledWith: [UInt8](repeating: 130, count: format.rawValue))
        #expect(try detector.detect(image).isEmpty)
      }
    }
  }
}

struct DetectorCatalogueTests {
  @Test("If a model is missing, the error names it and the command that fetches it") func missingModels()
    throws
  {
    let empty = DetectorCatalogue { _ in nil }
    for (name, model) in [
      ("yunet", "yunet"), ("centerface", "centerface"), ("animeface", "animeface"),
      ("lbp-anime", "lbp-anime"),
    ] {
      let error = try #require(throws: DetectorError.self) { _ = try empty.detector(name, for: .a) }
      #expect(error == .missing(model: model, detector: name))
      #expect(error.description.contains("easel models fetch \(model)"))
    }
    let haar = try #require(throws: DetectorError.self) { _ = try empty.detector("haar", for: .a) }
    #expect(haar.description.contains("opencv-data"))
    #expect(throws: DetectorError.missing(model: "yunet", detector: "yunet")) {
      _ = try empty.detector("auto", for: .a)
    }
    #expect(throws: DetectorError.unknown("retina")) { _ = try empty.detector("retina", for: .b) }
  }

  @Test(
    "The detector auto chooses the best installed detector",
    .enabled(
      if: DetectorFiles.ready("haar", "lbp-anime", "yunet", "yunet-n"),
      "a model or EASEL_TEST_DATA is missing"))
  func autoDetector() throws {
    func name(_ domain: Domain, _ models: Set<String>) throws -> String {
      try DetectorCatalogue { models.contains($0) ? DetectorFiles.find($0) : nil }.detector(
        "auto", for: domain
      ).name
    }
    let cascades: Set = ["haar", "lbp-anime"]
    #expect(try name(.a, cascades) == "haar")
    #expect(try name(.a, cascades.union(["yunet"])) == "yunet")
    #expect(try name(.a, ["yunet-n"]) == "yunet")
    if DetectorFiles.find("centerface") != nil {
      #expect(try name(.a, cascades.union(["centerface"])) == "centerface")
    }
    #expect(try name(.b, cascades.union(["yunet"])) == "lbp-anime")
  }

  @Test(
    "A detector's version depends on its model files",
    .enabled(if: DetectorFiles.ready("yunet", "yunet-n"), "EASEL_MODELS or EASEL_TEST_DATA is not set"))
  func versions() throws {
    let first = try DetectorCatalogue(model: DetectorFiles.find).detector("yunet", for: .a)
    let again = try DetectorCatalogue(model: DetectorFiles.find).detector("auto", for: .a)
    let second = try DetectorCatalogue { $0 == "yunet-n" ? nil : DetectorFiles.find($0) }.detector(
      "yunet", for: .a)
    #expect(first.version == again.version)
    #expect(first.version != second.version)
  }

  @Test("A broken model file is an error when the detector is created") func brokenModels() throws {
    let folder = try TemporaryFolder()
    let file = folder.appending("broken")
    try Data("broken".utf8).write(to: file)
    let catalogue = DetectorCatalogue { _ in file }
    for name in ["yunet", "haar", "animeface", "lbp-anime", "auto"] {
      let error = #expect(throws: VisionError.self, "\(name)") { _ = try catalogue.detector(name, for: .a) }
      #expect(error?.description.contains(file.path) == true)
    }
  }
}
