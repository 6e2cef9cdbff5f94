/// Makes the next batches in the background while the network works on this one.
///
/// At most `depth` batches are made or waiting. As each is a function of its number alone, asking for any other number, after
/// a resume or a roll-back, simply begins again there.
public actor Prefetch {
  private let depth: Int
  private let make: @Sendable (Int) throws -> TrainingBatch
  private var tasks: [Int: Task<TrainingBatch, any Error>] = [:]

  /// Prefetches batches of `data`, at most `depth` ahead.
  public init(_ data: TrainingData, depth: Int = 4) {
    self.init(depth: depth) { try data.batch($0) }
  }

  /// Prefetches what `make` makes.
  init(depth: Int, make: @escaping @Sendable (Int) throws -> TrainingBatch) {
    precondition(depth > 0, "at least the next batch is made")
    (self.depth, self.make) = (depth, make)
  }

  /// Batch `number`, which waits already where the one before was asked for last.
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
    guard let task = tasks.removeValue(forKey: number) else { preconditionFailure("it was just begun") }
    return try await task.value
  }
}
