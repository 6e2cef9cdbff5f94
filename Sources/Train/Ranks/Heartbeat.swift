import Foundation
import Synchronization
import Tensors

/// Notices that a process of the training is lost, while the training waits for it.
///
/// Each process counts up a number in the store, once a second, on a thread of its own. Rank 0 reads all numbers: a process
/// whose number stays the same is lost, and rank 0 writes that to the store. The others notice the loss of rank 0 because it
/// serves the store.
final class Heartbeat: Sendable {
  /// What happened to a process, as rank 0 writes it to the store.
  private struct Loss: Codable {
    var rank: Int
    /// The error with which it ended; nil if it does not answer.
    var reason: String?
  }

  private struct State {
    var loss: RankError?
    var isOver = false
    /// Whether an exchange failed, so that a process is probably lost.
    var suspects = false
    var secondsSinceAnswer = 0
    var group: ProcessGroup?
  }

  /// The seconds without a sign of life after which a process is lost.
  private static let patience = 20
  /// The same once an exchange has failed.
  private static let patienceAfterFailure = 5
  /// The seconds that the training has to end by itself; it may wait for a GPU, or for the network in a system call.
  private static let grace = 15

  private let rank: Int
  private let size: Int
  private let state = Mutex(State())

  /// Starts the two threads of a process; `store` is theirs alone.
  ///
  /// `end` is called if the training does not end by itself after a process is lost.
  init(rank: Int, size: Int, store: ProcessStore, end: @escaping @Sendable (RankError) -> Void) {
    (self.rank, self.size) = (rank, size)
    Thread.detachNewThread { self.beat(store) }
    Thread.detachNewThread { self.watch(end) }
  }

  /// The loss of a process; nil as long as all are alive.
  var loss: RankError? { state.withLock { $0.loss } }

  /// The exchange that a loss ends.
  func watch(over group: ProcessGroup) { state.withLock { $0.group = group } }

  /// Reports that an exchange failed.
  func suspect() { state.withLock { $0.suspects = true } }

  /// Ends both threads; losses no longer matter.
  func stop() { state.withLock { $0.isOver = true } }

  private var isOver: Bool { state.withLock { $0.isOver } }

  private func report(_ loss: RankError) {
    state.withLock { if $0.loss == nil, !$0.isOver { $0.loss = loss } }
  }

  private func beat(_ store: ProcessStore) {
    var others: [Int: (number: String?, seconds: Int)] = [:]
    var number = 0
    while !isOver {
      number += 1
      do {
        try store.set("beat/\(rank)", to: "\(number)")
        if rank == 0 {
          if loss == nil, let found = try findLoss(store, &others) {
            report(.init(rank: found.rank, reason: found.reason))
            try store.set(
              "loss", to: String(decoding: JSONEncoder().encode(found), as: UTF8.self))
          }
        } else if let reason = try store["ended/0"], !reason.isEmpty {
          report(.ended(rank: 0, reason: reason))
        } else if let text = try store["loss"],
          let found = try? JSONDecoder().decode(Loss.self, from: Data(text.utf8))
        {
          report(found.rank == rank ? .givenUp : .init(rank: found.rank, reason: found.reason))
        }
        state.withLock { $0.secondsSinceAnswer = 0 }
      } catch {
        report(rank == 0 ? .disconnected(reason: "\(error)") : .lost(rank: 0))
        return
      }
      sleep(1)
    }
  }

  /// The first process that ended with an error or whose number no longer changes.
  private func findLoss(
    _ store: ProcessStore, _ others: inout [Int: (number: String?, seconds: Int)]
  ) throws -> Loss? {
    let patience = state.withLock { $0.suspects } ? Self.patienceAfterFailure : Self.patience
    for other in 1..<size {
      let reason = try store["ended/\(other)"]
      if let reason, !reason.isEmpty { return Loss(rank: other, reason: reason) }
      // A process that ended without an error is done.
      if reason != nil { continue }
      let number = try store["beat/\(other)"]
      let seconds = others[other]?.number == number ? (others[other]?.seconds ?? 0) + 1 : 0
      others[other] = (number, seconds)
      // Own seconds are counted, so that a pause of this process is not taken for the others'.
      if seconds >= patience { return Loss(rank: other) }
    }
    return nil
  }

  private func watch(_ end: @Sendable (RankError) -> Void) {
    var seconds = 0
    while !isOver {
      let (loss, group) = state.withLock { state in
        state.secondsSinceAnswer += 1
        if state.loss == nil, rank != 0, state.secondsSinceAnswer > Self.patience {
          state.loss = .lost(rank: 0)
        }
        return (state.loss, state.group)
      }
      if let loss {
        group?.abandon()
        seconds += 1
        if seconds > Self.grace { end(loss) }
      }
      sleep(1)
    }
  }
}

extension RankError {
  /// The loss of a process, which ended with an error if there is a reason.
  fileprivate init(rank: Int, reason: String?) {
    self = reason.map { .ended(rank: rank, reason: $0) } ?? .lost(rank: rank)
  }
}
