public import Foundation
public import ONNX

/// The weights of a mask network in use, in half precision.
///
/// The file: `EASELMSK`, then little-endian 32-bit numbers (version 1, side, five widths), then for each of
/// `MaskArchitecture.convolutions` its kernel (out, in, row, column) and its biases as 16-bit floating-point numbers.
public struct MaskWeights: Sendable, Equatable {
  /// Why bytes are not the weights of a mask network.
  public struct Invalid: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, in a few words.
    public let reason: String
    /// One sentence.
    public var description: String { "these are not the weights of a mask network: \(reason)" }
  }

  /// The network's shape.
  public let architecture: MaskArchitecture
  /// Kernel and biases of each convolution, in the architecture's order.
  public let layers: [(kernel: [Float], bias: [Float])]

  private static let magic = Array("EASELMSK".utf8)

  /// Weights from the numbers of each convolution, which are rounded to half precision.
  ///
  /// - Throws: `Invalid` if numbers are missing, not finite, or too large.
  public init(_ architecture: MaskArchitecture, layers: [(kernel: [Float], bias: [Float])]) throws(Invalid) {
    if let problem = architecture.problem { throw Invalid(reason: problem) }
    let convolutions = architecture.convolutions
    guard layers.count == convolutions.count else {
      throw Invalid(reason: "there are \(layers.count) layers, not \(convolutions.count)")
    }
    var rounded: [(kernel: [Float], bias: [Float])] = []
    for (layer, convolution) in zip(layers, convolutions) {
      guard layer.kernel.count == convolution.weightCount, layer.bias.count == convolution.outputs else {
        throw Invalid(reason: "\(convolution.name) has another shape")
      }
      let half = (layer.kernel.map { Float(Float16($0)) }, layer.bias.map { Float(Float16($0)) })
      guard half.0.allSatisfy(\.isFinite), half.1.allSatisfy(\.isFinite) else {
        throw Invalid(reason: "\(convolution.name) holds what is no number")
      }
      rounded.append(half)
    }
    (self.architecture, self.layers) = (architecture, rounded)
  }

  /// Reads a file's bytes.
  ///
  /// - Throws: `Invalid`.
  public init(_ data: Data) throws(Invalid) {
    let bytes = [UInt8](data)
    guard bytes.count >= 36, Array(bytes[0..<8]) == Self.magic else {
      throw Invalid(reason: "the file does not have their signature")
    }
    let header = (0..<7).map { (index: Int) -> UInt32 in
      let at = 8 + index * 4
      let (low, high) = (
        UInt32(bytes[at]) | UInt32(bytes[at + 1]) << 8, UInt32(bytes[at + 2]) | UInt32(bytes[at + 3]) << 8
      )
      return low | high << 16
    }
    guard header[0] == 1 else {
      throw Invalid(reason: "the version is \(header[0]), and this program reads version 1")
    }
    guard header.allSatisfy({ $0 <= 4096 }) else { throw Invalid(reason: "its header is damaged") }
    var architecture = MaskArchitecture()
    architecture.side = Int(header[1])
    architecture.widths = header[2...].map(Int.init)
    if let problem = architecture.problem { throw Invalid(reason: problem) }
    let convolutions = architecture.convolutions
    let count = convolutions.map { $0.weightCount + $0.outputs }.reduce(0, +)
    guard bytes.count == 36 + 2 * count else {
      throw Invalid(reason: "there are \(bytes.count) bytes instead of \(36 + 2 * count)")
    }
    var at = 36
    func numbers(_ count: Int) -> [Float] {
      defer { at += 2 * count }
      return (0..<count).map { (index: Int) -> Float in
        let (low, high) = (UInt16(bytes[at + 2 * index]), UInt16(bytes[at + 2 * index + 1]))
        return Float(Float16(bitPattern: low | high << 8))
      }
    }
    try self.init(architecture, layers: convolutions.map { (numbers($0.weightCount), numbers($0.outputs)) })
  }

  /// The file's bytes.
  public var data: Data {
    var data = Data(Self.magic)
    for number in [1, architecture.side] + architecture.widths {
      withUnsafeBytes(of: UInt32(number).littleEndian) { data.append(contentsOf: $0) }
    }
    for layer in layers {
      for value in layer.kernel + layer.bias {
        withUnsafeBytes(of: Float16(value).bitPattern.littleEndian) { data.append(contentsOf: $0) }
      }
    }
    return data
  }

  /// Whether both have the same numbers.
  public static func == (a: MaskWeights, b: MaskWeights) -> Bool {
    a.architecture == b.architecture
      && zip(a.layers, b.layers).allSatisfy { $0.kernel == $1.kernel && $0.bias == $1.bias }
  }

  /// The network as ONNX in float32: `MaskInput.inputName` in, alpha out.
  public var graph: ONNXGraph {
    let (side, convolutions) = (architecture.side, architecture.convolutions)
    var graph = ONNXGraph(
      "easel-mask", inputs: [.init(MaskInput.inputName, [1, MaskArchitecture.inputChannels, side, side])])
    graph.outputs = [.init(MaskInput.outputName, [1, 1, side, side])]
    graph.constant("scales", [4], [1, 1, 2, 2])
    graph.constant("region", [0], [])
    func conv(_ name: String, _ input: String, rectified: Bool = true) -> String {
      guard let index = convolutions.firstIndex(where: { $0.name == name }) else { return input }
      let layer = convolutions[index]
      let result = graph.convolution(
        input,
        weight: ([layer.outputs, layer.inputs, layer.kernel, layer.kernel], layers[index].kernel),
        bias: layers[index].bias, stride: layer.stride, as: name)
      return rectified ? graph.add("Relu", [result], as: name + ".relu") : result
    }
    func doubled(_ input: String) -> String {
      graph.add(
        "Resize", [input, "region", "scales"], as: input + ".doubled",
        ["mode": .text("linear"), "coordinate_transformation_mode": .text("half_pixel")])
    }
    var (map, maps) = (MaskInput.inputName, [String]())
    for level in 0..<5 {
      map = conv("entry.\(level)", map)
      if level > 0 {
        let added = conv("block.\(level).second", conv("block.\(level).first", map), rectified: false)
        map = graph.add(
          "Relu", [graph.add("Add", [map, added], as: "block.\(level).sum")], as: "block.\(level)")
      }
      maps.append(map)
    }
    let mean = graph.add("GlobalAveragePool", [map], as: "gate.mean")
    let share = graph.add(
      "Sigmoid", [conv("gate.excite", conv("gate.squeeze", mean), rectified: false)], as: "gate.share")
    map = graph.add("Mul", [map, share], as: "gate")
    for level in (0..<4).reversed() {
      let enlarged = doubled(conv("lateral.\(level)", map, rectified: false))
      let sum = graph.add("Add", [enlarged, maps[level]], as: "sum.\(level)")
      map = conv("smooth.\(level)", graph.add("Relu", [sum], as: "sum.\(level).relu"))
    }
    let joined = graph.add(
      "Concat", [doubled(conv("reduce", map)), MaskInput.inputName], as: "joined", ["axis": .integer(1)])
    graph.add("Sigmoid", [conv("last", conv("detail", joined), rectified: false)], as: MaskInput.outputName)
    return graph
  }
}
