import Dataset
import Foundation
import Imaging
import Tensors
import TestSupport
import Testing

@testable import Train

/// The expected numbers were computed with numpy 2 by torch-fidelity's formulas.
struct MetricsTests {
  private let first = MetricsTests.rows(12) { i, j in Float((i * 7 + j * 3) % 11) / 5 }
  private let second = MetricsTests.rows(9) { i, j in Float((i * 5 + j * 4 + 1) % 13) / 6 }

  private static func rows(_ count: Int, _ value: (Int, Int) -> Float) -> [[Float]] {
    var rows: [[Float]] = []
    for i in 0..<count { rows.append((0..<6).map { j in value(i, j) }) }
    return rows
  }

  @Test("Permutations are those of numpy's RandomState")
  func permutations() {
    var random = MersenneTwister(seed: 2020)
    #expect(random.permutation(10) == [2, 4, 9, 1, 5, 7, 6, 3, 8, 0])
    #expect(Array(random.permutation(300).prefix(5)) == [60, 141, 295, 187, 202])
  }

  @Test("KID and FID equal torch-fidelity's formulas")
  func kidAndFID() throws {
    let distance = try #require(KernelDistance(first, second, subsetSize: 5))
    #expect(abs(distance.kid + 1.1499928848591352) < 1e-5)
    #expect(abs(distance.deviation - 0.8799279705933654) < 1e-5)
    #expect(abs(distance.fid - 0.5915408662170725) < 1e-5)
    #expect(KernelDistance(Array(first.prefix(1)), second) == nil)
  }

  @Test("Singular values equal numpy's")
  func singularValues() {
    var rows: [[Double]] = []
    for i in 0..<3 { rows.append((0..<4).map { j in Double(i * 4 + j) * Double(i * 4 + j).squareRoot() }) }
    let values = KernelDistance.singularValues(rows).sorted(by: >)
    for (value, expected) in zip(values, [65.8665066955897, 4.183186638002629, 0.32287036326116275]) {
      #expect(abs(value - expected) < 1e-9)
    }
  }

  @Test("The standard error shrinks with more images, and a set is close to itself")
  func standardError() throws {
    func noise(_ count: Int, _ seed: UInt64) -> [[Float]] {
      var random = CounterRandom(seed)
      return (0..<count).map { _ in (0..<8).map { _ in Float(random.unit()) - 0.5 } }
    }
    let few = try #require(DistanceEstimate(noise(20, 1), noise(20, 2)))
    let many = try #require(DistanceEstimate(noise(200, 3), noise(200, 4)))
    let (narrow, wide) = (try #require(many.spread), try #require(few.spread))
    #expect(narrow < wide / 2)
    #expect(abs(many.value) < 5 * narrow)
    #expect(DistanceEstimate(noise(2, 1), noise(2, 2))?.spread == nil)
  }

  @Test("A checkpoint is clearly better only if it is better by more than both standard errors")
  func clearlyBelow() {
    let best = DistanceEstimate(value: 0.10, spread: 0.02)
    #expect(DistanceEstimate(value: 0.07, spread: 0.01).isClearlyBelow(best))
    #expect(!DistanceEstimate(value: 0.09, spread: 0.01).isClearlyBelow(best))
    #expect(!DistanceEstimate(value: 0.07, spread: 0.04).isClearlyBelow(best))
    #expect(!DistanceEstimate(value: 0.01, spread: nil).isClearlyBelow(best))
  }

  @Test("Without the network of KID-lite, distances use colors and edges, and a note says why")
  func missingNetwork() throws {
    let folder = try TemporaryFolder()
    let (measure, note) = try DistanceMeasure.named("auto", in: [folder.url])
    #expect(measure.name == "color-edge distance" && measure.network == nil)
    #expect(note?.contains("easel models fetch efficientnet-lite0") == true)
    try Data("no network".utf8).write(to: folder.appending("efficientnet-lite0-57934424.pth"))
    #expect(
      try DistanceMeasure.named("auto", in: [folder.url]).note?.contains("not the published file") == true)
    #expect(try DistanceMeasure.named("none").note == nil)
    #expect(throws: TrainError.self) { try DistanceMeasure.named("vgg=x.pth") }
  }

  /// Images of selfie2anime at 64 pixels.
  private func images(_ folder: String, _ range: Range<Int>) throws -> [ImageBuffer] {
    let url = try #require(TestData.images).appendingPathComponent("selfie2anime/\(folder)")
    let names = try FileManager.default.contentsOfDirectory(atPath: url.path).sorted()
    return try names[range].map {
      try ImageFile.read(url.appendingPathComponent($0)).image.converted(to: .rgb)
        .resized(to: PixelSize(width: 64, height: 64), .antialiasedBilinear)
    }
  }

  private func blurred(_ image: ImageBuffer, _ side: Int) -> ImageBuffer {
    image.resized(to: PixelSize(width: side, height: side), .antialiasedBilinear).resized(to: image.size)
  }

  private func noisy(_ image: ImageBuffer, _ strength: Int, _ seed: Int) -> ImageBuffer {
    var random = CounterRandom(7, UInt64(seed))
    let bytes = image.bytes.map { byte in
      UInt8(clamping: Int(byte) + Int(random.below(2 * strength + 1)) - strength)
    }
    return ImageBuffer(width: image.width, height: image.height, format: image.format, bytes: bytes)
  }

  @Test(
    "Distances order known damage: clean, then more and more blur or noise, and the wrong domain is worst",
    .enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"), arguments: ["none", "auto"])
  func damageIsOrdered(choice: String) throws {
    let measure = try DistanceMeasure.named(choice).measure
    let target = try measure.features(images("trainB", 0..<40))
    let clean = try images("testB", 0..<40)
    func distance(_ images: [ImageBuffer]) throws -> Double {
      try #require(DistanceEstimate(measure.features(images), target)).value
    }
    let noise = try [24, 72].map { strength in
      try distance(clean.enumerated().map { noisy($0.element, strength, $0.offset) })
    }
    let blur = try [24, 12].map { side in try distance(clean.map { blurred($0, side) }) }
    let best = try distance(clean)
    let wrong = try distance(images("testA", 0..<40))
    #expect(best < blur[0] && blur[0] < blur[1], "\(measure.name): \(best), blur \(blur)")
    #expect(best < noise[0] && noise[0] < noise[1], "\(measure.name): \(best), noise \(noise)")
    #expect(best < wrong, "\(measure.name): \(best), wrong domain \(wrong)")
  }

  @Test("Networks for features have the published layouts")
  func layouts() throws {
    let inception = try InceptionV3(device: .cpu)
    // 94 convolutions with five tensors of normalisation each, and the classifier.
    #expect(inception.state.count == 94 * 6 + 2)
    let shapes = Dictionary(uniqueKeysWithValues: inception.state.map { ($0.key, $0.tensor.shape) })
    #expect(shapes["Mixed_6c.branch7x7dbl_2.conv.weight"] == [160, 160, 7, 1])
    #expect(shapes["Mixed_7c.branch3x3dbl_3b.bn.running_var"] == [384])
    let lite = try EfficientNetLite(device: .cpu)
    #expect(lite.state.filter(\.isParameter).reduce(0) { $0 + $1.tensor.count } == 4_652_008)
    let features = try withoutGradient {
      (try inception(.zeros([1, 3, 299, 299])), try lite(.zeros([2, 3, 224, 224])))
    }
    #expect(features.0.shape == [1, 2048] && features.1.shape == [2, 1280])
  }

  @Test("Inception's input is resized as TensorFlow 1 does")
  func inceptionInput() {
    // Two columns, black and white: column 150 is at 150 * 2 / 299.
    let image = ImageBuffer(
      width: 2, height: 1, format: .rgb, bytes: [0, 0, 0, 255, 255, 255])
    let values = ImageFeatures.inceptionInput(image)
    #expect(values[0] == -1)
    #expect(abs(values[100] - (255 * 200 / 299 - 128) / 128) < 1e-4)
    #expect(values[150] == (255.0 - 128) / 128)
  }
}
