import Dataset
import Tensors
import Testing

@testable import Train

struct DiffAugmentTests {
  private let all = Dataset.TrainSettings.DiffAugment.allCases

  private func draws(_ count: Int = 1, seed: UInt64 = 1) -> [DiffAugment.Draw] {
    var random = CounterRandom(seed)
    return DiffAugment.draws(count: count, side: 32, &random)
  }

  private func augmentation(
    _ parts: [TrainSettings.DiffAugment], _ draws: [DiffAugment.Draw]
  ) throws -> DiffAugment {
    let numbers = try Tensor(
      draws.flatMap { $0.numbers.map { Float($0) } }, shape: [draws.count, DiffAugment.Number.allCases.count])
    return DiffAugment(parts, numbers, positions: try Tensor((0..<32).map { Float($0) }))
  }

  private func pictures(_ count: Int = 1, seed: UInt64 = 3) throws -> Tensor {
    try RandomGenerator(seed: seed).uniform([count, 3, 32, 32], in: -1..<1)
  }

  @Test("Draws cover the published ranges") func drawsFillPublishedRanges() {
    let draws = draws(4000)
    func spread(_ value: KeyPath<DiffAugment.Draw, Double>, _ range: ClosedRange<Double>) {
      let values = draws.map { $0[keyPath: value] }
      let slack = 0.01 * (range.upperBound - range.lowerBound)
      #expect(values.allSatisfy(range.contains))
      #expect(
        (values.min() ?? 0) < range.lowerBound + slack && (values.max() ?? 0) > range.upperBound - slack)
    }
    spread(\.brightness, -0.5...0.5)
    spread(\.saturation, 0...2)
    spread(\.contrast, 0.5...1.5)
    // 32 / 8 pixels in each direction; a hole of 16 whose centre is anywhere in the image.
    #expect(Set(draws.map(\.right)) == Set(-4...4))
    #expect(Set(draws.map(\.down)) == Set(-4...4))
    #expect(Set(draws.map(\.rows.lowerBound)) == Set(0...24))
    #expect(Set(draws.map(\.rows.upperBound)) == Set(8...32))
    #expect(draws.contains { $0.rows != $0.columns })
  }

  @Test("Without parts, DiffAugment returns its input") func nothingVaryGivesPictures() throws {
    let given = try pictures(2)
    #expect(try augmentation([], draws(2))(given) === given)
  }

  @Test("Color is the published arithmetic") func colorPublishedArithmetic() throws {
    let given = try pictures(2)
    let draws = draws(2)
    let result = try augmentation([.color], draws)(given).floats()
    var expected = try given.floats().map(Double.init)
    let (plane, size) = (32 * 32, 3 * 32 * 32)
    for (index, draw) in draws.enumerated() {
      let start = index * size
      for pixel in 0..<plane {
        let places = (0..<3).map { start + $0 * plane + pixel }
        let bright = places.map { expected[$0] + draw.brightness }
        let mean = bright.reduce(0, +) / 3
        for (place, value) in zip(places, bright) {
          expected[place] = (value - mean) * draw.saturation + mean
        }
      }
      let mean = expected[start..<start + size].reduce(0, +) / Double(size)
      for place in start..<start + size { expected[place] = (expected[place] - mean) * draw.contrast + mean }
    }
    for (value, other) in zip(result, expected) { #expect(abs(Double(value) - other) < 1e-5) }
  }

  @Test("Translation and cutout are drawn separately for each image")
  func translationCutoutMoveBlank() throws {
    let given = try pictures(3)
    let draws = draws(3)
    #expect(draws[0] != draws[1])
    let augment = try augmentation([.translation, .cutout], draws)
    let (before, after) = (try given.floats(), try augment(given).floats())
    for (index, draw) in draws.enumerated() {
      for channel in 0..<3 {
        for y in 0..<32 {
          for x in 0..<32 {
            let (fromX, fromY) = (x - draw.right, y - draw.down)
            let inside = (0..<32).contains(fromX) && (0..<32).contains(fromY)
            let hidden = draw.rows.contains(y) && draw.columns.contains(x)
            let plane = (index * 3 + channel) * 1024
            let expected = inside && !hidden ? before[plane + fromY * 32 + fromX] : 0
            #expect(after[plane + y * 32 + x] == expected)
          }
        }
      }
    }
  }

  @Test("Draws depend on the seed alone") func drawsDependOnSeed() {
    #expect(draws(5) == draws(5))
    #expect(draws(5) != draws(5, seed: 2))
  }

  @Test("Gradients flow through the augmentation") func gradientsFlowThrough2() throws {
    let given = try pictures()
    try given.setRequiresGrad(true)
    let varied = try augmentation(all, draws())
    let weights = try pictures(seed: 8)
    try (varied(given) * weights).sum().backward()
    let gradient = try #require(try given.grad()).floats()
    // The map is affine, so its slope is a difference.
    let step: Float = 0.5
    for place in [0, 500, 1024 + 300, 2048 + 1000] {
      var moved = try given.detach().floats()
      moved[place] += step
      let difference = try (varied(Tensor(moved, shape: given.shape)) - varied(given.detach())) * weights
      #expect(abs(Float(try difference.sum().item()) / step - gradient[place]) < 1e-3)
    }
    #expect(gradient.contains { $0 != 0 })
  }
}
