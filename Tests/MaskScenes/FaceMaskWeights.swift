package import MaskModel

extension MaskWeights {
  /// Weights of a network whose alpha is high where the face channel is above a quarter, for any image.
  ///
  /// - Throws: `MaskWeights.Invalid`.
  package static func face() throws -> MaskWeights {
    let architecture = MaskArchitecture()
    let layers = architecture.convolutions.map { layer in
      var kernel = [Float](repeating: 0, count: layer.weightCount)
      var bias = [Float](repeating: 0, count: layer.outputs)
      // The centre of the kernel from one input channel to the first output channel.
      func middle(of input: Int) -> Int {
        input * layer.kernel * layer.kernel + layer.kernel * layer.kernel / 2
      }
      if layer.name == "detail" { kernel[middle(of: layer.inputs - 1)] = 1 }
      if layer.name == "last" { (kernel[middle(of: 0)], bias[0]) = (40, -10) }
      return (kernel: kernel, bias: bias)
    }
    return try MaskWeights(architecture, layers: layers)
  }
}
