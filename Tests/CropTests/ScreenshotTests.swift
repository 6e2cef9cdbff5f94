import Dataset
import Foundation
import Imaging
import TestSupport
import Testing
import Vision

@testable import Crop

struct ScreenshotTests {
  /// `picture` with bars of `vertical` pixels at the top and bottom and `horizontal` pixels at the left and
  /// right.
  private func barred(_ picture: ImageBuffer, _ vertical: Int, _ horizontal: Int, _ level: UInt8) throws
    -> ImageBuffer
  {
    try picture.converted(to: .rgb).warped(
      by: .translation(x: Double(horizontal), y: Double(vertical)),
      to: PixelSize(width: picture.width + 2 * horizontal, height: picture.height + 2 * vertical),
      border: .constant([level, level, level]))
  }

  @Test(
    "Black bars are found with their exact size",
    .enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"))
  func blackBars() throws {
    for (number, picture) in try DetectorFiles.images("anime-frames").enumerated() where number != 6 {
      for (vertical, horizontal) in [(90, 0), (0, 160), (40, 60)] {
        let whole = try ImageCodec.decode(
          barred(picture, vertical, horizontal, 8).jpeg(quality: 80)
        ).image
        guard let found = BlackBars(of: whole)?.content else {
          // Bars may be missed only if the picture itself is dark.
          #expect(try darkness(picture) > 0.3)
          continue
        }
        let ends = [
          found.x - Double(horizontal), found.y - Double(vertical),
          found.x + found.width - Double(horizontal + picture.width),
          found.y + found.height - Double(vertical + picture.height),
        ]
        #expect(try ends.allSatisfy { abs($0) <= 4 } || darkness(picture) > 0.3, "\(ends)")
      }
    }
  }

  private func darkness(_ picture: ImageBuffer) throws -> Double {
    let gray = picture.converted(to: .gray)
    return Double(gray.bytes.count { $0 < 48 }) / Double(gray.bytes.count)
  }

  @Test(
    "No bars are found in pictures without bars, even dark ones",
    .enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"))
  func noBars() throws {
    let frames = try DetectorFiles.images("anime-frames")
    // The seventh frame has bars of its own, of 20 black rows.
    #expect(abs((BlackBars(of: frames[6])?.content.y ?? 0) - 20) <= 2)
    for picture in try frames[..<6] + frames[7...] + DetectorFiles.images("selfie2anime/testB", limit: 30) {
      #expect(BlackBars(of: picture) == nil)
      var night = picture.converted(to: .rgb)
      night.bytes = night.bytes.map { $0 / 3 }
      #expect(BlackBars(of: night) == nil)
    }
    #expect(BlackBars(of: ImageBuffer(width: 200, height: 100, format: .rgb, filledWith: [0, 0, 0])) == nil)
  }

  @Test("Black bars that contain text are found") func barsWithText() throws {
    var picture = ImageBuffer(width: 640, height: 480, format: .rgb, filledWith: [4, 4, 4])
    for y in 60..<420 {
      for x in 0..<640 {
        for channel in 0..<3 { picture.bytes[(y * 640 + x) * 3 + channel] = UInt8(60 + (x * y) % 150) }
      }
    }
    for x in 180..<460 where x % 12 < 5 {
      for y in 438..<460 {
        for channel in 0..<3 { picture.bytes[(y * 640 + x) * 3 + channel] = 240 }
      }
    }
    let content = try #require(BlackBars(of: picture)?.content)
    #expect(abs(content.y - 60) <= 2 && abs(content.height - 360) <= 4 && content.width == 640)
  }

  @Test("A crop records its shares outside the picture, in bars and under captions") func shares() throws {
    let picture = ImageBuffer(width: 400, height: 300, format: .rgb, filledWith: [128, 128, 128])
    var settings = CropSettings(domain: .b)
    (settings.framing, settings.minFace, settings.border) = (.box(2), 10, .white)
    let face = DetectedFace.mean(unit: 50, moved: .translation(x: 60, y: 120))
    var detection = DetectionResult(detector: "known", size: picture.size, faces: [face])
    detection.content = Box(x: 0, y: 100, width: 400, height: 150)
    detection.captions = [Box(x: 0, y: 200, width: 400, height: 25)]
    let cutter = FaceCutter(
      selection: FaceSelection(settings: settings, rule: FramingRule(settings.framing)), size: 100)
    let cut = try #require(try cutter.cut(detection, from: SourcePicture(picture)).faces.first)
    let shares = try #require(cut.cut)
    // The square: 214.6 a side about (60, 154.9), so 47 columns left of the image, 53 rows of bar above and 12 below.
    #expect(abs(shares.outside - 0.22) < 0.02)
    #expect(abs(shares.bars - 0.78 * 0.303) < 0.02)
    #expect(abs(shares.subtitle - 0.78 * 0.1165) < 0.025)
    let crop = try #require(cut.pixels)
    #expect(Array(crop.bytes[(5 * 100 + 60) * 3..<(5 * 100 + 61) * 3]) == [255, 255, 255])
    #expect(Array(crop.bytes[(60 * 100 + 60) * 3..<(60 * 100 + 61) * 3]) == [128, 128, 128])
  }

  @Test(
    "Captions are found in frames that have them, and rarely in others",
    .enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"))
  func captions() throws {
    let frames = try DetectorFiles.images("anime-frames")
    // A line of text along the bottom, pink, yellow with an outline, and white.
    for number in [7, 8, 14] {
      let lines = try Captions.find(in: frames[number])
      #expect(lines.contains { $0.y > 560 && $0.width > 600 && $0.height < 90 }, "\(number): \(lines)")
    }
    // Faces, hair, folds and a checkered background.
    for number in [1, 4, 9, 10, 12, 15] {
      #expect(try Captions.find(in: frames[number]).isEmpty, "\(number)")
    }
    var wrong = 0
    let faces = try DetectorFiles.images("selfie2anime/testB", limit: 40)
    for face in faces { wrong += try Captions.find(in: face).isEmpty ? 0 : 1 }
    #expect(wrong <= 2)
  }
}
