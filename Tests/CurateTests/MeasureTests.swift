import CurationFixture
import Dataset
import Foundation
import Imaging
import Ledger
import TestSupport
import Testing

@testable import Curate

@Suite struct MeasureTests {
  @Test("Rules can use a mask's numbers, and the rejection names them")
  func maskRules() throws {
    let id = SourceID(sha256: Digest(of: "a").hex)
    let candidate = CurationInput.Candidate(
      image: ImageRow(
        domain: .a, id: id, source: 0, kind: .photos, file: "/a", path: "a", sha256: id.rawValue, digest: "1"),
      crop: CropRow(
        id: "a", domain: .a, image: id, number: 0,
        face: Sample.Face(detector: "given", score: 1, box: Box(x: 0, y: 0, width: 9, height: 9)), digest: "1"
      ),
      mask: MaskRow(
        id: "a",
        summary: Sample.MaskSummary(
          method: "color-model", coverage: 0.4, lint: ["holes": 0.03, "touches-top": 0.2]),
        digest: "1"))
    let rules = Rules([
      CurateSettings.Rule(measure: .maskTouchesTop, minimum: 0, maximum: 0.3),
      // No rule rejects a sample because of a missing measure.
      CurateSettings.Rule(measure: .maskHairEaten, minimum: 0.5),
      CurateSettings.Rule(measure: .maskHoles, minimum: 0, maximum: 0.02),
    ])
    let decision = try #require(rules.rejection(of: candidate))
    #expect(decision.why == "mask-holes-too-high" && decision.measure == "mask-holes")
    #expect(decision.value == 0.03 && decision.threshold == 0.02)
  }

  private func quality(_ image: ImageBuffer, alpha: ImageBuffer? = nil) -> MeasureValues {
    let id = SourceID(sha256: String(repeating: "0", count: 64))
    let crop = CropRow(
      id: "c", domain: .a, image: id, number: 0,
      face: Sample.Face(detector: "given", score: 0.75, box: Box(x: 0, y: 0, width: 40, height: 30)),
      digest: "d")
    let mask = MaskRow(id: "c", summary: Sample.MaskSummary(method: "none", coverage: 1), digest: "m")
    let figure = alpha.map { image.withAlpha($0) } ?? image
    return Measures.measure(crop, mask: mask, pixels: image, cutout: figure, source: nil)
      .quality
  }

  @Test("Brightness, contrast and saturation are taken from the foreground only")
  func foregroundOnly() {
    // Left half: foreground, grey 51; right half: background, red.
    var image = ImageBuffer(width: 64, height: 64, format: .rgb, filledWith: [51, 51, 51])
    image.paste(ImageBuffer(width: 32, height: 64, format: .rgb, filledWith: [255, 0, 0]), x: 32, y: 0)
    var alpha = ImageBuffer(width: 64, height: 64, format: .gray, filledWith: [255])
    alpha.paste(ImageBuffer(width: 32, height: 64, format: .gray, filledWith: [0]), x: 32, y: 0)
    let masked = quality(image, alpha: alpha)
    #expect(masked["brightness"] == 0.2)
    #expect(masked["contrast"] == 0)
    #expect(masked["saturation"] == 0)
    #expect(masked["sharpness"] == 0, "the mask's outline is no edge of the figure")
    #expect(quality(image)["saturation"] == 0.5)
    #expect(masked["native-face"] == 30)
    #expect(masked["score"] == 0.75)
  }

  @Test("Pure black and white pixels are clipped and have the highest contrast")
  func clipped() {
    var image = ImageBuffer(width: 64, height: 64, format: .rgb, filledWith: [0, 0, 0])
    image.paste(ImageBuffer(width: 64, height: 32, format: .rgb, filledWith: [255, 255, 255]), x: 0, y: 0)
    let values = quality(image)
    #expect(values["clipped"] == 1)
    #expect(values["contrast"] == 1)
    #expect(values["brightness"] == 0.5)
    #expect(values["sharpness"] == 1)
    #expect(values["white-point"] == 1 && values["black-point"] == 0)
  }

  @Test("Flat shading in anime is not blur")
  func flatShading() {
    // A hard bar on a flat background: the Laplacian's variance is tiny, but the sharpness is 1.
    var image = ImageBuffer(width: 256, height: 256, format: .rgb, filledWith: [230, 220, 210])
    image.paste(ImageBuffer(width: 40, height: 200, format: .rgb, filledWith: [40, 30, 30]), x: 100, y: 20)
    #expect(quality(image)["sharpness"] ?? 0 > 0.95)
    #expect(quality(image.blurred(3))["sharpness"] ?? 1 < 0.1)
  }

  @Test("An image without color is grey, also as RGB with small differences")
  func grey() {
    var image = ImageBuffer(width: 64, height: 64, format: .rgb, filledWith: [90, 90, 90])
    image.paste(ImageBuffer(width: 32, height: 64, format: .rgb, filledWith: [200, 195, 200]), x: 0, y: 0)
    #expect(quality(image)["grey"] == 1)
    image.paste(ImageBuffer(width: 16, height: 64, format: .rgb, filledWith: [250, 30, 30]), x: 0, y: 0)
    let colored = quality(image)
    #expect(colored["grey"] == 0.75)
    #expect(colored["colorfulness"] ?? 0 > 0.5)
  }

  @Test("Motion blur affects one direction, and defocus all of them")
  func motion() {
    // A disc has edges in all directions.
    var image = ImageBuffer(width: 128, height: 128, format: .rgb, filledWith: [230, 230, 230])
    for y in 0..<128 {
      for x in 0..<128 where (x - 64) * (x - 64) + (y - 64) * (y - 64) < 1600 {
        for c in 0..<3 { image.bytes[(y * 128 + x) * 3 + c] = 20 }
      }
    }
    let (focus, moved) = (quality(image.blurred(2)), quality(image.smeared(9, angle: 0)))
    #expect(focus["motion"] ?? 1 < 0.3)
    #expect(moved["motion"] ?? 0 > 0.5)
    #expect(focus["sharpness"] ?? 1 < 0.2 && moved["sharpness"] ?? 1 < 0.2)
  }

  @Test("Interlaced fields have combing, and whole frames have none")
  func combing() {
    let whole = Picture.patches(5, side: 128)
    var torn = whole
    for y in stride(from: 1, to: 128, by: 2) {
      for x in 0..<122 {
        for c in 0..<3 { torn.bytes[(y * 128 + x) * 3 + c] = whole.bytes[(y * 128 + x + 6) * 3 + c] }
      }
    }
    #expect(quality(whole)["combing"] ?? 1 < 0.002)
    #expect(quality(torn)["combing"] ?? 0 > 0.01)
  }

  @Test("Repeated pixels do not count as detail")
  func repeatedPixels() {
    var image = Picture.patches(9, side: 128)
    // A texture, because an image of plain rectangles repeats its own columns.
    for index in image.bytes.indices {
      image.bytes[index] = image.bytes[index] / 2 + UInt8((index % 384 * 7 + index / 384 * 13) % 61)
    }
    let small = image.resized(to: PixelSize(width: 64, height: 64))
    var large = image
    for y in 0..<128 {
      for x in 0..<128 {
        for c in 0..<3 { large.bytes[(y * 128 + x) * 3 + c] = small.bytes[(y / 2 * 64 + x / 2) * 3 + c] }
      }
    }
    let (before, after) = (quality(image)["resolution"] ?? 0, quality(large)["resolution"] ?? 1)
    #expect(after < 0.7 * before)
  }

  @Test("Yaw is the angle of a projected head, also when it is tilted")
  func yaw() throws {
    for yaw in stride(from: -60.0, through: 60, by: 20) {
      // Eyes one apart in a plane, the nose 0.6 in front of it, all rolled by 20 degrees.
      let (turn, roll) = (yaw * .pi / 180, 20 * Double.pi / 180)
      let points = [(-0.5, 0.0, 0.0), (0.5, 0, 0), (0, 0.5, 0.6)].map { x, y, z in
        let across = x * cos(turn) + z * sin(turn)
        return Point(
          x: 100 + 40 * (across * cos(roll) - y * sin(roll)),
          y: 100 + 40 * (across * sin(roll) + y * cos(roll)))
      }
      var landmarks = Landmarks(leftEye: points[0], rightEye: points[1])
      landmarks.nose = points[2]
      let face = Sample.Face(
        detector: "yunet", score: 1, box: Box(x: 0, y: 0, width: 9, height: 9), landmarks: landmarks)
      #expect(abs(try #require(Pose.yaw(face)) - yaw) < 0.01)
    }
  }

  @Test("The occlusion of a face is the fraction that a patch covers")
  func occlusion() throws {
    var image = ImageBuffer(width: 128, height: 128, format: .rgb, filledWith: [224, 180, 160])
    let face = Sample.Face(
      detector: "yunet", score: 1, box: Box(x: 14, y: 14, width: 100, height: 100))
    func hidden() -> Double? {
      Occlusion.measure(Foreground(crop: image, alpha: nil), face: face, map: .identity)
    }
    #expect(hidden() == 0)
    image.paste(ImageBuffer(width: 128, height: 64, format: .rgb, filledWith: [40, 60, 160]), x: 0, y: 0)
    #expect(abs(try #require(hidden()) - 0.5) < 0.02)
  }

  @Test("The black side of a half-black face is measured, black hair beside a face and dark hair are not")
  func black() throws {
    func measured(_ width: Int, _ color: [UInt8], detector: String = "yunet") -> Double? {
      var image = ImageBuffer(width: 200, height: 200, format: .rgb, filledWith: [224, 180, 160])
      image.paste(ImageBuffer(width: width, height: 200, format: .rgb, filledWith: color), x: 0, y: 0)
      let face = Sample.Face(
        detector: detector, score: 1, box: Box(x: 70, y: 60, width: 60, height: 80))
      return Occlusion.black(Foreground(crop: image, alpha: nil), face: face, map: .identity)
    }
    let limit = try #require(
      CurateSettings.Preset.normal.rules.first { $0.measure == .black }?.maximum)
    #expect(try #require(measured(100, [0, 0, 0])) > 0.95)
    // The measured area begins at 55, the face at 70.
    #expect(try #require(measured(64, [0, 0, 0])) < limit)
    #expect(measured(100, [12, 12, 12]) == 0)
    #expect(measured(100, [0, 0, 0], detector: "given") == nil)
  }

  @Test(
    "A face outside the crop has no measures",
    arguments: [(400.0, 0.0), (0, 400), (-400, 0), (1e9, 1e9), (1e300, 0), (.nan, 0)])
  func occlusionOutside(x: Double, y: Double) {
    let image = ImageBuffer(width: 128, height: 128, format: .rgb, filledWith: [224, 180, 160])
    let face = Sample.Face(detector: "yunet", score: 1, box: Box(x: 14, y: 14, width: 100, height: 100))
    let map = AffineMap(1, 0, x, 0, 1, y)
    #expect(Occlusion.measure(Foreground(crop: image, alpha: nil), face: face, map: map) == nil)
  }

  /// The scores of OpenCV's quality module for the same files, decoded by another libjpeg.
  ///
  /// A change of one grey level in a twentieth of the pixels changes the score by 0.6.
  @Test(
    "BRISQUE equals OpenCV's",
    .enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"))
  func brisque() throws {
    let root = try #require(TestData.images)
    let brisque = try #require(Brisque.installed)
    let known = [
      ("selfie2anime/trainA/female_10055.jpg", 34.149), ("selfie2anime/trainA/female_10113.jpg", 14.739),
      ("selfie2anime/trainA/female_10178.jpg", 27.532),
    ]
    for (path, score) in known {
      let image = try ImageFile.read(root.appendingPathComponent(path)).image
      #expect(abs(brisque.measure(image) - score) < 1.5, "\(path)")
    }
  }
}
