import Foundation
import TestSupport
import Testing

@testable import Tensors

func expectClose(
  _ tensor: Tensor, _ expected: [Float], within tolerance: Float = 1e-6,
  at location: SourceLocation = #_sourceLocation
) throws {
  let values = try tensor.floats()
  #expect(values.count == expected.count, sourceLocation: location)
  for (value, other) in zip(values, expected) where !(abs(value - other) <= tolerance * max(1, abs(other))) {
    Issue.record("\(values) is not \(expected)", sourceLocation: location)
    return
  }
}

struct TensorTests {
  @Test("Bytes are read back unchanged") func bytes() throws {
    let bytes = Data((0..<24).map { UInt8($0) })
    for dtype in [DType.float32, .int64, .int16, .uint8, .bfloat16] {
      let tensor = try Tensor(bytes, dtype: dtype, shape: [24 / dtype.size])
      #expect(tensor.dtype == dtype)
      #expect(try tensor.bytes() == bytes)
    }
  }

  @Test("The bytes of a transposed tensor are in the tensor's order") func transposedBytes() throws {
    let tensor = try Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3]).permute([1, 0])
    #expect(tensor.shape == [3, 2])
    #expect(try tensor.floats() == [1, 4, 2, 5, 3, 6])
  }

  @Test("A wrong number of bytes is an error") func wrongByteCount() {
    let error = #expect(throws: TensorError.self) {
      _ = try Tensor(Data(count: 7), dtype: .float32, shape: [2])
    }
    #expect(error?.description.contains("7 bytes given, 8 needed") == true)
  }

  @Test("An error names the operation and the shapes") func shapeError() throws {
    let a = try Tensor.zeros([2, 3])
    let b = try Tensor.zeros([4, 5])
    let error = #expect(throws: TensorError.self) { _ = try a.matmul(b) }
    #expect(error?.operation == "matmul")
    #expect(error?.shapes == [[2, 3], [4, 5]])
    #expect(error?.kind == .invalid)
    #expect(error?.description.contains("\n") == false)
  }

  @Test("Insufficient memory is a separate error") func outOfMemory() {
    let error = #expect(throws: TensorError.self) { _ = try Tensor.zeros([1 << 45]) }
    #expect(error?.kind == .outOfMemory)
  }

  @Test("A missing device is an error") func missingDevice() throws {
    let tensor = try Tensor.zeros([1])
    #expect(throws: TensorError.self) { _ = try tensor.to(device: .cuda(Torch.cudaDevices)) }
  }

  @Test("A convolution sums weighted neighbors") func convolution() throws {
    let image = try Tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], shape: [1, 1, 3, 3])
    let ones = try Tensor(repeating: 1, shape: [1, 1, 3, 3])
    try expectClose(image.conv2d(ones), [45])
    try expectClose(image.reflectionPad(1).conv2d(ones, stride: 2), [33, 39, 51, 57])
  }

  @Test("The variance is biased or unbiased as requested") func variance() throws {
    let tensor = try Tensor([1, 2, 3, 4], shape: [1, 4])
    try expectClose(tensor.varianceAndMean([1], unbiased: true).variance, [5.0 / 3])
    try expectClose(tensor.varianceAndMean([1], unbiased: false).variance, [1.25])
    try expectClose(tensor.varianceAndMean([1], unbiased: false).mean, [2.5])
  }

  @Test("Resizing with aligned corners keeps the corners") func alignedCorners() throws {
    let image = try Tensor([0, 3, 6, 9], shape: [1, 1, 2, 2])
    let resized = try image.resizeBilinear(height: 4, width: 4, alignCorners: true)
    try expectClose(resized, [0, 1, 2, 3, 2, 3, 4, 5, 4, 5, 6, 7, 6, 7, 8, 9])
  }

  @Test("Losses are means over the elements") func losses() throws {
    let logits = try Tensor([0, 2])
    try expectClose(logits.meanSquaredError(1), [1])
    try expectClose(logits.meanAbsoluteError(Tensor([1, 5])), [2])
    try expectClose(logits.binaryCrossEntropy(label: 1), [(Float(log(2.0)) + Float(log(1 + exp(-2.0)))) / 2])
    #expect(throws: TensorError.self) { _ = try logits.meanAbsoluteError(Tensor([1])) }
  }
}

struct AutogradTests {
  private func leaf(_ values: [Float]) throws -> Tensor {
    let tensor = try Tensor(values)
    try tensor.setRequiresGrad(true)
    return tensor
  }

  @Test("Gradients accumulate until they are reset") func gradients() throws {
    let x = try leaf([1, 2])
    #expect(try x.grad()?.count == nil)
    try (x * x).sum().backward()
    try (x * x).sum().backward()
    try expectClose(#require(try x.grad()), [4, 8])
    try x.setGrad(nil)
    #expect(try x.grad()?.count == nil)
  }

  @Test("No gradient flows through detached tensors") func detached() throws {
    let x = try leaf([3])
    let y = try x.detach() * x
    try y.sum().backward()
    try expectClose(#require(try x.grad()), [3])
  }

  @Test("Without gradients nothing is recorded, and an error restores the mode") func noGradient() throws {
    let x = try leaf([3])
    let y = try withoutGradient { try x * 2 }
    #expect(!y.requiresGrad)
    #expect(throws: TensorError.self) { try withoutGradient { _ = try x.reshape([7]) } }
    #expect(try (x * 2).requiresGrad)
  }

  @Test("A gradient can be differentiated again") func secondDerivative() throws {
    let x = try leaf([2])
    let unused = try leaf([1])
    let found = try x.power(3).sum().gradients(of: [x, unused], createGraph: true)
    let slope = try #require(found[0])
    #expect(found[1]?.count == nil)
    try expectClose(slope, [12])
    try slope.sum().backward()
    try expectClose(#require(try x.grad()), [12])
  }
}

struct GeneratorTests {
  @Test("The same seed gives the same sequence") func seed() throws {
    let first = try RandomGenerator(seed: 7).uniform([5]).floats()
    #expect(try RandomGenerator(seed: 7).uniform([5]).floats() == first)
    #expect(try RandomGenerator(seed: 8).uniform([5]).floats() != first)
    #expect(first.allSatisfy { (0..<1).contains($0) })
  }

  @Test("A restored random generator continues its sequence") func restoredState() throws {
    let generator = try RandomGenerator(seed: 1)
    _ = try generator.normal([3])  // normal draws come in pairs: the state holds half a pair too
    let state = try generator.state()
    let next = try generator.normal([5]).floats()
    let other = try RandomGenerator(seed: 99)
    try other.restore(state)
    #expect(try other.normal([5]).floats() == next)
  }

  @Test("A damaged state is an error") func damagedState() throws {
    let generator = try RandomGenerator(seed: 1)
    #expect(throws: TensorError.self) { try generator.restore(Data(count: 12)) }
  }
}
