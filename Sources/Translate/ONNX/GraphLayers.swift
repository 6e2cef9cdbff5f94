import Foundation
import ONNX
import Train
import WeightFiles

/// The layers of the published generators as operations of ONNX, with the weights of one generator.
struct GraphLayers {
  /// A feature map: the value's name, its number of channels, and the image's side divided by its side.
  struct Map {
    var value: String
    var channels: Int
    var scale: Int
  }

  private(set) var graph: ONNXGraph
  private let state: [String: StoredTensor]
  private let architecture: Architecture
  private let hasFreeSize: Bool
  private var count = 0
  private var corrections: [String: String] = [:]

  init(_ graph: ONNXGraph, state: [String: StoredTensor], architecture: Architecture, hasFreeSize: Bool) {
    (self.graph, self.state, self.architecture, self.hasFreeSize) = (graph, state, architecture, hasFreeSize)
    self.graph.constant("one", [1], [1])
    self.graph.constant("epsilon", [1], [1e-5])
    self.graph.constant("doubling", [4], [1, 1, 2, 2])
    self.graph.constant("region", [0], [])
  }

  // MARK: - Building blocks

  /// Adds an operation and returns the generated name of its result.
  mutating func add(
    _ operation: String, _ inputs: [String], _ attributes: [String: ONNXGraph.Attribute] = [:]
  ) -> String {
    count += 1
    return graph.add(operation, inputs, as: "\(operation.lowercased())_\(count)", attributes)
  }

  /// Adds the generator's result.
  mutating func finish(_ value: String, as output: ONNXGraph.Value) {
    graph.add("Identity", [value], as: output.name)
    graph.outputs = [output]
  }

  /// The shape and values of a tensor of the state.
  private func tensor(_ key: String) throws -> (shape: [Int], values: [Float]) {
    guard let stored = state[key], stored.element == .float32 else {
      throw WeightsError(.unsupported, "the generator has no \(key) in float32")
    }
    let values = stored.bytes.withUnsafeBytes { bytes in
      (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
    }
    return (stored.shape, values)
  }

  /// A tensor of the state as a constant under its own key.
  private mutating func weight(_ key: String) throws -> String {
    guard let stored = state[key], stored.element == .float32 else {
      throw WeightsError(.unsupported, "the generator has no \(key) in float32")
    }
    return graph.constant(key, stored.shape, float32: stored.bytes)
  }

  // MARK: - Convolutions and linear layers

  /// The convolution `key` with reflection padding; only its stride changes the size.
  mutating func convolution(_ map: Map, _ key: String, stride: Int = 1) throws -> Map {
    guard let shape = state[key + ".weight"]?.shape, shape.count == 4 else {
      throw WeightsError(.unsupported, "the generator has no convolution \(key)")
    }
    var input = map.value
    let (outputs, kernel) = (shape[0], shape[2])
    if kernel > 1 {
      let edge = kernel / 2
      let pads = graph.constant(key + ".pads", [0, 0, edge, edge, 0, 0, edge, edge])
      input = add("Pad", [input, pads], ["mode": .text("reflect")])
    }
    var inputs = [input, try weight(key + ".weight")]
    if state[key + ".bias"] != nil { inputs.append(try weight(key + ".bias")) }
    let value = add(
      "Conv", inputs,
      ["kernel_shape": .integers([kernel, kernel]), "strides": .integers([stride, stride])])
    return Map(value: value, channels: outputs, scale: map.scale * stride)
  }

  /// A linear layer of `key` applied to (N, C).
  mutating func linear(_ input: String, _ key: String) throws -> String {
    var inputs = [input, try weight(key + ".weight")]
    if state[key + ".bias"] != nil { inputs.append(try weight(key + ".bias")) }
    return add("Gemm", inputs, ["transB": .integer(1)])
  }

  mutating func relu(_ value: String) -> String { add("Relu", [value]) }

  mutating func relu(_ map: Map) -> Map {
    Map(value: relu(map.value), channels: map.channels, scale: map.scale)
  }

  mutating func sum(_ first: Map, _ second: Map) -> Map {
    Map(value: add("Add", [first.value, second.value]), channels: first.channels, scale: first.scale)
  }

  /// Nearest-neighbor upsampling by 2.
  mutating func doubled(_ map: Map) -> Map {
    let value = add(
      "Resize", [map.value, "region", "doubling"],
      [
        "mode": .text("nearest"), "coordinate_transformation_mode": .text("asymmetric"),
        "nearest_mode": .text("floor"),
      ])
    return Map(value: value, channels: map.channels, scale: map.scale / 2)
  }

  /// Average pooling by 2.
  mutating func halved(_ map: Map) -> Map {
    let value = add(
      "AveragePool", [map.value], ["kernel_shape": .integers([2, 2]), "strides": .integers([2, 2])])
    return Map(value: value, channels: map.channels, scale: map.scale * 2)
  }

  /// The channels' means, (N, C).
  mutating func means(_ map: Map) -> String {
    add("Flatten", [add("GlobalAveragePool", [map.value])], ["axis": .integer(1)])
  }

  /// CAM attention, folded into one convolution, because its weights do not depend on the image.
  mutating func classActivation(_ map: Map) throws -> Map {
    let (shape, kernel) = try tensor("conv1x1.weight")
    let channels = map.channels
    guard shape == [channels, 2 * channels, 1, 1] else {
      throw WeightsError(.unsupported, "conv1x1.weight has the shape \(shape)")
    }
    let attentions: [[Float]]
    if architecture.compatibility == .tensorflow {
      let bias = try tensor("cam_fc.bias").values
      let shared = try tensor("cam_fc.weight").values.map { $0 + (bias.first ?? 0) }
      attentions = [shared, shared]
    } else {
      attentions = [try tensor("gap_fc.weight").values, try tensor("gmp_fc.weight").values]
    }
    var folded: [Float] = []
    folded.reserveCapacity(channels * channels)
    for output in 0..<channels {
      for input in 0..<channels {
        let at = output * 2 * channels + input
        folded.append(kernel[at] * attentions[0][input] + kernel[at + channels] * attentions[1][input])
      }
    }
    let inputs = [
      map.value, graph.constant("cam.weight", [channels, channels, 1, 1], folded),
      try weight("conv1x1.bias"),
    ]
    return relu(
      Map(
        value: add("Conv", inputs, ["kernel_shape": .integers([1, 1])]), channels: channels, scale: map.scale)
    )
  }

  /// The two linear layers that turn the attended map into a style, (N, C).
  mutating func style(_ map: Map) throws -> String {
    let features =
      architecture.model.isLight ? means(map) : add("Flatten", [map.value], ["axis": .integer(1)])
    return relu(try linear(relu(try linear(features, "FC.0")), "FC.2"))
  }

  // MARK: - Normalisation

  mutating func instanceNorm(_ map: Map, rectified: Bool = true) -> Map {
    let (scale, shift) = ("ones.\(map.channels)", "zeros.\(map.channels)")
    if !graph.constants.contains(where: { $0.name == scale }) {
      graph.constant(scale, [map.channels], [Float](repeating: 1, count: map.channels))
      graph.constant(shift, [map.channels], [Float](repeating: 0, count: map.channels))
    }
    let value = add("InstanceNormalization", [map.value, scale, shift], ["epsilon": .number(1e-5)])
    return Map(value: rectified ? relu(value) : value, channels: map.channels, scale: map.scale)
  }

  /// Layer-instance normalization (ILN) of `key` with constant gamma and beta, then ReLU.
  mutating func layerInstanceNorm(_ map: Map, _ key: String) throws -> Map {
    let (gamma, beta) = (try weight(key + ".gamma"), try weight(key + ".beta"))
    return relu(mixedNorm(map, key, rho: try tensor(key + ".rho").values, gamma: gamma, beta: beta))
  }

  /// AdaLIN of `key`; `gamma` and `beta` are (N, C).
  mutating func adaptiveNorm(_ map: Map, _ key: String, gamma: String, beta: String) throws -> Map {
    var rho = try tensor(key + ".rho").values
    if architecture.compatibility == .tensorflow { rho = rho.map { min(max($0 - 0.1, 0), 1) } }
    let axes: [String: ONNXGraph.Attribute] = ["axes": .integers([2, 3])]
    return mixedNorm(
      map, key, rho: rho, gamma: add("Unsqueeze", [gamma], axes), beta: add("Unsqueeze", [beta], axes))
  }

  /// SoftAdaLIN of `key`; `content` and `style` are (N, C).
  mutating func softAdaptiveNorm(_ map: Map, _ key: String, content: String, style: String) throws -> Map {
    func mixed(_ name: String, _ layers: inout GraphLayers) throws -> String {
      let share = try layers.tensor("\(key).w_\(name)")
      let one = layers.graph.constant("\(key).w_\(name)", share.shape, share.values)
      let other = layers.graph.constant("\(key).w_\(name).rest", share.shape, share.values.map { 1 - $0 })
      let fromStyle = try layers.linear(style, "\(key).s_\(name)")
      let hidden = layers.relu(try layers.linear(content, "\(key).c_\(name).0"))
      let fromContent = try layers.linear(hidden, "\(key).c_\(name).2")
      return layers.add(
        "Add", [layers.add("Mul", [fromStyle, other]), layers.add("Mul", [fromContent, one])])
    }
    let (gamma, beta) = (try mixed("gamma", &self), try mixed("beta", &self))
    return try adaptiveNorm(map, key + ".norm", gamma: gamma, beta: beta)
  }

  /// Instance and layer normalisation mixed by `rho`, times gamma, plus beta, as `mixedNorm` of the networks computes it.
  private mutating func mixedNorm(_ map: Map, _ key: String, rho: [Float], gamma: String, beta: String) -> Map
  {
    let shape = [1, map.channels, 1, 1]
    let instanceShare = graph.constant(key + ".rho", shape, rho)
    let layerShare = graph.constant(key + ".rho.rest", shape, rho.map { 1 - $0 })
    let pixels: [String: ONNXGraph.Attribute] = ["axes": .integers([2, 3]), "keepdims": .integer(1)]
    let channels: [String: ONNXGraph.Attribute] = ["axes": .integers([1]), "keepdims": .integer(1)]
    func square(_ value: String, _ layers: inout GraphLayers) -> String { layers.add("Mul", [value, value]) }

    let mean = add("ReduceMean", [map.value], pixels)
    let variance = add("ReduceMean", [square(add("Sub", [map.value, mean]), &self)], pixels)
    let layerMean = add("ReduceMean", [mean], channels)
    let between = square(add("Sub", [mean, layerMean]), &self)
    let layerVariance = add("ReduceMean", [add("Add", [variance, between])], channels)
    func inverseDeviation(_ variance: String, _ copies: Int, _ layers: inout GraphLayers) -> String {
      var variance = variance
      if let correction = layers.correction(scale: map.scale, channels: copies) {
        variance = layers.add("Mul", [variance, correction])
      }
      return layers.add("Sqrt", [layers.add("Add", [variance, "epsilon"])])
    }
    let instanceScale = add("Div", [instanceShare, inverseDeviation(variance, 1, &self)])
    let layerScale = add("Div", [layerShare, inverseDeviation(layerVariance, map.channels, &self)])
    let scale = add("Mul", [add("Add", [instanceScale, layerScale]), gamma])
    let means = add("Add", [add("Mul", [instanceScale, mean]), add("Mul", [layerScale, layerMean])])
    let shift = add("Sub", [beta, add("Mul", [means, gamma])])
    return Map(
      value: add("Add", [add("Mul", [map.value, scale]), shift]), channels: map.channels, scale: map.scale)
  }

  /// n / (n - 1) for a map at `scale` with `channels` channels, which makes a variance unbiased; nil where it stays biased.
  private mutating func correction(scale: Int, channels: Int) -> String? {
    guard architecture.compatibility == .pytorch else { return nil }
    let name = "correction.\(scale).\(channels)"
    if let known = corrections[name] { return known }
    if hasFreeSize {
      let (start, end) = (graph.constant(name + ".start", [2]), graph.constant(name + ".end", [4]))
      let size = add("Slice", [add("Shape", [graph.inputs[0].name]), start, end])
      let area = add("ReduceProd", [add("Cast", [size], ["to": .integer(1)])], ["keepdims": .integer(0)])
      let factor = graph.constant(name + ".factor", [1], [Float(channels) / Float(scale * scale)])
      let total = add("Mul", [area, factor])
      corrections[name] = add("Div", [total, add("Sub", [total, "one"])])
    } else {
      let total = Double(architecture.side / scale * (architecture.side / scale) * channels)
      corrections[name] = graph.constant(name, [1], [Float(total / (total - 1))])
    }
    return corrections[name]
  }
}
