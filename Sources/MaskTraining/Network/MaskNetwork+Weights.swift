public import MaskModel
import Tensors

extension MaskNetwork {
  /// The weights for use, normalization folded into the convolutions, in half precision.
  ///
  /// - Throws: `MaskWeights.Invalid` if a weight is not a number; `TensorError`.
  public func weights() throws -> MaskWeights {
    let byName = Dictionary(uniqueKeysWithValues: state.map { ($0.key, $0.tensor) })
    let layers = try withoutGradient {
      try architecture.convolutions.map { layer -> (kernel: [Float], bias: [Float]) in
        if let kernel = byName[layer.name + ".weight"], let bias = byName[layer.name + ".bias"] {
          return (try kernel.floats(), try bias.floats())
        }
        guard let part = normed(layer.name) else {
          throw MaskTrainError.architecture("there is no \(layer.name)")
        }
        let (scale, shift) = try part.norm.folded()
        let kernel = try part.conv.weight * scale.reshape([layer.outputs, 1, 1, 1])
        return (try kernel.floats(), try shift.floats())
      }
    }
    return try MaskWeights(architecture, layers: layers)
  }

  /// Copies the weights of a network in use; normalization is then the identity until it is trained.
  ///
  /// - Throws: `MaskTrainError.architecture` for another shape; `TensorError`.
  func load(_ weights: MaskWeights) throws {
    guard weights.architecture == architecture else {
      throw MaskTrainError.architecture("the weights have another shape")
    }
    let byName = Dictionary(uniqueKeysWithValues: state.map { ($0.key, $0.tensor) })
    try withoutGradient {
      for (layer, numbers) in zip(architecture.convolutions, weights.layers) {
        let kernel = try Tensor(
          numbers.kernel, shape: [layer.outputs, layer.inputs, layer.kernel, layer.kernel])
        let bias = try Tensor(numbers.bias)
        if let plain = byName[layer.name + ".weight"], let addend = byName[layer.name + ".bias"] {
          try plain.copy(from: kernel)
          try addend.copy(from: bias)
        } else if let part = normed(layer.name) {
          try part.conv.weight.copy(from: kernel)
          try part.norm.weight.fill(1)
          try part.norm.bias.copy(from: bias)
          try part.norm.runningMean.fill(0)
          try part.norm.runningVariance.fill(1 - BatchNorm.eps)
        }
      }
    }
  }

  /// The convolution with normalization that is called `name`.
  private func normed(_ name: String) -> NormedConv? {
    if let part = children.first(where: { $0.name == name })?.module { return part as? NormedConv }
    for (parent, module) in children {
      for (child, part) in module.children where name == "\(parent).\(child)" { return part as? NormedConv }
    }
    return nil
  }
}
