import Dataset
import Foundation
import Imaging
import Mask
import MaskScenes
import TestSupport
import Testing
import Vision

@Suite struct CutoutTests {
  private func noModels(_ name: String) throws -> URL {
    throw MaskError("no-model", "no model \(name) in this test")
  }

  private func alpha(_ cutout: Cutout) throws -> Plane { Plane(try #require(cutout.image.alpha)) }

  @Test(
    "The color model masks anime characters close to the true alpha",
    .enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"))
  func colorModelQuality() throws {
    let root = try #require(TestData.images)
    let maker = try ForegroundExtractor(.colorModel, models: noModels)
    let stage = try SpriteSceneRenderer(root)
    var scores: [MaskScore] = []
    for number in 0..<26 {
      let scene = try stage.scene(number, seed: 1)
      scores.append(MaskScore(try alpha(try maker(scene.subject)), scene.truth))
    }
    let found = MaskScores(scores)
    #expect(found.overlap > 0.91, "mean IoU \(found.overlap)")
    #expect(found.worstTenth > 0.7, "worst tenth \(found.worstTenth)")
    #expect(found.error < 0.07, "mean alpha error \(found.error)")
  }

  @Test(
    "Soft edges do not keep the color of the old background",
    .enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"))
  func noHalo() throws {
    let root = try #require(TestData.images)
    let sprite = try ImageFile.read(
      root.appendingPathComponent("renpy-sprites/the_question/sylvie blue smile.png")
    ).image.cropped(x: 30, y: 0, width: 280, height: 280)
    let truth = Plane(try #require(sprite.alpha))
    let green = sprite.composited(on: [0, 255, 0])
    let clean = try extractForeground(green, alpha: truth)
    let (wanted, found) = (sprite.composited(on: [255, 255, 255]), clean.composited(on: [255, 255, 255]))
    let kept = green.composited(on: [255, 255, 255])
    var (difference, haloed, count) = (0, 0, 0)
    for index in truth.values.indices where truth.values[index] > 0.02 && truth.values[index] < 0.98 {
      for channel in 0..<3 {
        let right = Int(wanted.bytes[index * 3 + channel])
        difference += abs(Int(found.bytes[index * 3 + channel]) - right)
        haloed += abs(Int(kept.bytes[index * 3 + channel]) - right)
      }
      count += 3
    }
    #expect(count > 300)
    #expect(Double(difference) / Double(count) < 8, "\(Double(difference) / Double(count)) of 255")
    #expect(haloed > difference * 3, "unchanged colors must exceed the bound")
  }

  @Test(
    "Part masks are united and transformed with the crop",
    .enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"))
  func partMasks() throws {
    let root = try #require(TestData.images).appendingPathComponent("celebamask-hq/derived-original-layout")
    let file = root.appendingPathComponent("CelebA-HQ-img/0.jpg")
    let photo = try ImageFile.read(file).image
    let maps = root.appendingPathComponent("CelebAMask-HQ-mask-anno/0")
    var union = [Bool](repeating: false, count: 512 * 512)
    for name in try FileManager.default.contentsOfDirectory(atPath: maps.path)
    where name.hasPrefix("00000_") && !name.hasSuffix("_cloth.png") {
      let part = try ImageFile.read(maps.appendingPathComponent(name)).image.converted(to: .gray)
      try #require(part.size == PixelSize(width: 512, height: 512))
      for index in union.indices where part.bytes[index] > 127 { union[index] = true }
    }
    let scale = 256.0 / Double(photo.width)
    let map = AffineMap(scale, 0, (scale - 1) / 2 + 5, 0, scale, (scale - 1) / 2 - 3)
    let size = PixelSize(width: 256, height: 256)
    let crop = try photo.converted(to: .rgb).warped(by: map, to: size, border: .constant([255, 255, 255]))
    let subject = MaskSubject(
      crop,
      origin: MaskSubject.Origin(
        file: file, kind: .celebamaskHQ, parts: [], matrix: map, size: photo.size))
    let cutout = try ForegroundExtractor(.auto, models: noModels)(subject)
    #expect(cutout.summary.method == "parts")
    let found = try alpha(cutout)
    var (both, either) = (0, 0)
    for y in 0..<256 {
      for x in 0..<256 {
        let (u, v) = (2 * (x - 5), 2 * (y + 3))
        let right = (0..<512).contains(u) && (0..<512).contains(v) && union[v * 512 + u]
        if right && found[x, y] >= 0.5 { both += 1 }
        if right || found[x, y] >= 0.5 { either += 1 }
      }
    }
    #expect(Double(both) / Double(either) > 0.98)

    let other = MaskSubject(
      crop,
      origin: MaskSubject.Origin(
        file: file, kind: .celebamaskHQ, parts: ["hair"], matrix: map, size: photo.size))
    let hair = try ForegroundExtractor(.parts, models: noModels)(other)
    #expect(hair.summary.coverage < cutout.summary.coverage * 0.8)
  }

  @Test("An image's own alpha is used unchanged") func ownAlpha() throws {
    var image = ImageBuffer(width: 40, height: 40, format: .rgba, filledWith: [9, 8, 7, 0])
    for y in 10..<40 { for x in 10..<30 { image.bytes[(y * 40 + x) * 4 + 3] = 200 } }
    let cutout = try ForegroundExtractor(.auto, models: noModels)(MaskSubject(image))
    #expect(cutout.image == image)
    #expect(cutout.summary.method == "alpha")
    #expect(abs(cutout.summary.coverage - 600.0 / 1600 * 200 / 255) < 1e-4)
  }

  @Test("A method that does not apply fails with its reason code") func inapplicableMethod() throws {
    let image = ImageBuffer(width: 32, height: 32, format: .rgb, filledWith: [10, 20, 30])
    let errors = try [MaskSettings.Method.alpha, .parts].map { method -> String in
      do {
        _ = try ForegroundExtractor(method, models: noModels)(MaskSubject(image))
        return ""
      } catch let error as MaskError { return error.reason.rawValue }
    }
    #expect(errors == ["no-alpha", "no-parts"])
  }

  @Test("A flat image gets the mask of a centred head", arguments: [1, 2, 7, 33]) func flatImage(side: Int)
    throws
  {
    let image = ImageBuffer(width: side, height: side * 2, format: .rgb, filledWith: [128, 128, 128])
    let cutout = try ForegroundExtractor(.colorModel, models: noModels)(MaskSubject(image))
    #expect(cutout.image.size == image.size)
    let alpha = try alpha(cutout)
    // Colors contain no information here, so the mask is the average head around the assumed face.
    #expect(alpha[side / 2, Int(1.12 * Double(side))] == 1, "the face is foreground")
    // Below about eight pixels the head fills the image.
    guard side > 7 else { return }
    #expect(alpha[0, 0] == 0 && alpha[side - 1, 0] == 0, "the upper corners are background")
    #expect((0.3...0.8).contains(cutout.summary.coverage), "coverage \(cutout.summary.coverage)")
  }

  @Test("A face outside the mask and an empty mask are flagged") func faceOutside() throws {
    var image = ImageBuffer(width: 64, height: 64, format: .rgba, filledWith: [200, 100, 50, 0])
    let face = FaceGuide(box: Box(x: 20, y: 20, width: 24, height: 24))
    let maker = try ForegroundExtractor(.alpha, models: noModels)
    #expect(try maker(MaskSubject(image, face: face)).summary.flags == ["empty"])
    for y in 0..<64 { for x in 0..<12 { image.bytes[(y * 64 + x) * 4 + 3] = 255 } }
    let flags = try maker(MaskSubject(image, face: face)).summary.flags
    #expect(flags.contains("face-outside"))
    #expect(flags.contains("touches-left"))
    #expect(!flags.contains("touches-right"))
  }

  @Test("Each flag has its measure, and worse masks are more suspicious") func flags() throws {
    let face = FaceGuide(box: Box(x: 20, y: 24, width: 24, height: 24))
    let maker = try ForegroundExtractor(.alpha, models: noModels)
    func summary(_ isForeground: (Int, Int) -> Bool) throws -> Sample.MaskSummary {
      var image = ImageBuffer(width: 64, height: 64, format: .rgba, filledWith: [200, 100, 50, 0])
      for y in 0..<64 { for x in 0..<64 where isForeground(x, y) { image.bytes[(y * 64 + x) * 4 + 3] = 255 } }
      return try maker(MaskSubject(image, face: face)).summary
    }
    let good = try summary { x, y in (8..<56).contains(x) && y > 8 }
    #expect(good.flags.isEmpty)
    #expect(good.checkPriority == 0)
    #expect(good.lint?["touches-bottom"] == 0.75)
    let bald = try summary { x, y in (8..<56).contains(x) && y > 22 }
    #expect(bald.flags == ["hair-eaten"])
    #expect(try #require(bald.lint?["hair-eaten"]) > 0.7)
    let holed = try summary { x, y in
      (8..<56).contains(x) && y > 8 && !((30..<40).contains(x) && (50..<60).contains(y))
    }
    #expect(holed.flags == ["holes"])
    #expect(abs(try #require(holed.lint?["holes"]) - 100.0 / 4096) < 0.001)
    let halved = try summary { x, y in (30..<64).contains(x) && y > 8 }
    #expect(halved.flags.contains("face-outside"))
    #expect(halved.checkPriority > bald.checkPriority && bald.checkPriority > holed.checkPriority)
  }

  @Test("Five landmarks locate the face independently of the detector's box") func landmarksBeatBox() throws {
    var image = ImageBuffer(width: 96, height: 96, format: .rgb, filledWith: [40, 90, 160])
    for y in 0..<96 {
      for x in 0..<96 where (x - 48) * (x - 48) + (y - 50) * (y - 50) < 500 {
        image.bytes.replaceSubrange((y * 96 + x) * 3..<(y * 96 + x) * 3 + 3, with: [225, 185, 150])
      }
    }
    var landmarks = Landmarks(leftEye: Point(x: 42, y: 46), rightEye: Point(x: 54, y: 46))
    landmarks.nose = Point(x: 48, y: 53)
    (landmarks.leftMouth, landmarks.rightMouth) = (Point(x: 43, y: 60), Point(x: 53, y: 60))
    let maker = try ForegroundExtractor(.colorModel, models: noModels)
    let cutouts = try [12.0, 90].map { side in
      let box = Box(x: 48 - side / 2, y: 50 - side / 2, width: side, height: side)
      return try maker(MaskSubject(image, face: FaceGuide(box: box, landmarks: landmarks)))
    }
    #expect(cutouts[0].image == cutouts[1].image)
    let disc = 500 * Double.pi / (96 * 96)
    // The prior expects a neck, which a disc lacks, so a little below the disc may be foreground.
    #expect(abs(cutouts[0].summary.coverage - disc) < 0.05, "\(cutouts[0].summary.coverage) of \(disc)")
    #expect(cutouts[0].summary.flags.isEmpty)
  }
}
