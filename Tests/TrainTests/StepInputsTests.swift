import Tensors
import Testing

@testable import Train

struct StepInputsTests {
  private func inputs(_ value: Double, rate: Double) throws -> StepInputs {
    let images = try Tensor(repeating: value, shape: [1, 3, 32, 32])
    return try StepInputs([ImagePair(realA: images, realB: images)], rate: rate, averageWeight: 0)
  }

  @Test("Overwriting the inputs of a recorded step changes neither the caller's images nor later ones")
  func overwriting() throws {
    let (first, second) = (try inputs(0.25, rate: 1e-4), try inputs(-0.5, rate: 5e-5))
    let own = try first.withOwnImages()
    try own.overwrite(with: second)
    #expect(try own.pairs[0].realA.floats() == second.pairs[0].realA.floats())
    #expect(try own.rate.item() == 5e-5)
    #expect(try first.pairs[0].realA.floats().allSatisfy { $0 == 0.25 })
    #expect(try second.pairs[0].realB.floats().allSatisfy { $0 == -0.5 })
  }

  @Test("Inputs of another number or size of images do not fit a recording") func shapes() throws {
    let one = try inputs(0, rate: 1)
    #expect(one.hasShape(of: try inputs(1, rate: 2)))
    let large = try Tensor.zeros([1, 3, 48, 48])
    let pair = ImagePair(realA: large, realB: large)
    #expect(!one.hasShape(of: try StepInputs([pair], rate: 1, averageWeight: 0)))
    #expect(!one.hasShape(of: try StepInputs(one.pairs + one.pairs, rate: 1, averageWeight: 0)))
  }
}
