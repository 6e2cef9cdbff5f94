import Synchronization
import Testing

@testable import Dataset

struct OrderedMapTests {
  private struct Broken: Error, Equatable { let item: Int }

  /// A worker that is not Sendable, like detectors and networks.
  private final class Worker { var uses = 0 }

  @Test("Results are delivered in the order of the items", arguments: [1, 2, 7]) func order(jobs: Int)
    async throws
  {
    var delivered: [Int] = []
    try await orderedMap(0..<200, jobs: jobs, makeWorker: {}) { item, _ in
      // Later items often finish before earlier ones.
      try await Task.sleep(for: .microseconds((item * 7919) % 13 * 150))
      return item * item
    } deliver: { item, square in
      #expect(square == item * item)
      delivered.append(item)
    }
    #expect(delivered == Array(0..<200))
  }

  @Test("Without items no worker is created") func noItems() async throws {
    try await orderedMap(
      [Int](), jobs: 4,
      makeWorker: { Issue.record("a worker was created without items") },
      work: { item, _ in item },
      deliver: { _, _ in Issue.record("something was delivered") })
  }

  @Test("There is at most one worker for each job, and no two items share one") func workers() async throws {
    let made = Mutex(0)
    let running = Atomic(0)
    let maximum = Mutex(0)
    try await orderedMap(0..<100, jobs: 3) {
      made.withLock { $0 += 1 }
      return Worker()
    } work: { item, worker in
      let now = running.add(1, ordering: .sequentiallyConsistent).newValue
      maximum.withLock { $0 = max($0, now) }
      let before = worker.uses
      try await Task.sleep(for: .microseconds(item % 5 * 100))
      #expect(worker.uses == before)
      worker.uses += 1
      running.subtract(1, ordering: .sequentiallyConsistent)
      return item
    } deliver: { _, _ in
    }
    #expect(made.withLock { $0 } <= 3)
    #expect(maximum.withLock { $0 } <= 3)
  }

  @Test("One slow item stops new items before memory grows") func slowItem() async throws {
    let started = Mutex(0)
    let jobs = 2
    var maximum = 0
    try await orderedMap(0..<1000, jobs: jobs, makeWorker: {}) { item, _ in
      started.withLock { $0 += 1 }
      // The first item ends after the others have reached the limit and had time to exceed it.
      var waits = 0
      while item == 0, started.withLock({ $0 < jobs * 8 }), waits < 5000 {
        try await Task.sleep(for: .milliseconds(1))
        waits += 1
      }
      if item == 0 { try await Task.sleep(for: .milliseconds(20)) }
      return item
    } deliver: { item, _ in
      maximum = max(maximum, started.withLock { $0 } - item)
    }
    #expect(started.withLock { $0 } == 1000)
    #expect(maximum == jobs * 8)
  }

  @Test("An error of the work ends the map") func workError() async throws {
    let started = Mutex(0)
    var delivered: [Int] = []
    await #expect(throws: Broken(item: 50)) {
      try await orderedMap(0..<100_000, jobs: 2, makeWorker: {}) { item, _ in
        started.withLock { $0 += 1 }
        if item == 50 { throw Broken(item: item) }
        return item
      } deliver: { item, _ in
        delivered.append(item)
      }
    }
    #expect(delivered == Array(0..<delivered.count))
    #expect(delivered.count <= 50)
    #expect(started.withLock { $0 } < 100)
  }

  @Test("An error of the delivery ends the map") func deliveryError() async throws {
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

  @Test("If a worker cannot be created, the map ends with its error") func workerError() async throws {
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

  @Test("After a cancellation, running items are delivered and CancellationError is thrown")
  func cancellation() async throws {
    let started = Mutex(0)
    let task = Task {
      var delivered = 0
      do {
        try await orderedMap(0..<1_000_000, jobs: 2, makeWorker: {}) { item, _ in
          started.withLock { $0 += 1 }
          // Work that does not check for cancellation, like decoding.
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
    while started.withLock({ $0 }) < 5 { try await Task.sleep(for: .milliseconds(1)) }
    task.cancel()
    let delivered = try await task.value
    #expect(delivered == started.withLock { $0 }, "all started items must be delivered")
    #expect(delivered < 100_000)
  }
}
