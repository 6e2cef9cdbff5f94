import Tensors

/// Batch normalisation with fixed statistics, torch.nn.BatchNorm2d in evaluation mode.
final class FixedBatchNorm: Module {
  private let weight, bias, mean, variance, batches: Tensor
  private let eps: Double

  init(_ channels: Int, eps: Double, from initializer: Initializer) throws {
    weight = try initializer.constant(1, [channels]).detach()
    bias = try initializer.constant(0, [channels]).detach()
    mean = try initializer.constant(0, [channels]).detach()
    variance = try initializer.constant(1, [channels]).detach()
    batches = try .zeros([], dtype: .int64)
    self.eps = eps
  }

  var ownParameters: [(name: String, tensor: Tensor)] { [("weight", weight), ("bias", bias)] }
  var ownBuffers: [(name: String, tensor: Tensor)] {
    [("running_mean", mean), ("running_var", variance), ("num_batches_tracked", batches)]
  }

  func callAsFunction(_ input: Tensor) throws -> Tensor {
    try input.batchNorm(mean: mean, variance: variance, weight: weight, bias: bias, eps: eps)
  }
}

/// A convolution without bias whose zero padding differs between the four sides.
final class PaddedConvolution: Module {
  private let weight: Tensor
  private let stride: Int
  private let groups: Int

  init(_ shape: [Int], stride: Int = 1, groups: Int = 1, from initializer: Initializer) throws {
    weight = try initializer.weight(shape, fanIn: shape.dropFirst().reduce(1, *)).detach()
    (self.stride, self.groups) = (stride, groups)
  }

  var ownParameters: [(name: String, tensor: Tensor)] { [("weight", weight)] }

  /// `padding` is the number of pixels on the left, right, top and bottom.
  func callAsFunction(_ input: Tensor, padding: [Int]) throws -> Tensor {
    let padded = padding.allSatisfy { $0 == 0 } ? input : try input.pad(padding)
    return try padded.conv2d(weight, stride: stride, groups: groups)
  }
}
