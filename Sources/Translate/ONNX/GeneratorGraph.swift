import Dataset
public import Foundation
public import ONNX
import ProtocolBuffers
import Tensors
import Train
import WeightFiles

extension TrainedGenerator {
  /// The name of the exported network's input.
  public static let inputName = "input"
  /// The name of the exported network's output.
  public static let outputName = "output"

  /// The generator as an ONNX graph in float32, from images of one domain to images of the other.
  ///
  /// `input` and `output` are (N, 3, height, width): red, green and blue as `sample / 127.5 - 1`. The size is the
  /// architecture's side and N is 1, unless `hasFreeSize`: then N, height and width are free. Height and width are multiples of
  /// 4 for U-GAT-IT, of 16 for photo2cartoon. The CAM classifier and heat map are not included.
  ///
  /// - Throws: `WeightsError` if the size cannot be free, because a fully connected layer has weights for each pixel; as
  ///   `makeGenerator`.
  public func graph(hasFreeSize: Bool = false) throws -> ONNXGraph {
    if hasFreeSize && !architecture.model.isLight {
      throw WeightsError(
        .unsupported,
        "the size of \(architecture.model.rawValue) cannot be free: its fully connected layer fits "
          + "\(architecture.side) x \(architecture.side) pixels only")
    }
    return try Self.graph(
      of: makeGenerator().storedState(), architecture, named: direction.network, hasFreeSize: hasFreeSize)
  }

  /// Writes `graph` as an ONNX file, which replaces an existing file only when it is complete.
  ///
  /// - Throws: As `graph`; `WeightsError` if the file would exceed 2 GiB; `WriteError`.
  public func writeONNX(to url: URL, hasFreeSize: Bool = false) throws {
    let message = try graph(hasFreeSize: hasFreeSize).message
    guard message.count < 1 << 31 else {
      throw WeightsError(
        .unsupported, path: url.path,
        "an ONNX file has at most 2 GiB, and this network has \(message.count >> 20) MiB; use ugatit-light")
    }
    try AtomicFile.write(to: url) { writer in
      for chunk in message.chunks { try chunk.withUnsafeBytes { try writer.append($0) } }
    }
  }

  /// The graph of a generator with the weights of `state`.
  static func graph(
    of state: [String: StoredTensor], _ architecture: Architecture, named name: String, hasFreeSize: Bool
  ) throws -> ONNXGraph {
    let shape = [1, 3, architecture.side, architecture.side]
    let free = hasFreeSize ? [0: "batch", 2: "height", 3: "width"] : [:]
    let layout = "RGB as sample / 127.5 - 1"
    let input = ONNXGraph.Value(
      Self.inputName, shape, freeAxes: free, documentation: "pictures of the source domain, \(layout)")
    let output = ONNXGraph.Value(
      Self.outputName, shape, freeAxes: free, documentation: "translated pictures, \(layout)")
    var layers = GraphLayers(
      ONNXGraph(name, inputs: [input]), state: state, architecture: architecture, hasFreeSize: hasFreeSize)
    let image = GraphLayers.Map(value: Self.inputName, channels: 3, scale: 1)
    let painted =
      architecture.model.isPhoto2cartoon ? try layers.photo2cartoon(image) : try layers.ugatit(image)
    layers.finish(layers.add("Tanh", [painted.value]), as: output)
    return layers.graph
  }
}

extension GraphLayers {
  /// U-GAT-IT's generator before its last tanh (`UGATITGenerator`).
  fileprivate mutating func ugatit(_ image: Map) throws -> Map {
    var map = image
    for (index, stride) in [(1, 1), (5, 2), (9, 2)] {
      map = instanceNorm(try convolution(map, "DownBlock.\(index)", stride: stride))
    }
    for index in 12..<16 { map = try residual(map, "DownBlock.\(index)") }
    map = try classActivation(map)
    let features = try style(map)
    let (gamma, beta) = (try linear(features, "gamma"), try linear(features, "beta"))
    for block in 1...4 {
      let key = "UpBlock1_\(block)"
      var hidden = try convolution(map, key + ".conv1")
      hidden = relu(try adaptiveNorm(hidden, key + ".norm1", gamma: gamma, beta: beta))
      hidden = try convolution(hidden, key + ".conv2")
      map = sum(try adaptiveNorm(hidden, key + ".norm2", gamma: gamma, beta: beta), map)
    }
    for index in [0, 5] { map = try up(map, "UpBlock2", index: index) }
    return try convolution(map, "UpBlock2.11")
  }

  /// photo2cartoon's generator before its last tanh (`Photo2CartoonGenerator`).
  fileprivate mutating func photo2cartoon(_ image: Map) throws -> Map {
    var map = instanceNorm(try convolution(image, "ConvBlock1.1"))
    for key in ["HourGlass1", "HourGlass2"] { map = try hourglass(map, key) }
    for key in ["DownBlock1.1", "DownBlock2.1"] { map = instanceNorm(try convolution(map, key, stride: 2)) }
    var contents: [String] = []
    for block in 1...4 {
      map = try residual(map, "EncodeBlock\(block)")
      contents.append(means(map))
    }
    map = try classActivation(map)
    let features = try style(map)
    for (block, content) in zip(1...4, contents.reversed()) {
      let key = "DecodeBlock\(block)"
      var hidden = try convolution(map, key + ".conv1")
      hidden = relu(try softAdaptiveNorm(hidden, key + ".norm1", content: content, style: features))
      hidden = try convolution(hidden, key + ".conv2")
      map = sum(try softAdaptiveNorm(hidden, key + ".norm2", content: content, style: features), map)
    }
    for key in ["UpBlock1", "UpBlock2"] { map = try up(map, key) }
    map = try hourglass(map, "HourGlass3")
    map = try hourglass(map, "HourGlass4", isResidual: false)
    return try convolution(map, "ConvBlock2.1")
  }

  private mutating func residual(_ map: Map, _ key: String) throws -> Map {
    let hidden = instanceNorm(try convolution(map, key + ".conv_block.1"))
    return sum(map, instanceNorm(try convolution(hidden, key + ".conv_block.5"), rectified: false))
  }

  private mutating func up(_ map: Map, _ key: String, index: Int = 0) throws -> Map {
    let map = try convolution(doubled(map), "\(key).\(index + 2)")
    return try layerInstanceNorm(map, "\(key).\(index + 3)")
  }

  private mutating func hourglass(_ map: Map, _ key: String, isResidual: Bool = true) throws -> Map {
    let pyramid = try pyramid(map, key + ".HG.0")
    let features = instanceNorm(try convolution(try convolutions(pyramid, key + ".HG.1"), key + ".HG.2"))
    let painted = try convolution(features, key + ".Conv1")
    guard isResidual else { return painted }
    let mixed = sum(map, try convolution(features, key + ".Conv2"))
    return sum(mixed, try convolution(painted, key + ".Conv3"))
  }

  private mutating func pyramid(_ input: Map, _ key: String) throws -> Map {
    var map = input
    var paths: [Map] = []
    for level in 1...4 {
      paths.append(try convolutions(map, "\(key).ConvBlock\(level)_1"))
      map = try convolutions(halved(map), "\(key).ConvBlock\(level)_2")
    }
    map = try convolutions(map, key + ".ConvBlock5")
    for (path, block) in zip(paths.reversed(), 6...9) {
      map = sum(path, doubled(try convolutions(map, "\(key).ConvBlock\(block)")))
    }
    return map
  }

  private mutating func convolutions(_ input: Map, _ key: String) throws -> Map {
    var parts: [Map] = []
    for part in 1...3 {
      parts.append(try convolution(instanceNorm(parts.last ?? input), "\(key).ConvBlock\(part).3"))
    }
    let joined = add("Concat", parts.map(\.value), ["axis": .integer(1)])
    return sum(Map(value: joined, channels: input.channels, scale: input.scale), input)
  }
}
