import Testing

@testable import Tensors

/// The shim's own passes over the pixels, against the same out of libtorch's operations.
struct ChannelTests {
  private func images(_ shape: [Int], seed: UInt64 = 1) throws -> Tensor {
    try RandomGenerator(seed: seed).uniform(shape, in: 3..<5)
  }

  private func leaf(_ tensor: Tensor) throws -> Tensor {
    let leaf = try tensor.detach().clone()
    try leaf.setRequiresGrad(true)
    return leaf
  }

  private func expectEqual(
    _ a: Tensor?, _ b: Tensor?, within tolerance: Double, at location: SourceLocation = #_sourceLocation
  ) throws {
    let (a, b) = (try #require(a), try #require(b))
    try #require(a.shape == b.shape, sourceLocation: location)
    let difference = try (a.to(.float64) - b.to(.float64)).absolute().max().item()
    let scale = try b.to(.float64).absolute().max().item()
    #expect(difference <= tolerance * scale, "\(difference) of \(scale)", sourceLocation: location)
  }

  @Test(
    "Channel statistics and their gradients equal libtorch's var_mean",
    arguments: [false, true], [[2, 5, 7, 9], [1, 32, 70, 65]])
  func statistics(channelsLast: Bool, shape: [Int]) throws {
    let source = try images(shape).contiguous(channelsLast: channelsLast)
    let (own, other) = (try leaf(source), try leaf(source.to(.float64)))
    let (found, expected) = (
      try own.channelStatistics(unbiased: true),
      try other.varianceAndMean([2, 3], unbiased: true, keep: true)
    )
    try expectEqual(found.variance, expected.variance, within: 1e-6)
    try expectEqual(found.mean, expected.mean, within: 1e-6)
    try (found.variance.square() + found.mean.square()).sum().backward()
    try (expected.variance.square() + expected.mean.square()).sum().backward()
    try expectEqual(own.grad(), other.grad(), within: 1e-5)
  }

  @Test(
    "Scaling and shifting of channels equal the formula",
    arguments: [false, true], [1, 0, 0.2])
  func scaling(channelsLast: Bool, slope: Double) throws {
    let source = try images([2, 19, 9, 8]).contiguous(channelsLast: channelsLast)
    // A scale for each image and a shift for each channel, as in a discriminator.
    let (scale, shift) = (
      try RandomGenerator(seed: 2).normal([2, 1, 1, 1]),
      try RandomGenerator(seed: 3).normal([1, 19, 1, 1]) * 4
    )
    var results: [[Tensor?]] = []
    for dtype in [DType.float32, .float64] {
      let inputs = try [source, scale, shift].map { try leaf($0.to(dtype)) }
      let out = try inputs[0].channelAffine(scale: inputs[1], shift: inputs[2], slope: slope)
      try (out * out).sum().backward()
      results.append([out] + (try inputs.map { try $0.grad() }))
    }
    for (found, expected) in zip(results[0], results[1]) { try expectEqual(found, expected, within: 1e-5) }
    #expect(results[0][0]?.isChannelsLast == channelsLast)
  }

  @Test(
    "Reflection padding and its gradients equal libtorch's",
    arguments: [DType.float32, .bfloat16], [1, 3])
  func reflectionPadding(dtype: DType, width: Int) throws {
    let side = 5
    let source = try Tensor((0..<2 * 3 * side * side).map { Float($0) }, shape: [2, 3, side, side])
    let input = try leaf(source.to(dtype).contiguous(channelsLast: true))
    let padded = try input.reflectionPad(width)
    // The same with indices: a border pixel at -k is the pixel at k.
    let mirrored = (-width..<side + width).map { $0 < 0 ? -$0 : $0 >= side ? 2 * (side - 1) - $0 : $0 }
    let values = try source.to(dtype).floats()
    var expected: [Float] = []
    var weights = [Float](repeating: 0, count: values.count)
    for plane in 0..<6 {
      for y in mirrored {
        for x in mirrored {
          let index = (plane * side + y) * side + x
          expected.append(values[index])
          weights[index] += 1
        }
      }
    }
    #expect(try padded.floats() == expected)
    #expect(padded.isChannelsLast)
    try padded.sum().backward()
    #expect(try #require(try input.grad()).floats() == weights)
  }

  @Test("A border as wide as the image is an error") func wideBorder() throws {
    let image = try Tensor.zeros([1, 1, 3, 3])
    #expect(throws: TensorError.self) { _ = try image.reflectionPad(3) }
  }
}

struct AdamTests {
  /// Two steps of torch.optim.Adam(lr: 0.1, betas: (0.5, 0.999), weight_decay: 0.01) computed by hand in double.
  @Test(
    "Adam's steps equal the published formula",
    arguments: [DType.float32, .float64])
  func adam(dtype: DType) throws {
    let parameter = try Tensor([1, -2]).to(dtype)
    let untouched = try Tensor([5]).to(dtype)
    try parameter.setRequiresGrad(true)
    var settings = Adam.Settings()
    settings.weightDecay = 0.01
    let adam = try Adam([parameter, untouched], settings: settings)
    var (p, m, v) = ([1.0, -2.0], [0.0, 0.0], [0.0, 0.0])
    for step in 1...2 {
      try parameter.setGrad(nil)
      try (parameter * parameter).sum().backward()
      try adam.step(rate: 0.1)
      for i in 0..<2 {
        let g = 2 * p[i] + 0.01 * p[i]
        m[i] = 0.5 * m[i] + 0.5 * g
        v[i] = 0.999 * v[i] + 0.001 * g * g
        let (first, second) = (1 - power(0.5, step), 1 - power(0.999, step))
        p[i] -= 0.1 * (m[i] / first) / ((v[i] / second).squareRoot() + 1e-8)
      }
    }
    try expectClose(parameter, p.map { Float($0) }, within: 1e-6)
    #expect(try untouched.floats() == [5], "a parameter without a gradient neither moves nor decays")
    #expect(try adam.steps == [2, 0])
  }

  @Test("Clipping scales all gradients by the same factor") func clipping() throws {
    let (a, b) = (try Tensor([0]), try Tensor([0]))
    for (tensor, gradient) in [(a, Float(3)), (b, 4)] {
      try tensor.setRequiresGrad(true)
      try tensor.setGrad(Tensor([gradient]))
    }
    #expect(try [a, b].clipGradients(to: 10).item() == 5)
    try expectClose(#require(try a.grad()), [3])
    #expect(try [a, b].clipGradients(to: 1).item() == 5)
    try expectClose(#require(try b.grad()), [0.8], within: 1e-5)
  }

  private func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { value, _ in value * base }
  }
}
