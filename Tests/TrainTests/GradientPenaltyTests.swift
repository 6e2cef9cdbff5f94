import Tensors
import Testing

@testable import Train

struct GradientPenaltyTests {
  /// A discriminator of 4 channels in float64, in which finite differences are precise enough.
  private func discriminator(_ field: Discriminator.Field) throws -> Discriminator {
    let networks = try NetworkSet(Architecture(.ugatitLight, side: 32, width: 4), seed: 3, dtype: .float64)
    return field == .global ? networks.disGA : networks.disLA
  }

  private func pictures() throws -> Tensor {
    try RandomGenerator(seed: 5).uniform([2, 3, 32, 32], in: -1..<1).to(.float64)
  }

  private func scores(_ discriminator: Discriminator, _ pictures: Tensor) throws -> Tensor {
    try withoutGradient {
      let output = try discriminator(pictures, precision: .float64)
      return try output.logits.mean([1, 2, 3]) + output.attention.logits.mean([1])
    }
  }

  @Test(
    "The penalty is the squared norm of the gradient",
    arguments: Discriminator.Field.allCases)
  func penaltySquaredSlopeIn(field: Discriminator.Field) throws {
    let network = try discriminator(field)
    let pictures = try pictures()
    let penalty = try gradientPenalty(network, at: pictures).item()
    network.isTraining = false
    // The gradient is the one direction in which the output has that slope, and across which it has none.
    let leaf = try pictures.detach()
    try leaf.setRequiresGrad(true)
    let output = try network(leaf, precision: .float64)
    let score = try output.logits.mean([1, 2, 3]) + output.attention.logits.mean([1])
    let gradient = try #require(try score.sum().gradients(of: [leaf])[0])
    var squares = 0.0
    for index in 0..<2 {
      let own = try gradient.sample(index)
      let length = try own.square().sum().item().squareRoot()
      let picture = try pictures.sample(index)
      let step = 1e-5
      let along = try own * (step / length)
      let slope =
        try (scores(network, picture + along).item() - scores(network, picture - along).item()) / (2 * step)
      squares += slope * slope
      let other = try RandomGenerator(seed: 6).uniform(picture.shape, in: -1..<1).to(.float64)
      let overlap = try (other * own).sum().item() / (length * length)
      let across = try other - own * overlap
      let change =
        try
        (scores(network, picture + across * step).item() - scores(network, picture - across * step).item())
        / (2 * step)
      #expect(abs(change) < 1e-4 * length)
    }
    #expect(abs(penalty - squares / 2) < 1e-4 * penalty, "\(penalty), by differences \(squares / 2)")
  }

  @Test(
    "The gradient of the penalty equals finite differences",
    arguments: Discriminator.Field.allCases)
  func itsOwnGradientFinite(field: Discriminator.Field) throws {
    let network = try discriminator(field)
    let pictures = try pictures()
    try gradientPenalty(network, at: pictures).backward()
    let parameters = network.state.filter(\.isParameter)
    for key in ["model.1.weight_orig", "conv.weight_orig", "conv1x1.weight", "gap_fc.weight_orig"] {
      let weight = try #require(parameters.first { $0.key == key }).tensor
      let gradient = try #require(try weight.grad(), "\(key)")
      let direction = try RandomGenerator(seed: 8).normal(weight.shape).to(.float64)
      let expected = try (gradient * direction).sum().item()
      let step = 1e-6
      var values: [Double] = []
      for sign in [1.0, -1.0] {
        try withoutGradient { try weight.blend(adding: direction, times: sign * step) }
        values.append(try gradientPenalty(network, at: pictures).item())
        try withoutGradient { try weight.blend(adding: direction, times: -sign * step) }
      }
      let slope = (values[0] - values[1]) / (2 * step)
      #expect(abs(slope - expected) < 1e-3 * abs(expected) + 1e-9, "\(key): \(slope), expected \(expected)")
    }
  }

  @Test("The penalty makes no power iteration") func penaltyMakesNoPower() throws {
    let network = try discriminator(.local)
    let buffers = network.state.filter { !$0.isParameter }
    let before = try buffers.map { try $0.tensor.floats() }
    _ = try gradientPenalty(network, at: pictures())
    #expect(try buffers.map { try $0.tensor.floats() } == before)
    #expect(network.isTraining)
    _ = try network(pictures(), precision: .float64)
    #expect(try buffers.map { try $0.tensor.floats() } != before)
  }
}
