import Dataset
import Foundation
import Tensors

/// What all processes of a training must have in common when it starts.
struct StartingState: Codable, Equatable {
  /// The number of processes.
  var size: Int
  /// The version of libtorch.
  var library: String
  /// `cpu` or `cuda`.
  var device: String
  /// The settings that differ from the defaults, without paths, which may differ between machines.
  var settings: [String]
  /// The digest of the training images.
  var dataset: String
  /// The number of finished steps.
  var step: Int
  /// The digest of all weights and moments.
  var weights: String

  /// Compares the states of all ranks, as JSON, with that of rank 0.
  ///
  /// - Throws: `RankError.differs` for the first rank that differs.
  static func check(_ texts: [String]) throws(RankError) {
    let states = texts.map { try? JSONDecoder().decode(StartingState.self, from: Data($0.utf8)) }
    for (rank, state) in states.enumerated() where state != states[0] || state == nil {
      guard let state, let first = states[0] else {
        throw .differs(
          rank: rank,
          "rank \(rank) runs another version of easel-train than rank 0; install the same everywhere")
      }
      throw .differs(rank: rank, "rank \(rank) \(state.difference(from: first))")
    }
  }

  private func difference(from first: StartingState) -> String {
    if size != first.size { return "has WORLD_SIZE \(size), and rank 0 has \(first.size)" }
    if library != first.library {
      return
        "uses libtorch \(library), and rank 0 uses \(first.library); install the same easel-train everywhere"
    }
    if device != first.device {
      return
        "trains on \(device), and rank 0 on \(first.device); set --device, or check the GPUs of its machine"
    }
    if settings != first.settings {
      func list(_ settings: [String], without others: [String]) -> String {
        let own = settings.filter { !others.contains($0) }
        return own.isEmpty ? "the defaults" : own.joined(separator: ", ")
      }
      return "has other settings than rank 0: \(list(settings, without: first.settings)) instead of "
        + "\(list(first.settings, without: settings)); start all processes with the same settings"
    }
    if dataset != first.dataset {
      return "has other training images than rank 0; use one shared folder, or copy the dataset again"
    }
    if step != first.step {
      return
        "starts after step \(step), and rank 0 after step \(first.step); all processes must see the same run folder"
    }
    return
      "starts with other weights than rank 0; all processes must see the same run folder and the same train.from"
  }
}

extension TrainSettings {
  /// The settings that all processes of a training must share, as text.
  var shared: [String] {
    var settings = self
    // Paths may differ; what the files contain is compared by its digest. Devices are compared when they are known.
    (settings.run, settings.from, settings.face, settings.device) = (nil, nil, nil, TrainSettings().device)
    return settings.changes(from: TrainSettings())
  }
}

extension TrainingStep {
  /// Everything that a step changes: weights, moments, moving average.
  var state: [Tensor] {
    let modules = networks.named + (average?.generators.named ?? [])
    let moments = [generatorAdam, discriminatorAdam].flatMap { $0.firstMoments + $0.secondMoments }
    return modules.flatMap { $0.module.state.map(\.tensor) } + moments
  }

  /// The digest of all bytes of `tensors`.
  func digest(_ tensors: [Tensor]) throws -> String {
    var hasher = Hasher256()
    for tensor in tensors { try tensor.bytes().withUnsafeBytes { hasher.update($0) } }
    return hasher.finish().hex
  }
}
