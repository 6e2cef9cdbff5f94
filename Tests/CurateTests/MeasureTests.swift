import Dataset
import Foundation
import Imaging
import Ledger
import TestSupport
import Testing

@testable import Curate

@Suite struct MeasureTests {
  private func quality(_ image: ImageBuffer, alpha: ImageBuffer? = nil) -> [String: Double] {
    let id = SourceID(sha256: String(repeating: "0", count: 64))
    let crop = CropRow(
      id: "c", domain: .a, image: id, number: 0,
      face: Sample.Face(detector: "given", score: 0.75, box: Box(x: 0, y: 0, width: 40, height: 30)),
      digest: "d")
    let mask = MaskRow(id: "c", summary: Sample.MaskSummary(method: "none", coverage: 1), digest: "m")
    let figure = alpha.map { image.withAlpha($0) } ?? image
    return Measures.measure(crop, mask: mask, pixels: image, figure: figure, source: nil).quality
  }

  @Test func brightnessContrastAndSaturationAreThoseOfTheFigureAlone() {
    // Left half: figure, grey 51; right half: background, red.
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

  @Test func blackAndWhitePixelsAreClippedAndHaveTheGreatestContrast() {
    var image = ImageBuffer(width: 64, height: 64, format: .rgb, filledWith: [0, 0, 0])
    image.paste(ImageBuffer(width: 64, height: 32, format: .rgb, filledWith: [255, 255, 255]), x: 0, y: 0)
    let values = quality(image)
    #expect(values["clipped"] == 1)
    #expect(values["contrast"] == 1)
    #expect(values["brightness"] == 0.5)
    #expect(values["sharpness"] == 1)
  }

  @Test func aDrawingsFlatShadingIsNotBlur() {
    // One hard bar on a flat ground: next to nothing for a Laplacian's variance, as sharp as can be here.
    var image = ImageBuffer(width: 256, height: 256, format: .rgb, filledWith: [230, 220, 210])
    image.paste(ImageBuffer(width: 40, height: 200, format: .rgb, filledWith: [40, 30, 30]), x: 100, y: 20)
    #expect(quality(image)["sharpness"] ?? 0 > 0.95)
    #expect(quality(image.blurred(3))["sharpness"] ?? 1 < 0.1)
  }

  @Test(.enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"))
  func sharpnessFallsWithEveryBlurAndTellsBlurredFromSharp() throws {
    let root = try #require(TestData.images).appendingPathComponent("selfie2anime")
    for (folder, atSigma1) in [("trainA", 0.93), ("trainB", 0.98)] {
      let names = try FileManager.default.contentsOfDirectory(
        atPath: root.appendingPathComponent(folder).path
      ).sorted().prefix(20)
      let sigmas = [0.0, 1, 2, 4]
      var values: [[Double]] = []
      for name in names {
        let image = try ImageFile.read(root.appendingPathComponent("\(folder)/\(name)")).image.converted(
          to: .rgb)
        values.append(
          sigmas.map { Sharpness.measure(Figure(crop: $0 == 0 ? image : image.blurred($0), alpha: nil)) })
      }
      let falling = values.count { $0[0] >= $0[1] && $0[1] >= $0[2] && $0[2] >= $0[3] }
      #expect(Double(falling) >= 0.95 * Double(values.count), "\(folder)")
      // The area under the curve: how often a sharp image has more than a blurred one.
      for (index, least) in [(1, atSigma1), (2, 0.99), (3, 1.0)] {
        let wins = values.reduce(0) { total, sharp in total + values.count { sharp[0] > $0[index] } }
        #expect(
          Double(wins) >= least * Double(values.count * values.count), "\(folder), sigma \(sigmas[index])")
      }
    }
  }
}
