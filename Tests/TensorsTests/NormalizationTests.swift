import Testing

@testable import Tensors

/// The devices on which fused operations are tested: the CPU, and a GPU if there is one.
let testedDevices: [Device] = Torch.cudaDevices > 0 ? [.cpu, .cuda(0)] : [.cpu]

/// The largest difference of two tensors, as a fraction of the largest number of the second.
func difference(_ a: Tensor?, _ b: Tensor?) throws -> Double {
  let (a, b) = (try #require(a), try #require(b))
  try #require(a.shape == b.shape)
  let (found, expected) = try (a.to(.float64, device: .cpu), b.to(.float64, device: .cpu))
  return try (found - expected).absolute().max().item() / Swift.max(1e-30, expected.absolute().max().item())
}

func leaf(_ tensor: Tensor) throws -> Tensor {
  let leaf = try tensor.detach().clone()
  try leaf.setRequiresGrad(true)
  return leaf
}

/// The fused normalisation against libtorch's operations in float64.
struct NormalizationTests {
  struct Images: CustomTestStringConvertible {
    let shape: [Int]
    let dtype: DType
    let channelsLast: Bool
    var testDescription: String { "\(dtype) \(shape)\(channelsLast ? " channels last" : "")" }

    static let all = [[1, 16, 9, 7], [2, 19, 5, 6], [1, 3, 40, 33]].flatMap { shape in
      [DType.float32, .bfloat16].flatMap { dtype in
        [false, true].map { Images(shape: shape, dtype: dtype, channelsLast: $0) }
      }
    }
  }

  /// The result and all gradients; in float64 out of libtorch's operations.
  private func results(
    _ images: Tensor, _ learned: [Tensor], _ gradient: Tensor, unbiased: Bool, rectified: Bool
  ) throws -> [Tensor?] {
    let inputs = try ([images] + learned).map { try leaf($0) }
    let out = try inputs[0].mixedNorm(
      learned.isEmpty ? nil : (inputs[1], inputs[2], inputs[3]), unbiased: unbiased, rectified: rectified)
    try Tensor.backward([(out, gradient)])
    return [try out.detach()] + (try inputs.map { try $0.grad() })
  }

  @Test(
    "Mixed normalisation and its gradients equal libtorch's operations",
    arguments: testedDevices, Images.all)
  func mixed(device: Device, images: Images) throws {
    let (shape, random) = (images.shape, try RandomGenerator(seed: 4))
    let channels = [1, shape[1], 1, 1]
    // Channels with different means, which are up to ten times as large as their deviations.
    let source = try (random.normal(shape) + random.normal([shape[0], shape[1], 1, 1], deviation: 4)).to(
      images.dtype)
    let gradient = try random.normal(shape).to(images.dtype)
    for eachImage in [true, false] {
      let styles = [eachImage ? shape[0] : 1, shape[1], 1, 1]
      let learned = try [random.uniform(channels), random.normal(styles), random.normal(styles)]
      for (unbiased, rectified) in [(true, true), (false, false)] {
        for learned in [learned, []] {
          let found = try results(
            source.to(device: device).contiguous(channelsLast: images.channelsLast),
            learned.map { try $0.to(device: device) }, gradient.to(device: device), unbiased: unbiased,
            rectified: rectified)
          let expected = try results(
            source.to(.float64), learned.map { try $0.to(.float64) }, gradient.to(.float64),
            unbiased: unbiased,
            rectified: rectified)
          for (index, pair) in zip(found, expected).enumerated() {
            let limit = images.dtype == .float32 ? 2e-5 : index < 2 ? 5e-3 : 1e-4
            #expect(try difference(pair.0, pair.1) < limit, "result \(index), \(unbiased), \(learned.count)")
          }
          #expect(found[0]?.dtype == images.dtype)
        }
      }
    }
  }

  @Test(
    "An addend and mirrored borders equal a sum and a padding of the result", arguments: testedDevices,
    [DType.float32, .bfloat16])
  func extended(device: Device, dtype: DType) throws {
    let random = try RandomGenerator(seed: 9)
    let shape = [2, 16, 6, 7]
    let (images, addend) = try (random.normal(shape).to(dtype), random.normal(shape).to(dtype))
    let learned = try (0..<3).map { _ in try random.uniform([1, 16, 1, 1]) }
    for (border, isMixed) in [(0, true), (0, false), (2, true), (2, false)] {
      let gradient = try random.normal([2, 16, 6 + 2 * border, 7 + 2 * border]).to(dtype)
      let results = try [(device, dtype, DType.float32), (.cpu, .float64, .float64)].map {
        device, dtype, wide in
        let inputs = try [images, addend].map { try leaf($0.to(dtype, device: device)) }
        let numbers = try learned.map { try leaf($0.to(wide, device: device)) }
        let given = isMixed ? (numbers[0], numbers[1], numbers[2]) : nil
        let out: Tensor
        if wide == .float64 {
          let plain = try inputs[0].mixedNorm(given, rectified: border > 0)
          out = border > 0 ? try plain.reflectionPad(border) : try plain + inputs[1]
        } else {
          out = try inputs[0].mixedNorm(
            given, rectified: border > 0, adding: border > 0 ? nil : inputs[1], border: border)
        }
        try Tensor.backward([(out, gradient.to(dtype, device: device))])
        var all = [try out.detach(), try inputs[0].grad()]
        if border == 0 { all.append(try inputs[1].grad()) }
        if isMixed { all += try numbers.map { try $0.grad() } }
        return all
      }
      for (index, pair) in zip(results[0], results[1]).enumerated() {
        let limit = dtype == .float32 ? 2e-5 : 1e-2
        #expect(try difference(pair.0, pair.1) < limit, "result \(index), border \(border), \(isMixed)")
      }
    }
    #expect(throws: TensorError.self) { _ = try images.mixedNorm(nil, rectified: true, adding: addend) }
  }

  @Test("Learned numbers that do not fit the channels are an error") func misfit() throws {
    let images = try Tensor.zeros([2, 4, 3, 3])
    let (four, five) = (try Tensor.zeros([1, 4, 1, 1]), try Tensor.zeros([1, 5, 1, 1]))
    #expect(throws: TensorError.self) { _ = try images.mixedNorm((four, five, four)) }
    #expect(throws: TensorError.self) {
      _ = try images.mixedNorm((try Tensor.zeros([2, 4, 1, 1]), four, four))
    }
  }
}

/// Scales, padding and singular values on a GPU against the CPU in float64.
struct DeviceTests {
  @Test(
    "Scaling with an activation, and its gradients, are computed in float32 and rounded once",
    arguments: testedDevices, [1, 0, 0.2])
  func affine(device: Device, slope: Double) throws {
    let random = try RandomGenerator(seed: 5)
    let images = try random.normal([2, 24, 9, 7]).to(.bfloat16)
    let (scale, shift) = try (random.uniform([2, 1, 1, 1], in: 1..<2), random.normal([1, 24, 1, 1]))
    let gradient = try random.normal(images.shape).to(.bfloat16)
    let results = try [(device, DType.bfloat16, DType.float32), (.cpu, .float64, .float64)].map {
      device, dtype, wide in
      let inputs = try [
        leaf(images.to(dtype, device: device)), leaf(scale.to(wide, device: device)),
        leaf(shift.to(wide, device: device)),
      ]
      let out = try inputs[0].channelAffine(scale: inputs[1], shift: inputs[2], slope: slope)
      try Tensor.backward([(out, gradient.to(dtype, device: device))])
      return [try out.detach()] + (try inputs.map { try $0.grad() })
    }
    for (index, pair) in zip(results[0], results[1]).enumerated() {
      #expect(try difference(pair.0, pair.1) < (index < 2 ? 4e-3 : 1e-5), "result \(index)")
    }
  }

  @Test("Means and maxima of channels, and their gradients, equal those in float64", arguments: testedDevices)
  func pooling(device: Device) throws {
    let random = try RandomGenerator(seed: 8)
    for (shape, dtype) in [([2, 16, 9, 7], DType.float32), ([1, 5, 6, 6], .bfloat16)] {
      let images = try random.normal(shape).to(dtype)
      let (one, other) = try (random.normal([shape[0], shape[1]]), random.normal([shape[0], shape[1]]))
      let results = try [(device, dtype), (.cpu, .float64)].map { device, dtype in
        let input = try leaf(images.to(dtype, device: device))
        let (mean, maximum) = try input.pooled()
        let gradients = try [one, other].map { try $0.to(mean.dtype, device: device) }
        try Tensor.backward([(mean, gradients[0]), (maximum, gradients[1])])
        return try [mean.detach(), maximum.detach(), input.grad()]
      }
      for pair in zip(results[0], results[1]) {
        #expect(try difference(pair.0, pair.1) < (dtype == .float32 ? 1e-5 : 4e-3))
      }
    }
  }

  @Test(
    "A shift without a scale, and its gradient, equal an addition and an activation", arguments: testedDevices
  )
  func shift(device: Device) throws {
    let random = try RandomGenerator(seed: 10)
    let images = try random.normal([2, 16, 5, 6]).to(.bfloat16)
    let (shift, gradient) = try (random.normal([1, 16, 1, 1]), random.normal(images.shape).to(.bfloat16))
    let inputs = try [leaf(images.to(device: device)), leaf(shift.to(device: device))]
    let out = try inputs[0].channelAffine(shift: inputs[1], slope: 0.2)
    try Tensor.backward([(out, gradient.to(device: device))])
    let exact = try [leaf(images.to(.float64)), leaf(shift.to(.float64))]
    let expected = try (exact[0] + exact[1]).leakyReLU(0.2)
    try Tensor.backward([(expected, gradient.to(.float64))])
    #expect(try difference(out.detach(), expected.detach()) < 4e-3)
    #expect(try difference(inputs[0].grad(), exact[0].grad()) < 4e-3)
    #expect(try difference(inputs[1].grad(), exact[1].grad()) < 1e-5)
  }

  @Test("Means of channels and their gradients equal those in float64", arguments: testedDevices)
  func means(device: Device) throws {
    let random = try RandomGenerator(seed: 11)
    let (images, gradient) = try (random.normal([2, 16, 9, 7]), random.normal([2, 16]))
    let results = try [(device, DType.float32), (.cpu, .float64)].map { device, dtype in
      let input = try leaf(images.to(dtype, device: device))
      let mean = try input.channelMeans()
      try Tensor.backward([(mean, gradient.to(dtype, device: device))])
      return try [mean.detach(), input.grad()]
    }
    for pair in zip(results[0], results[1]) { #expect(try difference(pair.0, pair.1) < 1e-5) }
  }

  @Test(
    "Doubled images with mirrored borders, and their gradients, equal the two steps", arguments: testedDevices
  )
  func doubling(device: Device) throws {
    for (channels, dtype, border) in [(16, DType.float32, 1), (16, .bfloat16, 1), (3, .float32, 3)] {
      let random = try RandomGenerator(seed: 12)
      let images = try random.normal([2, channels, 3, 5]).to(dtype)
      let gradient = try random.normal([2, channels, 6 + 2 * border, 10 + 2 * border]).to(dtype)
      let input = try leaf(images.to(device: device))
      let out = try input.doubledAndPadded(border)
      try Tensor.backward([(out, gradient.to(device: device))])
      let exact = try leaf(images.to(.float64))
      let expected = try exact.upsampleNearest(2).reflectionPad(border)
      try Tensor.backward([(expected, gradient.to(.float64))])
      #expect(try difference(out.detach(), expected.detach()) == 0)
      #expect(try difference(input.grad(), exact.grad()) < (dtype == .float32 ? 1e-6 : 1e-2))
    }
  }

  @Test("Mirrored borders and their gradients are equal on a GPU", .enabled(if: Torch.cudaDevices > 0))
  func padding() throws {
    for (channels, dtype) in [(16, DType.float32), (16, .bfloat16), (3, .float32), (5, .float16)] {
      let random = try RandomGenerator(seed: 6)
      let images = try random.normal([2, channels, 6, 7]).to(dtype)
      let gradient = try random.normal([2, channels, 12, 13]).to(dtype)
      let results = try [(Device.cuda(0), dtype), (.cpu, .float64)].map { device, dtype in
        let input = try leaf(images.to(dtype, device: device))
        let out = try input.reflectionPad(3)
        try Tensor.backward([(out, gradient.to(dtype, device: device))])
        return (try out.detach(), try input.grad())
      }
      #expect(try difference(results[0].0, results[1].0) == 0)
      #expect(try difference(results[0].1, results[1].1) < (dtype == .float32 ? 1e-6 : 4e-3))
    }
  }
}

struct SpectralNormTests {
  private func layers(_ device: Device, _ dtype: DType = .float32) throws -> [SpectralNorm] {
    let initializer = Initializer(random: try RandomGenerator(seed: 7, device: device), dtype: dtype)
    return try [[8, 3, 4, 4], [24, 8, 4, 4], [1, 20]].map {
      try SpectralNorm($0, bias: false, from: initializer)
    }
  }

  /// The same layers in float64 on the CPU.
  private func copies(of layers: [SpectralNorm]) throws -> [SpectralNorm] {
    let copies = try self.layers(.cpu, .float64)
    try withoutGradient {
      for (own, other) in zip(copies, layers) {
        for (to, from) in zip(own.state, other.state) { try to.tensor.copy(from: from.tensor) }
      }
    }
    return copies
  }

  @Test(
    "Scales of several uses, the state after them and the gradients equal the formula",
    arguments: testedDevices)
  func iterations(device: Device) throws {
    let layers = try layers(device)
    let copies = try copies(of: layers)
    let scales = try SpectralNorm.scales(of: layers, training: true, uses: 2)
    for ((layer, copy), scale) in zip(zip(layers, copies), scales) {
      let matrix = try copy.weight.reshape([copy.weight.shape[0], -1])
      var (u, v) = (copy.u, copy.v)
      var expected: [Tensor] = []
      for _ in 0..<2 {
        v = try u.reshape([1, -1]).matmul(matrix.detach()).reshape([-1]).normalized(axis: 0)
        u = try matrix.detach().matmul(v).normalized(axis: 0)
        expected.append(try (matrix.matmul(v) * u).sum().power(-1).reshape([1]))
      }
      let truth = try Tensor.cat(expected)
      #expect(try difference(scale, truth) < 1e-5)
      #expect(try difference(layer.u, u) < 1e-5)
      #expect(try difference(layer.v, v) < 1e-5)
      let gradient = try Tensor([0.5, -2])
      try Tensor.backward([(scale, gradient.to(device: device)), (truth, gradient.to(.float64))])
      #expect(try difference(layer.weight.grad(), copy.weight.grad()) < 1e-5)
    }
    // Without training nothing changes.
    let before = try layers.map { try $0.v.floats() }
    let later = try SpectralNorm.scales(of: layers, training: false)
    for (scale, now) in zip(scales, later) {
      #expect(try difference(now, scale.narrow(axis: 0, 1..<2)) < 1e-5)
    }
    #expect(try layers.map { try $0.v.floats() } == before)
  }

  @Test("Without training, scales are twice differentiable", arguments: testedDevices)
  func twice(device: Device) throws {
    let layer = try layers(device)[1]
    let copy = try copies(of: layers(device))[1]
    let results = try [layer, copy].map { layer in
      let scale = try SpectralNorm.scales(of: [layer], training: false)[0]
      let slope = try #require(try scale.sum().gradients(of: [layer.weight], createGraph: true)[0])
      try slope.square().sum().backward()
      return try layer.weight.grad()
    }
    #expect(try difference(results[0], results[1]) < 1e-4)
  }

  @Test(
    "Weights on a GPU are channels-last, and their state does not show it",
    .enabled(if: Torch.cudaDevices > 0))
  func order() throws {
    let weight = try layers(.cuda(0))[1].weight
    #expect(weight.isChannelsLast)
    #expect(try weight.floats() == weight.contiguous().floats())
  }
}
