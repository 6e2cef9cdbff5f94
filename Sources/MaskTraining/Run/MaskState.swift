import Dataset
import Foundation
import MaskModel
import Tensors
import Train
import WeightFiles

/// A mask network that is being trained: its weights, their average, and the optimizer.
final class MaskState {
  let network: MaskNetwork
  let averaged: MaskNetwork
  let adam: Adam
  private let parameters: [Tensor]

  init(_ settings: MaskTrainSettings) throws {
    network = try MaskNetwork(settings.architecture, generator: RandomGenerator(seed: settings.seed))
    averaged = try MaskNetwork(settings.architecture, generator: RandomGenerator(seed: settings.seed))
    try averaged.setRequiresGrad(false)
    parameters = network.parameters
    var adamSettings = Adam.Settings()
    (adamSettings.beta1, adamSettings.weightDecay) = (0.9, 0)
    adam = try Adam(parameters, settings: adamSettings)
  }

  /// A state that starts from the weights of a network in use.
  func begin(at weights: MaskWeights) throws {
    try network.load(weights)
    try averaged.load(weights)
  }

  /// One step on `batch`; returns the loss terms.
  ///
  /// With `frozen` statistics, normalization stays as it is.
  func step(
    _ batch: MaskBatch, rate: Double, settings: MaskTrainSettings, number: Int, frozen: Bool = false
  ) throws -> [String: Double] {
    let input = try Tensor(batch.input, shape: [batch.count, 4, batch.side, batch.side])
    let alpha = try Tensor(batch.alpha, shape: [batch.count, 1, batch.side, batch.side])
    let logits = try network(input, precision: settings.bfloat16 ? .bfloat16 : .float32, training: !frozen)
    let loss = try MaskLoss(logits, alpha: alpha)
    try network.clearGradients()
    try loss.total.backward()
    try parameters.clipGradients(to: 5)
    try withoutGradient {
      // AdamW's decay, apart from the gradient; biases and normalization (one axis) are left alone.
      for parameter in parameters where parameter.rank > 1 {
        try parameter.blend(scale: 1 - rate * settings.weightDecay, adding: parameter, times: 0)
      }
    }
    try adam.step(rate: rate)
    // The average follows quickly at first, when everything changes.
    let keep = min(settings.average, Double(number + 1) / Double(number + 10))
    try withoutGradient {
      for (mean, now) in zip(averaged.state, network.state) {
        try mean.tensor.blend(scale: keep, adding: now.tensor, times: 1 - keep)
      }
    }
    var terms = ["total": try loss.total.item()]
    for (name, value) in loss.terms { terms[name] = try value.item() }
    return terms
  }

  /// The alpha of the averaged network for `batch`.
  func alpha(_ batch: MaskBatch) throws -> [Float] {
    try withoutGradient {
      let input = try Tensor(batch.input, shape: [batch.count, 4, batch.side, batch.side])
      return try averaged(input).sigmoid().floats()
    }
  }

  /// Everything that is needed to resume the run.
  func stored() throws -> [String: StoredTensor] {
    var tensors: [String: StoredTensor] = [:]
    for (key, tensor) in try network.storedState() { tensors["network.\(key)"] = tensor }
    for (key, tensor) in try averaged.storedState() { tensors["average.\(key)"] = tensor }
    for (index, key) in network.state.filter(\.isParameter).map(\.key).enumerated() {
      tensors["optimizer.exp_avg.\(key)"] = try StoredTensor(adam.firstMoments[index])
      tensors["optimizer.exp_avg_sq.\(key)"] = try StoredTensor(adam.secondMoments[index])
    }
    let counts = try adam.steps.withUnsafeBytes { Data($0) }
    tensors["optimizer.step"] = StoredTensor(
      element: .int64, shape: [adam.parameters.count], bytes: counts)
    return tensors
  }

  /// Restores the state of `stored()`.
  func restore(_ tensors: [String: StoredTensor]) throws {
    func part(_ prefix: String) -> [String: StoredTensor] {
      Dictionary(
        uniqueKeysWithValues: tensors.filter { $0.key.hasPrefix(prefix) }.map {
          (String($0.key.dropFirst(prefix.count)), $0.value)
        })
    }
    try network.load(part("network."))
    try averaged.load(part("average."))
    let keys = network.state.filter(\.isParameter).map(\.key)
    let (first, second) = (part("optimizer.exp_avg."), part("optimizer.exp_avg_sq."))
    try withoutGradient {
      for (index, key) in keys.enumerated() {
        guard let one = first[key], let two = second[key] else {
          throw CheckpointError.incomplete("the optimizer has no state for \(key)")
        }
        try adam.firstMoments[index].copy(from: Tensor(one))
        try adam.secondMoments[index].copy(from: Tensor(two))
      }
    }
    guard let counts = tensors["optimizer.step"], counts.bytes.count == keys.count * 8 else {
      throw CheckpointError.incomplete("the optimizer has no step")
    }
    try adam.restore(
      steps: counts.bytes.withUnsafeBytes { bytes in
        keys.indices.map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self) }
      })
  }
}
