import Dataset
import Foundation
import Imaging
import TestSupport
import Testing

@testable import Crop

struct OrientationTests {
  /// The detector with this name in the settings, for one domain.
  private func detector(_ name: String, for domain: Domain) throws -> any FaceDetector {
    try DetectorCatalogue { DetectorFiles.find($0) }.detector(name, for: domain)()
  }

  /// `image` rotated clockwise by multiples of 90 degrees.
  private func rotated(_ image: ImageBuffer, quarters: Int) -> ImageBuffer {
    switch quarters {
    case 1: image.upright(from: .rightTop)
    case 2: image.upright(from: .bottomRight)
    case 3: image.upright(from: .leftBottom)
    default: image
    }
  }

  @Test(
    "Faces in upside-down and sideways portraits are found with the right orientation",
    .enabled(if: DetectorFiles.ready("yunet", "haar"), "a model or EASEL_TEST_DATA is missing"),
    arguments: [0, 1, 2, 3])
  func rotatedPhotographs(quarters: Int) throws {
    let detector = try detector("yunet", for: .a)
    var (found, wrong) = (0, 0)
    let images = try DetectorFiles.images("celeba-hq/src/female", limit: 8)
    for image in images {
      let small = image.converted(to: .rgb).resized(to: PixelSize(width: 384, height: 384))
      let faces = try detector.detect(rotated(small, quarters: quarters))
      for face in faces {
        let roll = try #require(face.eyeRoll)
        if abs(remainder(roll - 90 * Double(quarters), 360)) >= 45 { wrong += 1 }
        found += 1
      }
    }
    #expect(found >= images.count && wrong == 0, "\(wrong) of \(found) have the wrong orientation")
  }

  @Test(
    "Upright anime faces stay upright, and few sideways or upside-down ones get the wrong orientation",
    .enabled(if: DetectorFiles.ready("animeface", "lbp-anime"), "a model or EASEL_TEST_DATA is missing"),
    arguments: [0, 1, 2, 3])
  func rotatedAnime(quarters: Int) throws {
    let detector = try detector("animeface", for: .b)
    let images = try DetectorFiles.images("selfie2anime/trainB", limit: 20).map { $0.converted(to: .rgb) }
    var (found, wrong) = (0, 0)
    for image in images {
      for face in try detector.detect(rotated(image, quarters: quarters)) {
        // The cascade finds no eyes, but only upright faces.
        if abs(remainder((face.eyeRoll ?? 0) - 90 * Double(quarters), 360)) >= 45 { wrong += 1 }
        found += 1
      }
    }
    #expect(found >= 16, "\(found) of \(images.count) are found")
    #expect(wrong <= (quarters == 0 ? 0 : 1), "\(wrong) of \(found) have the wrong orientation")
  }

  @Test(
    "Detectors agree on face sizes to within 5 percent in the median",
    .enabled(if: DetectorFiles.ready("yunet", "haar"), "a model or EASEL_TEST_DATA is missing"))
  func sizes() throws {
    let detectors = try ["yunet", "haar"].map { try detector($0, for: .a) }
    var ratios: [Double] = []
    for image in try DetectorFiles.images("lfw", limit: 40) {
      let sizes = try detectors.map { try $0.detect(image).map(\.size).max() ?? 0 }
      if sizes[0] > 0, sizes[1] > 0 { ratios.append(sizes[0] / sizes[1]) }
    }
    #expect(ratios.count >= 36)
    #expect(abs(ratios.sorted()[ratios.count / 2] - 1) < 0.05)
  }
}
