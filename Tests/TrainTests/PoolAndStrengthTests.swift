import Dataset
import Tensors
import Testing

@testable import Train

struct PoolAndStrengthTests {
  private func image(_ value: Double) throws -> Tensor { try Tensor(repeating: value, shape: [1, 3, 2, 2]) }

  @Test("A full pool returns half of the new images, and an earlier one instead of each of the others")
  func pool() throws {
    let pool = ImagePool(capacity: 4)
    var random = CounterRandom(1)
    var (news, olds) = (0, 0)
    for number in 0..<200 {
      let shown = try pool(try image(Double(number)), &random).floats()[0]
      if number < 4 {
        #expect(shown == Float(number))
      } else if shown == Float(number) {
        news += 1
      } else {
        olds += 1
        #expect(shown < Float(number))
      }
      #expect(pool.images.count == min(4, number + 1))
    }
    #expect((70...130).contains(news) && news + olds == 196)
    // An image that was returned is no longer kept, so no image is shown as an earlier one twice.
    let kept = try Set(pool.images.map { try $0.floats()[0] })
    #expect(kept.count == 4)
  }

  @Test("A pool takes each image of a batch alone")
  func batch() throws {
    let pool = ImagePool(capacity: 3)
    var random = CounterRandom(2)
    let shown = try pool(try Tensor.cat([image(1), image(2)]), &random)
    #expect(shown.shape == [2, 3, 2, 2] && pool.images.count == 2)
    #expect(try pool.images.map { try $0.floats()[0] } == [1, 2])
  }

  private func report(_ a: Float, _ b: Float) throws -> StepReport {
    let none = try Tensor.zeros([1])
    return try StepReport(
      StepOutputs(
        names: ["D_total", "real_sign_A", "real_sign_B"], numbers: Tensor([1, a, b, 0]), fakeA2B: none,
        fakeB2A: none))
  }

  @Test("The strength rises if real images are recognised too well, falls otherwise, and stays in 0...1")
  func strength() throws {
    var strength = AugmentStrength(target: 0.6)
    for _ in 0..<3 { try strength.add(report(0.9, 0.1), images: 1000) }
    #expect(strength[.a] == 0, "it changes every four steps")
    try strength.add(report(0.9, 0.1), images: 1000)
    #expect(abs(strength[.a] - 4000 / 50_000) < 1e-12 && strength[.b] == 0)
    for _ in 0..<100 { try strength.add(report(1, -1), images: 1000) }
    #expect(strength[.a] == 1)
    for _ in 0..<8 { try strength.add(report(0, 0), images: 1000) }
    #expect(abs(strength[.a] - 0.84) < 1e-9)
  }

  @Test("A restored strength continues as if it had not stopped")
  func restoredStrength() throws {
    var (whole, first) = (AugmentStrength(target: 0.5), AugmentStrength(target: 0.5))
    let signs: [Float] = [0.9, 0.8, 0.2, 0.9, 0.7, 0.1, 0.4]
    for sign in signs.prefix(3) { try first.add(report(sign, 1 - sign), images: 5000) }
    for sign in signs { try whole.add(report(sign, 1 - sign), images: 5000) }
    var second = AugmentStrength(target: 0.5)
    second.restore(try first.state())
    for sign in signs.dropFirst(3) { try second.add(report(sign, 1 - sign), images: 5000) }
    #expect(try second.state() == whole.state())
    #expect(whole[.a] > 0)
  }

  @Test("With strength 0 nothing is augmented, with full strength everything is")
  func strengthOfDraws() throws {
    let networks = try NetworkSet(Architecture(.ugatitLight, side: 32, width: 4), seed: 0)
    var settings = StepSettings()
    (settings.diffAugment, settings.augmentTarget) = ([.color, .cutout], 0.6)
    let step = try TrainingStep(networks, settings: settings)
    let images = try Tensor.zeros([8, 3, 32, 32])
    func draws() -> [DiffAugment.Draw] { step.draws(.a, .generators, step: 1, pair: 0, like: images) }
    #expect(draws().allSatisfy { $0 == .none })
    step.augmentStrength?.restore([1, 0, 0, 0, 0])
    #expect(draws().allSatisfy { $0 != .none })
    #expect(step.draws(.b, .generators, step: 1, pair: 0, like: images).allSatisfy { $0 == .none })
  }
}
