/// Works on items side by side and hands the results over in the items' order.
///
/// Each item in hand has a `Worker` (a detector, a network) to itself; workers are made when first needed and used
/// again. Results wait until those before them are delivered; when one slow item holds up too many, no new ones are
/// begun, so that memory stays bounded.
///
/// - Parameters:
///   - items: What to work on; asked for one at a time, on the caller's task.
///   - jobs: How many items are in hand at a time, at least 1.
///   - makeWorker: Makes one worker's tools.
///   - work: Turns one item into its result. An error ends everything.
///   - deliver: Takes the results, one at a time, in order, on the caller's task.
/// - Throws: What `makeWorker`, `work` or `deliver` throws; `CancellationError` once what was in hand is done.
public func orderedMap<Items: Sequence, Worker, Output: Sendable>(
  _ items: Items, jobs: Int,
  makeWorker: @escaping @Sendable () throws -> Worker,
  work: @escaping @Sendable (Items.Element, Worker) async throws -> Output,
  deliver: (Items.Element, Output) throws -> Void
) async throws where Items.Element: Sendable {
  precondition(jobs >= 1, "at least one job")
  typealias Finished = (index: Int, item: Items.Element, output: Output, worker: Held<Worker>)
  try await withThrowingTaskGroup(of: Finished.self) { group in
    var iterator = items.makeIterator()
    var idle: [Held<Worker>] = []
    var waiting: [Int: (Items.Element, Output)] = [:]
    var (begun, finished, delivered) = (0, 0, 0)
    var exhausted = false

    while true {
      while !exhausted, begun - finished < jobs, begun - delivered < jobs * 8, !Task.isCancelled {
        guard let item = iterator.next() else {
          // Items that wait for something, such as frames of a video, end early when the task is cancelled.
          exhausted = !Task.isCancelled
          break
        }
        let (index, worker) = (begun, idle.popLast())
        begun += 1
        group.addTask {
          let worker = try worker ?? Held(makeWorker())
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

/// A worker on its way from one task to the next; unchecked because only the task that holds it touches it.
private struct Held<Worker>: @unchecked Sendable {
  let value: Worker

  init(_ value: Worker) { self.value = value }
}
