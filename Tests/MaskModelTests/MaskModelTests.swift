import Foundation
import Imaging
import ONNX
import Testing
import Vision

@testable import MaskModel

struct MaskModelTests {
  @Test(
    "The built-in network has fewer than 1.5 million weights and less than 2 MiB, and OpenCV computes alpha with it"
  )
  func builtIn() throws {
    let weights = try BuiltInMaskNetwork.weights()
    let count = weights.layers.map { $0.kernel.count + $0.bias.count }.reduce(0, +)
    #expect(count < 1_500_000)
    #expect(weights.data.count < 2 << 20)
    #expect(try MaskWeights(weights.data) == weights)
    let network = try Network(onnx: weights.graph.encoded(), name: "built-in")
    let side = weights.architecture.side
    let crop = ImageBuffer(width: 256, height: 256, format: .rgb, filledWith: [90, 120, 200])
    let face = Box(x: 80, y: 90, width: 96, height: 96)
    try network.setInput(
      MaskInput.values(crop, face: face, side: side), shape: [1, 4, side, side], named: MaskInput.inputName)
    let output = try #require(try network.forward().first)
    #expect(output.shape == [1, 1, side, side])
    #expect(output.values.allSatisfy { (0...1).contains($0) })
  }

  @Test(
    "Weights that are truncated, of another kind, of an impossible shape or NaN are rejected with a reason")
  func invalidWeights() throws {
    let architecture = MaskArchitecture()
    let layers = architecture.convolutions.map {
      ([Float](repeating: 0.5, count: $0.weightCount), [Float](repeating: 0, count: $0.outputs))
    }
    let data = try MaskWeights(architecture, layers: layers).data
    #expect(throws: MaskWeights.Invalid.self) { try MaskWeights(data.dropLast(2)) }
    #expect(throws: MaskWeights.Invalid.self) { try MaskWeights(Data("EASELMSK".utf8)) }
    #expect(throws: MaskWeights.Invalid.self) { try MaskWeights(Data(repeating: 7, count: 100)) }
    var bent = data
    bent[12] = 33  // the side
    #expect(throws: MaskWeights.Invalid.self) { try MaskWeights(bent) }
    var poisoned = data
    (poisoned[36], poisoned[37]) = (0, 0x7E)  // NaN in half precision
    let error = #expect(throws: MaskWeights.Invalid.self) { try MaskWeights(poisoned) }
    #expect(error?.reason.contains("entry.0") == true)
  }

  @Test(
    "The face channel is 1 in the center of the face, exp(-1/2) at the middle of its edges, and 0 without a face"
  )
  func faceChannel() {
    let side = 65
    var plane = [Float](repeating: 9, count: side * side)
    plane.withUnsafeMutableBufferPointer {
      FaceChannel.fill($0, side: side, face: Box(x: 22.5, y: 12.5, width: 20, height: 40))
    }
    #expect(plane[32 * side + 32] == 1)
    #expect(abs(plane[32 * side + 42] - exp(-0.5)) < 1e-6)
    #expect(abs(plane[12 * side + 32] - exp(-0.5)) < 1e-6)
    plane.withUnsafeMutableBufferPointer { FaceChannel.fill($0, side: side, face: nil) }
    #expect(plane.allSatisfy { $0 == 0 })
  }

  @Test("The same graph always has the same bytes, and OpenCV computes its convolution")
  func graph() throws {
    var graph = ONNXGraph("sum", inputs: [.init("x", [1, 1, 3, 3])])
    graph.outputs = [.init("y", [1, 1, 3, 3])]
    graph.convolution(
      "x", weight: ([1, 1, 3, 3], [Float](repeating: 1, count: 9)), bias: [10], as: "y")
    let bytes = graph.encoded()
    #expect(bytes == graph.encoded())
    let network = try Network(onnx: bytes, name: "sum")
    try network.setInput((1...9).map(Float.init), shape: [1, 1, 3, 3])
    let output = try #require(try network.forward().first)
    #expect(output.values[4] == 55)
    #expect(output.values[0] == 22)
  }

  @Test("Bytes that are no ONNX file are rejected")
  func damaged() {
    #expect(throws: VisionError.self) { try Network(onnx: Data(), name: "empty") }
    #expect(throws: VisionError.self) { try Network(onnx: Data("no network".utf8), name: "text") }
  }
}
