public import MaskModel
import Tensors

extension MaskNetwork {
  /// The weights for use, normalisation folded into the convolutions, in half precision.
  ///
  /// - Throws: `MaskWeights.Invalid` where a weight is no number; `TensorError`.
  public func weights() throws -> MaskWeights {
    let byName = Dictionary(uniqueKeysWithValues: state.map { ($0.key, $0.tensor) })
    let layers = try withoutGradient {
      try architecture.convolutions.map { layer -> (kernel: [Float], bias: [Float]) in
        if let kernel = byName[layer.name + ".weight"], let bias = byName[layer.name + ".bias"] {
          return (try kernel.floats(), try bias.floats())
        }
        guard let part = normed(layer.name) else { throw MaskTrainError.architecture("there is no \(layer.name)") }
        let (scale, shift) = try part.norm.folded()
        let kernel = try part.conv.weight * scale.reshape([layer.outputs, 1, 1, 1])
        return (try kernel.floats(), try shift.floats())
      }
    }
    return try MaskWeights(architecture, layers: layers)
  }

  /// The convolution with normalisation that is called `name`.
  private func normed(_ name: String) -> NormedConv? {
    if let part = children.first(where: { $0.name == name })?.module { return part as? NormedConv }
    for (parent, module) in children {
      for (child, part) in module.children where name == "\(parent).\(child)" { return part as? NormedConv }
    }
    return nil
  }
}
