import Imaging
import Tensors
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
    let few = try #require(FeatureDistance.estimate(noise(20, 1), noise(20, 2)))
    let many = try #require(FeatureDistance.estimate(noise(200, 3), noise(200, 4)))
    let (narrow, wide) = (try #require(many.spread), try #require(few.spread))
    #expect(narrow < wide / 2)
    #expect(abs(many.value) < 5 * narrow)
    #expect(FeatureDistance.estimate(noise(2, 1), noise(2, 2))?.spread == nil)
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
