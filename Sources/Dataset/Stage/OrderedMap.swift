/// Processes items in parallel and delivers the results in the order of the items.
///
/// Each running item has exclusive use of a `Worker` (such as a detector or a network). Workers are created
/// when needed and reused. A result waits until all earlier results are delivered. If a slow item makes too
/// many results wait, no new items are started, so memory stays bounded.
///
/// - Parameters:
///   - items: The items; the caller's task iterates over them.
///   - jobs: The number of items that are processed at a time, at least 1.
///   - makeWorker: Creates a worker.
///   - work: Computes the result of one item. An error ends the whole map.
///   - deliver: Receives the results one at a time, in order, on the caller's task.
/// - Throws: The errors of `makeWorker`, `work` and `deliver`; after a cancellation `CancellationError`, once
///   the running items are done.
public func orderedMap<Items: Sequence, Worker, Output: Sendable>(
  _ items: Items, jobs: Int,
  makeWorker: @escaping @Sendable () throws -> Worker,
  work: @escaping @Sendable (Items.Element, Worker) async throws -> Output,
  deliver: (Items.Element, Output) throws -> Void
) async throws where Items.Element: Sendable {
  precondition(jobs >= 1, "at least one job")
  typealias Finished = (index: Int, item: Items.Element, output: Output, worker: WorkerBox<Worker>)
  try await withThrowingTaskGroup(of: Finished.self) { group in
    var iterator = items.makeIterator()
    var idle: [WorkerBox<Worker>] = []
    var waiting: [Int: (Items.Element, Output)] = [:]
    var (started, finished, delivered) = (0, 0, 0)
    var exhausted = false

    while true {
      while !exhausted, started - finished < jobs, started - delivered < jobs * 8, !Task.isCancelled {
        guard let item = iterator.next() else {
          // Iterators that wait, such as frames of a video, end early when the task is cancelled.
          exhausted = !Task.isCancelled
          break
        }
        let (index, worker) = (started, idle.popLast())
        started += 1
        group.addTask {
          let worker = try worker ?? WorkerBox(makeWorker())
          return (index, item, try await work(item, worker.value), worker)
        }
      }
      guard let result = try await group.next() else { break }
      finished += 1
      idle.append(result.worker)
      waiting[result.index] = (result.item, result.output)
      while let (item, output) = waiting.removeValue(forKey: delivered) {
        delivered += 1
        try deliver(item, output)
      }
    }
    if !exhausted { throw CancellationError() }
  }
}

/// A worker that is passed between tasks; unchecked, because only one task uses it at a time.
private struct WorkerBox<Worker>: @unchecked Sendable {
  let value: Worker

  init(_ value: Worker) { self.value = value }
}
