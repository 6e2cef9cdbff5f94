import Dataset
import Foundation
import Tensors

/// What several processes do together besides exchanging gradients.
extension Trainer {
  /// Loads the newest checkpoint or the starting weights; several processes then compare what they start with.
  ///
  /// - Throws: `RankError.differs` if a process starts with something else than rank 0.
  func start(acceptsDataset: Bool) throws {
    if try !resume(acceptsDataset: acceptsDataset), let url = settings.from {
      report(.note(try StartingWeights(url).load(into: step.networks)))
      try step.average?.restart(at: step.networks)
    }
    guard let ranks else { return }
    let face = try settings.face.map { ["face: \(try Digest(ofFile: $0).hex)"] } ?? []
    let state = StartingState(
      size: ranks.place.size, library: Torch.version, device: device == .cpu ? "cpu" : "cuda",
      settings: settings.shared + face, dataset: digest, step: done, weights: try step.digest(step.state))
    let encoder = JSONEncoder()
    let texts = try ranks.gather(String(decoding: encoder.encode(state), as: UTF8.self))
    try StartingState.check(texts)
    try ranks.connect(device, roundsGradients: settings.exchange == .bfloat16)
    step.ranks = ranks
  }

  /// Compares the weights of all processes, and copies those of rank 0 to all if they differ.
  ///
  /// All processes apply the same gradients, but processors or cards of different kinds round differently.
  func equalizeRanks() throws {
    guard let ranks else { return }
    let digests = try ranks.gather(step.digest(step.networks.named.flatMap { $0.module.state.map(\.tensor) }))
    guard let other = digests.firstIndex(where: { $0 != digests[0] }) else { return }
    note(
      "the weights of rank \(other) differ from those of rank 0 by rounding, and are replaced by them; "
        + "use the same kind of machine and the same number of threads for all processes")
    try ranks.copyFromFirst(step.state)
  }
}
