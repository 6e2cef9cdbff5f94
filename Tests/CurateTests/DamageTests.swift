import CurationFixture
import Dataset
import Foundation
import Imaging
import Ledger
import TestSupport
import Testing

import Vision

@testable import Curate

/// Measures of images with known damage, for photos and anime.
@Suite(.enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set")) struct DamageTests {
  /// Increasing damage, and the measure that detects it.
  struct Kind: Sendable, CustomTestStringConvertible {
    let name: String
    let measure: String
    /// Whether the measure grows with the damage.
    let isRising: Bool
    let levels: [Double]
    /// The minimum area under the curve; the measure must be monotonic for 95 % of the images.
    var area = 0.95
    let damage: @Sendable (ImageBuffer, Double, Int) throws -> ImageBuffer

    var testDescription: String { name }
  }

  static let kinds = [
    Kind(name: "focus blur", measure: "sharpness", isRising: false, levels: [0, 1, 2, 4]) { image, level, _ in
      level == 0 ? image : image.blurred(level)
    },
    Kind(name: "motion blur", measure: "sharpness", isRising: false, levels: [0, 5, 9, 15]) {
      image, level, number in
      level == 0 ? image : image.smeared(Int(level), angle: Double(number * 37 % 180) * .pi / 180)
    },
    Kind(name: "JPEG", measure: "blocking", isRising: true, levels: [100, 85, 70, 40, 20, 10]) {
      image, level, _ in
      level == 100 ? image : try image.reencoded(quality: Int(level))
    },
    Kind(name: "too little light", measure: "white-point", isRising: false, levels: [1, 0.7, 0.5, 0.3]) {
      image, level, _ in image.brightened(level)
    },
    Kind(name: "too much light", measure: "clipped", isRising: true, levels: [1, 1.5, 2]) {
      image, level, _ in image.brightened(level)
    },
    Kind(name: "enlarging", measure: "resolution", isRising: false, levels: [1, 1.5, 2, 3, 4]) {
      image, level, _ in level == 1 ? image : image.upscaled(level)
    },
  ]

  /// One row of values for each image, by increasing damage.
  private func rows(_ kind: Kind, of folder: String) throws -> [[Double]] {
    let root = try #require(TestData.images).appendingPathComponent("selfie2anime/\(folder)")
    let names = try FileManager.default.contentsOfDirectory(atPath: root.path).sorted()
    return try (0..<16).map { number in
      let name = names[number * names.count / 16]
      let image = try ImageFile.read(root.appendingPathComponent(name)).image.converted(to: .rgb)
      return try kind.levels.map { level in
        let value = Self.value(kind.measure, of: try kind.damage(image, level, number))
        return kind.isRising ? value : -value
      }
    }
  }

  private static func value(_ measure: String, of image: ImageBuffer) -> Double {
    let figure = Foreground(crop: image, alpha: nil)
    switch measure {
    case "sharpness": return Sharpness(figure).sharpness
    case "motion": return Sharpness(figure).motion
    case "blocking": return CompressionTraces(LumaPatch(image)).blocking
    case "white-point": return Exposure(figure).whitePoint
    case "clipped": return Exposure(figure).clipped
    default: return RealResolution.measure(LumaPatch(image)) ?? .nan
    }
  }

  /// The probability that a value of `high` is above one of `low` (area under the curve).
  private func area(_ low: [Double], _ high: [Double]) -> Double {
    let wins = low.reduce(0.0) { sum, a in
      high.reduce(sum) { $0 + ($1 > a ? 1 : $1 == a ? 0.5 : 0) }
    }
    return wins / Double(low.count * high.count)
  }

  @Test(
    "Each measure grows with its damage and separates damaged from undamaged",
    arguments: kinds, ["trainA", "trainB"])
  func damage(_ kind: Kind, folder: String) throws {
    let rows = try rows(kind, of: folder)
    let values = rows.flatMap { $0 }
    let slack = 0.01 * ((values.max() ?? 0) - (values.min() ?? 0))
    let growing = rows.count { row in zip(row, row.dropFirst()).allSatisfy { $1 >= $0 - slack } }
    #expect(Double(growing) >= 0.95 * Double(rows.count), "\(growing) of \(rows.count)")
    let told = area(rows.map { $0[0] }, rows.flatMap { $0.dropFirst() })
    #expect(told >= kind.area, "area \(told)")
  }

  @Test(
    "Motion blur is distinguished from defocus",
    arguments: ["trainA", "trainB"])
  func motionOrFocus(folder: String) throws {
    func motion(_ index: Int) throws -> [Double] {
      let kind = Self.kinds[index]
      let telling = Kind(
        name: kind.name, measure: "motion", isRising: true, levels: Array(kind.levels.dropFirst()),
        damage: kind.damage)
      return try rows(telling, of: folder).flatMap { $0 }
    }
    #expect(area(try motion(0), try motion(1)) >= 0.95)
  }
  @Test(
    "Good photos with a blurred background are below the limit for compression, and above it at JPEG quality 5",
    arguments: [
      "celebrity-pairs/dataset/img36.jpg", "celebrity-pairs/dataset/img56.jpg",
      "celeba-hq/ref/female/058225.jpg", "celeba-hq/ref/female/142595.jpg", "celeba-hq/src/male/005735.jpg",
    ])
  func blurredBackground(file: String) throws {
    let image = try ImageFile.read(try #require(TestData.images).appendingPathComponent(file)).image
    func blocking(_ image: ImageBuffer) -> Double {
      let center = image.cropped(x: image.width / 2 - 256, y: image.height / 2 - 256, width: 512, height: 512)
      return CompressionTraces(LumaPatch(center)).blocking
    }
    let rule = try #require(CurateSettings.Preset.normal.rules.first { $0.measure == .blocking })
    let maximum = try #require(rule.maximum)
    #expect(blocking(image) < maximum)
    #expect(try blocking(image.reencoded(quality: 5)) > maximum)
  }
}
