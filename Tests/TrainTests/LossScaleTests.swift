import Tensors
import Testing

@testable import Train

struct LossScaleTests {
  @Test("An overflow halves the factor, and a period without one doubles it") func overflowHalves() throws {
    let scale = try LossScale(1024, period: 3, device: .cpu)
    let (fine, overflow) = (try Tensor([0]), try Tensor([1]))
    var factors: [Double] = []
    for skipped in [fine, fine, overflow, fine, fine, fine, fine] {
      try scale.update(skipped: skipped)
      factors.append(try scale.factor.item())
    }
    #expect(factors == [1024, 1024, 512, 512, 512, 1024, 1024])
  }

  @Test("Gradients are divided by the factor, and one that is not finite is reported") func unscale() throws {
    let scale = try LossScale(8, device: .cpu)
    let parameter = try Tensor([1, 2])
    try parameter.setRequiresGrad(true)
    try parameter.setGrad(Tensor([8, -16]))
    #expect(try scale.unscale([parameter]).item() == 0)
    #expect(try parameter.grad()?.floats() == [1, -2])
    try parameter.setGrad(Tensor([8, .infinity]))
    #expect(try scale.unscale([parameter]).item() == 1)
  }
}
