import Synchronization
import Testing

@testable import Dataset

struct OrderedMapTests {
  private struct Broken: Error, Equatable { let item: Int }

  /// A worker that is no Sendable, as detectors and networks are none.
  private final class Worker { var uses = 0 }

  @Test(arguments: [1, 2, 7]) func resultsComeInTheOrderOfTheItems(jobs: Int) async throws {
    var delivered: [Int] = []
    try await orderedMap(0..<200, jobs: jobs, makeWorker: {}) { item, _ in
      // Later items are faster than those before them.
      try await Task.sleep(for: .microseconds((item * 7919) % 13 * 150))
      return item * item
    } deliver: { item, square in
      #expect(square == item * item)
      delivered.append(item)
    }
    #expect(delivered == Array(0..<200))
  }

  @Test func noItemsIsNoWork() async throws {
    try await orderedMap(
      [Int](), jobs: 4,
      makeWorker: { Issue.record("a worker was made for nothing") },
      work: { item, _ in item },
      deliver: { _, _ in Issue.record("something was delivered") })
  }

  @Test func workersAreMadeOnceForEachJobAndNeverShared() async throws {
    let made = Mutex(0)
    let inHand = Atomic(0)
    let most = Mutex(0)
    try await orderedMap(0..<100, jobs: 3) {
      made.withLock { $0 += 1 }
      return Worker()
    } work: { item, worker in
      let now = inHand.add(1, ordering: .sequentiallyConsistent).newValue
      most.withLock { $0 = max($0, now) }
      let before = worker.uses
      try await Task.sleep(for: .microseconds(item % 5 * 100))
      #expect(worker.uses == before)
      worker.uses += 1
      inHand.subtract(1, ordering: .sequentiallyConsistent)
      return item
    } deliver: { _, _ in
    }
    #expect(made.withLock { $0 } <= 3)
    #expect(most.withLock { $0 } <= 3)
  }

  @Test func oneSlowItemHoldsUpTheNextOnesBeforeMemoryGrows() async throws {
    let begun = Mutex(0)
    let jobs = 2
    var most = 0
    try await orderedMap(0..<1000, jobs: jobs, makeWorker: {}) { item, _ in
      begun.withLock { $0 += 1 }
      // The first item ends when the others have run ahead as far as they may, and had the time to go too far.
      var waits = 0
      while item == 0, begun.withLock({ $0 < jobs * 8 }), waits < 5000 {
        try await Task.sleep(for: .milliseconds(1))
        waits += 1
      }
      if item == 0 { try await Task.sleep(for: .milliseconds(20)) }
      return item
    } deliver: { item, _ in
      most = max(most, begun.withLock { $0 } - item)
    }
    #expect(begun.withLock { $0 } == 1000)
    #expect(most == jobs * 8)
  }

  @Test func anErrorOfTheWorkEndsAll() async throws {
    let begun = Mutex(0)
    var delivered: [Int] = []
    await #expect(throws: Broken(item: 50)) {
      try await orderedMap(0..<100_000, jobs: 2, makeWorker: {}) { item, _ in
        begun.withLock { $0 += 1 }
        if item == 50 { throw Broken(item: item) }
        return item
      } deliver: { item, _ in
        delivered.append(item)
      }
    }
    #expect(delivered == Array(0..<delivered.count))
    #expect(delivered.count <= 50)
    #expect(begun.withLock { $0 } < 100)
  }

  @Test func anErrorOfTheDeliveryEndsAll() async throws {
    var delivered: [Int] = []
    await #expect(throws: Broken(item: 10)) {
      try await orderedMap(0..<100_000, jobs: 3, makeWorker: {}) { item, _ in
        item
      } deliver: { item, _ in
        if item == 10 { throw Broken(item: item) }
        delivered.append(item)
      }
    }
    #expect(delivered == Array(0..<10))
  }

  @Test func aWorkerThatCannotBeMadeEndsAll() async throws {
    await #expect(throws: Broken(item: -1)) {
      try await orderedMap(0..<10, jobs: 2) { () throws -> Int in
        throw Broken(item: -1)
      } work: { item, _ in
        item
      } deliver: { _, _ in
        Issue.record("something was delivered")
      }
    }
  }

  @Test func cancellationFinishesWhatIsInHandAndSaysSo() async throws {
    let begun = Mutex(0)
    let task = Task {
      var delivered = 0
      do {
        try await orderedMap(0..<1_000_000, jobs: 2, makeWorker: {}) { item, _ in
          begun.withLock { $0 += 1 }
          // Work that does not look at cancellation, as decoding does not.
          try? await Task.sleep(for: .milliseconds(2))
          return item
        } deliver: { item, _ in
          #expect(item == delivered)
          delivered += 1
        }
        Issue.record("a million items cannot be done")
      } catch is CancellationError {
      }
      return delivered
    }
    while begun.withLock({ $0 }) < 5 { try await Task.sleep(for: .milliseconds(1)) }
    task.cancel()
    let delivered = try await task.value
    #expect(delivered == begun.withLock { $0 }, "what was begun must be delivered")
    #expect(delivered < 100_000)
  }
}
