public import Foundation
public import ProtocolBuffers

/// A network as ONNX describes it: operations in order, and the numbers that they use.
///
/// Source: https://github.com/onnx/onnx, onnx/onnx.proto.
public struct ONNXGraph: Sendable {
  /// The value of an attribute of an operation.
  public enum Attribute: Sendable, Equatable {
    case integer(Int)
    case integers([Int])
    case number(Float)
    case text(String)
  }

  /// One operation.
  public struct Node: Sendable, Equatable {
    /// The operation, such as `Conv`.
    public var operation: String
    /// The names of the values that it uses; empty for one that is left out.
    public var inputs: [String]
    /// The name of the value that it gives.
    public var output: String
    /// Its attributes by name.
    public var attributes: [String: Attribute]
  }

  /// The elements of constants.
  public enum Elements: Sendable, Equatable {
    /// Numbers of float32, little-endian bytes.
    case floats(Data)
    case integers([Int64])
  }

  /// A named array of numbers.
  public struct Constant: Sendable, Equatable {
    /// The name by which nodes use it.
    public var name: String
    /// The length of each axis.
    public var shape: [Int]
    /// The numbers in row-major order.
    public var elements: Elements
  }

  /// A named array of float32 that comes in or goes out.
  public struct Value: Sendable, Equatable {
    /// The name.
    public var name: String
    /// The length of each axis; what it is of an axis in `freeAxes` does not matter.
    public var shape: [Int]
    /// The axes of any length, with their names.
    public var freeAxes: [Int: String]
    /// What it holds, for people who use the file; empty for nothing.
    public var documentation: String

    /// An array of `shape` called `name`.
    public init(
      _ name: String, _ shape: [Int], freeAxes: [Int: String] = [:], documentation: String = ""
    ) {
      (self.name, self.shape, self.freeAxes, self.documentation) = (name, shape, freeAxes, documentation)
    }
  }

  /// The operator set that nodes are of: 12 is the newest that OpenCV 4.6 reads without gaps.
  public static let operatorSet = 12

  /// What the graph is called.
  public var name: String
  /// What comes in.
  public var inputs: [Value]
  /// What goes out.
  public var outputs: [Value] = []
  /// The operations, each after those whose results it uses.
  public private(set) var nodes: [Node] = []
  /// The constants.
  public private(set) var constants: [Constant] = []

  /// A graph without operations.
  public init(_ name: String, inputs: [Value]) { (self.name, self.inputs) = (name, inputs) }

  /// Adds an operation; its result's name is returned.
  @discardableResult
  public mutating func add(
    _ operation: String, _ inputs: [String], as output: String, _ attributes: [String: Attribute] = [:]
  ) -> String {
    nodes.append(Node(operation: operation, inputs: inputs, output: output, attributes: attributes))
    return output
  }

  /// Adds a constant; its name is returned.
  ///
  /// - Precondition: the numbers fill the shape.
  @discardableResult
  public mutating func constant(_ name: String, _ shape: [Int], _ values: [Float]) -> String {
    constant(
      name, shape,
      float32: Data(values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }))
  }

  /// Adds a constant from the little-endian bytes of its numbers; its name is returned.
  ///
  /// - Precondition: the numbers fill the shape.
  @discardableResult
  public mutating func constant(_ name: String, _ shape: [Int], float32 bytes: Data) -> String {
    precondition(shape.reduce(4, *) == bytes.count, "\(bytes.count) bytes do not fill \(shape)")
    constants.append(Constant(name: name, shape: shape, elements: .floats(bytes)))
    return name
  }

  /// Adds a constant of whole numbers with one axis; its name is returned.
  @discardableResult
  public mutating func constant(_ name: String, _ values: [Int]) -> String {
    constants.append(
      Constant(name: name, shape: [values.count], elements: .integers(values.map(Int64.init))))
    return name
  }

  /// Adds a convolution with zero padding that keeps the size but for its stride; its result's name is returned.
  @discardableResult
  public mutating func convolution(
    _ input: String, weight: (shape: [Int], values: [Float]), bias: [Float], stride: Int = 1, as name: String
  ) -> String {
    let kernel = weight.shape[2]
    let names = [
      constant(name + ".weight", weight.shape, weight.values), constant(name + ".bias", [bias.count], bias),
    ]
    return add(
      "Conv", [input] + names, as: name,
      [
        "kernel_shape": .integers([kernel, kernel]), "strides": .integers([stride, stride]),
        "pads": .integers([Int](repeating: kernel / 2, count: 4)), "dilations": .integers([1, 1]),
        "group": .integer(1),
      ])
  }

  /// The whole model as the bytes of an ONNX file; the same graph always gives the same bytes.
  public func encoded() -> Data { message.data }

  /// The whole model as the message of an ONNX file, which programs read up to a size of 2 GiB.
  public var message: ProtocolBuffer {
    var model = ProtocolBuffer()
    model.integer(1, 7)  // ir_version
    model.text(2, "easel")  // producer_name
    model.message(7) { graph in
      for node in nodes { graph.message(1) { $0.add(node) } }
      graph.text(2, name)
      for constant in constants { graph.message(5) { $0.add(constant) } }
      for value in inputs { graph.message(11) { $0.add(value) } }
      for value in outputs { graph.message(12) { $0.add(value) } }
    }
    model.message(8) { $0.integer(2, Self.operatorSet) }
    return model
  }
}

extension ProtocolBuffer {
  /// The fields of a NodeProto.
  fileprivate mutating func add(_ node: ONNXGraph.Node) {
    for input in node.inputs { text(1, input) }
    text(2, node.output)
    text(3, node.output)
    text(4, node.operation)
    for (name, attribute) in node.attributes.sorted(by: { $0.key < $1.key }) {
      message(5) { proto in
        proto.text(1, name)
        switch attribute {
        case .number(let value):
          proto.float(2, value)
          proto.integer(20, 1)
        case .integer(let value):
          proto.integer(3, value)
          proto.integer(20, 2)
        case .text(let value):
          proto.text(4, value)
          proto.integer(20, 3)
        case .integers(let values):
          for value in values { proto.integer(8, value) }
          proto.integer(20, 7)
        }
      }
    }
  }

  /// The fields of a TensorProto.
  fileprivate mutating func add(_ constant: ONNXGraph.Constant) {
    for length in constant.shape { integer(1, length) }
    switch constant.elements {
    case .floats(let values):
      integer(2, 1)
      text(8, constant.name)
      bytes(9, values)
    case .integers(let values):
      integer(2, 7)
      text(8, constant.name)
      bytes(9, Data(values.flatMap { withUnsafeBytes(of: $0.littleEndian, Array.init) }))
    }
  }

  /// The fields of a ValueInfoProto.
  fileprivate mutating func add(_ value: ONNXGraph.Value) {
    text(1, value.name)
    message(2) { type in
      type.message(1) { tensor in
        tensor.integer(1, 1)
        tensor.message(2) { shape in
          for (axis, length) in value.shape.enumerated() {
            shape.message(1) {
              if let name = value.freeAxes[axis] { $0.text(2, name) } else { $0.integer(1, length) }
            }
          }
        }
      }
    }
    if !value.documentation.isEmpty { text(3, value.documentation) }
  }
}
