import Foundation
import ONNX
import Tensors

/// Computes what a graph describes, as ONNX defines its operations, with libtorch: those operations that generators use.
struct GraphEvaluation {
  private struct Unknown: Error { let what: String }

  private let graph: ONNXGraph

  init(_ graph: ONNXGraph) { self.graph = graph }

  /// The first output for the first input.
  func output(for input: Tensor) throws -> Tensor {
    var values = [graph.inputs[0].name: input]
    var whole: [String: [Int]] = [:]
    for constant in graph.constants {
      switch constant.elements {
      case .floats(let bytes):
        values[constant.name] = try Tensor(bytes, dtype: .float32, shape: constant.shape)
      case .integers(let numbers): whole[constant.name] = numbers.map(Int.init)
      }
    }
    for node in graph.nodes {
      func tensor(_ index: Int) throws -> Tensor {
        guard let value = values[node.inputs[index]] else { throw Unknown(what: node.inputs[index]) }
        return value
      }
      func numbers(_ index: Int) throws -> [Int] {
        guard let value = whole[node.inputs[index]] else { throw Unknown(what: node.inputs[index]) }
        return value
      }
      switch node.operation {
      case "Shape": whole[node.output] = try tensor(0).shape
      case "Slice": whole[node.output] = Array(try numbers(0)[numbers(1)[0]..<numbers(2)[0]])
      case "Cast":
        let cast = try numbers(0)
        values[node.output] = try Tensor(cast.map(Float.init))
      case "Pad":
        guard node.attributes["mode"] == .text("reflect") else { throw Unknown(what: "mode") }
        let pads = try numbers(1)
        guard pads == [0, 0, pads[2], pads[2], 0, 0, pads[2], pads[2]] else { throw Unknown(what: "pads") }
        values[node.output] = try tensor(0).reflectionPad(pads[2])
      default:
        let inputs = node.inputs.indices.filter { node.inputs[$0] != "region" }
        values[node.output] = try compute(node, try inputs.map { try tensor($0) })
      }
    }
    guard let output = values[graph.outputs[0].name] else { throw Unknown(what: graph.outputs[0].name) }
    return output
  }

  private func compute(_ node: ONNXGraph.Node, _ inputs: [Tensor]) throws -> Tensor {
    let first = inputs[0]
    func integers(_ name: String) throws -> [Int] {
      switch node.attributes[name] {
      case .integers(let values): return values
      case .integer(let value): return [value]
      default: throw Unknown(what: "\(node.operation).\(name)")
      }
    }
    switch node.operation {
    case "Identity": return first
    case "Add": return try first + inputs[1]
    case "Sub": return try first - inputs[1]
    case "Mul": return try first * inputs[1]
    case "Div": return try first / inputs[1]
    case "Sqrt": return try first.squareRoot()
    case "Relu": return try first.relu()
    case "Tanh": return try first.tanh()
    case "Conv":
      let stride = node.attributes["strides"] == nil ? 1 : try integers("strides")[0]
      return try first.conv2d(inputs[1], bias: inputs.count > 2 ? inputs[2] : nil, stride: stride)
    case "Gemm":
      guard try integers("transB") == [1] else { throw Unknown(what: "transB") }
      return try first.linear(inputs[1], bias: inputs.count > 2 ? inputs[2] : nil)
    case "InstanceNormalization":
      guard node.attributes["epsilon"] == .number(1e-5) else { throw Unknown(what: "epsilon") }
      let shape = [1, inputs[1].count, 1, 1]
      return try first.instanceNorm() * inputs[1].reshape(shape) + inputs[2].reshape(shape)
    case "ReduceMean": return try first.mean(integers("axes"), keep: integers("keepdims") == [1])
    case "ReduceProd": return try Tensor([first.floats().reduce(1, *)])
    case "GlobalAveragePool": return try first.globalAveragePool()
    case "AveragePool":
      guard try integers("kernel_shape") == [2, 2], try integers("strides") == [2, 2] else {
        throw Unknown(what: "AveragePool")
      }
      return try first.averagePool(2)
    case "Flatten": return try first.reshape([first.shape[0], -1])
    case "Unsqueeze":
      guard try integers("axes") == [2, 3] else { throw Unknown(what: "axes") }
      return try first.reshape(first.shape + [1, 1])
    case "Concat": return try Tensor.cat(inputs, axis: integers("axis")[0])
    case "Resize":
      guard node.attributes["mode"] == .text("nearest"), node.attributes["nearest_mode"] == .text("floor"),
        node.attributes["coordinate_transformation_mode"] == .text("asymmetric"),
        try inputs[1].floats() == [1, 1, 2, 2]
      else { throw Unknown(what: "Resize") }
      return try first.upsampleNearest(2)
    default: throw Unknown(what: node.operation)
    }
  }
}
