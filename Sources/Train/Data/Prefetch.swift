/// Prepares the next batches in the background while the networks train on the current one.
///
/// At most `depth` batches are being prepared or ready. A batch depends only on its number, so a caller can continue at any
/// number, for example after it went back to a checkpoint.
public actor Prefetch {
  private let depth: Int
  private let make: @Sendable (Int) throws -> TrainingBatch
  private var tasks: [Int: Task<TrainingBatch, any Error>] = [:]

  /// Prefetches batches of `data`, at most `depth` ahead.
  ///
  /// Of `processes` that train together, number `rank` gets every batch number n * processes + rank as batch n.
  public init(_ data: TrainingData, depth: Int = 4, rank: Int = 0, of processes: Int = 1) {
    self.init(depth: depth) { try data.batch($0 * processes + rank) }
  }

  /// Prefetches the batches that `make` returns.
  init(depth: Int, make: @escaping @Sendable (Int) throws -> TrainingBatch) {
    precondition(depth > 0, "the depth must be at least 1")
    (self.depth, self.make) = (depth, make)
  }

  /// Batch `number`; it is usually ready if the previous call asked for the batch before it.
  ///
  /// - Throws: `DataError`, as `TrainingData.batch(_:)` does.
  public func batch(_ number: Int) async throws -> TrainingBatch {
    let wanted = number..<number + depth
    for (other, task) in tasks where !wanted.contains(other) {
      task.cancel()
      tasks[other] = nil
    }
    for next in wanted where tasks[next] == nil {
      tasks[next] = Task.detached(priority: .utility) { [make] in
        try Task.checkCancellation()
        return try make(next)
      }
    }
    guard let task = tasks.removeValue(forKey: number) else {
      preconditionFailure("the task of batch \(number) was just created")
    }
    return try await task.value
  }
}
