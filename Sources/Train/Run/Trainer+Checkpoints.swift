import Dataset
import Foundation
import Tensors
import WeightFiles

/// Checkpoints: resuming from one, and writing them.
extension Trainer {
  /// Loads the newest checkpoint that can be read; with several processes rank 0 chooses it, and all load the same one.
  ///
  /// - Returns: Whether there is one.
  func resume(acceptsDataset: Bool) throws -> Bool {
    guard let ranks else { return try loadNewest(acceptsDataset: acceptsDataset) }
    let found = try ranks.fromFirst {
      try loadNewest(acceptsDataset: acceptsDataset) ? "\(done)" : "none"
    }
    guard let saved = Int(found) else { return false }
    if !ranks.isFirst { try load(saved, acceptsDataset: acceptsDataset) }
    return true
  }

  private func loadNewest(acceptsDataset: Bool) throws -> Bool {
    var newest: String?
    for saved in folder.savedSteps {
      do {
        try load(saved, acceptsDataset: acceptsDataset)
        best = bestSoFar()
        return true
      } catch let error as CheckpointError where error.concernsSettings {
        throw error
      } catch let error as TensorError {
        throw error
      } catch {
        newest = newest ?? "\(error)"
        report(.note("\(error); trying the previous checkpoint"))
        // A folder with the name of a checkpoint would prevent writing that checkpoint.
        let url = folder.checkpoint(step: saved)
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue {
          try? FileManager.default.moveItem(at: url, to: url.appendingPathExtension("damaged"))
        }
      }
    }
    if let newest { throw CheckpointError.noneReadable(folder.checkpoints.path, newest: newest) }
    return false
  }

  /// Loads the checkpoint of step `saved`.
  private func load(_ saved: Int, acceptsDataset: Bool) throws {
    let url = folder.checkpoint(step: saved)
    let checkpoint = try Checkpoint(contentsOf: url)
    guard checkpoint.header.step == saved else { throw CheckpointError.damaged(url.path) }
    try check(checkpoint.header, url.path, acceptsDataset: acceptsDataset)
    try checkpoint.restore(step)
    if let key = try step.networks.firstNotFiniteWeight() {
      throw CheckpointError.incomplete("\(url.path): \(key) contains values that are not finite numbers")
    }
    switch (checkpoint.hasAverage, step.average != nil) {
    case (false, true) where checkpoint.header.step > 0:
      report(
        .note("\(url.path) contains no moving average of the generators: it starts at their current weights"))
    case (true, false):
      report(
        .note("\(url.path) contains a moving average of the generators, which is dropped: train.ema is 0"))
    default: break
    }
    let (before, now) = (checkpoint.header.processes ?? 1, ranks?.place.size ?? 1)
    if before != now {
      func processes(_ count: Int) -> String { count == 1 ? "1 process" : "\(count) processes" }
      report(
        .note(
          "\(url.path) was trained with \(processes(before)), and the run continues with \(now): "
            + "images are drawn in another order from now on"))
    }
    done = checkpoint.header.step
  }

  /// The distance of the checkpoint that `best` points to; nil if it was not measured or cannot be read.
  private func bestSoFar() -> DistanceEstimate? {
    guard let step = folder.step(of: folder.best),
      let file = try? WeightsFile(contentsOf: folder.checkpoint(step: step), maps: true),
      let header = try? Checkpoint.Header(file, checking: ["genA2B", "genB2A"].map(file.emaOrCurrent)),
      let distance = header.distance, let spread = header.spread
    else { return nil }
    guard header.measure == measureName else {
      report(
        .note(
          "the best checkpoint so far, step \(step), was not measured by \(measureName), so the best one is "
            + "chosen again from the next checkpoint on"))
      return nil
    }
    return DistanceEstimate(value: distance, spread: spread)
  }

  private func check(_ header: Checkpoint.Header, _ path: String, acceptsDataset: Bool) throws {
    if header.architecture != architecture {
      throw CheckpointError.otherArchitecture(path, found: header.architecture, wanted: architecture)
    }
    if header.seed != UInt64(settings.seed) {
      throw CheckpointError.otherSeed(path, found: header.seed, wanted: UInt64(settings.seed))
    }
    if header.dataset != digest, !acceptsDataset { throw CheckpointError.otherDataset(path) }
  }

  /// Saves the checkpoint of the current step, keeps the best, and removes old ones.
  ///
  /// With a GPU the file is written while the training continues, because writing takes as long as hundreds of steps. On the CPU
  /// it takes less than a step, and the training waits, because memory for another copy of the state may be missing.
  ///
  /// A checkpoint becomes the best one only if its distance is smaller by more than both standard errors; a smaller
  /// difference could be chance.
  ///
  /// - Returns: The distances; nil if they were not measured.
  @discardableResult
  func save(measuring: Bool) async throws -> DistanceReport? {
    try await finishWriting()
    let distances = measuring ? try sampleImages?.distances(step.emaOrCurrent, precision: precision) : nil
    let total = distances?.total
    let header = Checkpoint.Header(
      step: done, architecture: architecture, seed: UInt64(settings.seed), dataset: digest,
      distance: total?.value, spread: total?.spread, measure: total.map { _ in measureName },
      processes: ranks?.place.size)
    var isBest = best == nil
    if let total, total.spread != nil {
      isBest = best.map(total.isClearlyBelow) ?? true
      if isBest { best = total }
    }
    let (checkpoint, done, keep) = (try Checkpoint(header, of: step), done, settings.keep)
    writing = Task.detached { [folder, report] in
      let url = folder.checkpoint(step: done)
      try checkpoint.write(to: url)
      try folder.point(folder.latest, to: done)
      if isBest { try folder.point(folder.best, to: done) }
      let bestStep = folder.step(of: folder.best)
      for old in folder.savedSteps.dropFirst(max(1, keep)) where old != bestStep {
        try? FileManager.default.removeItem(at: folder.checkpoint(step: old))
      }
      report(.saved(url, step: done))
    }
    if !writesInBackground { try await finishWriting() }
    if let distances { report(.measured(distances, step: done, isBest: isBest)) }
    return distances
  }

  /// Waits until the last checkpoint is written.
  ///
  /// - Throws: `WriteError` if it could not be written.
  func finishWriting() async throws {
    defer { writing = nil }
    try await writing?.value
  }
}
