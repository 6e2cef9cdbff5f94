import Foundation
public import Tensors

/// The processes of one training, of which this is one.
///
/// All make the same calls in the same order. A call waits for the others and throws `RankError` if one of them is lost.
public final class RankGroup {
  /// The place of this process.
  public let place: RankEnvironment
  /// Whether this process writes the run: it is rank 0.
  public var isFirst: Bool { place.rank == 0 }
  private let store: ProcessStore
  private let heartbeat: Heartbeat
  private var group: ProcessGroup?
  /// The number of shared texts so far, the same in all processes.
  private var shared = 0
  /// Whether all processes have agreed to end.
  private var isOver = false

  /// Joins the other processes.
  ///
  /// - Parameters:
  ///   - place: The place of this process.
  ///   - end: Called on another thread if a process is lost and this one does not end by itself; it should end the process.
  /// - Throws: `RankError`.
  public init(_ place: RankEnvironment, end: @escaping @Sendable (RankError) -> Void) throws {
    self.place = place
    let (rank, size) = (place.rank, place.size)
    store = try Self.open(place, serves: rank == 0)
    if try store.add(1, to: "started/\(rank)") > 1 { throw RankError.sameRank(rank) }
    try Self.meet(place, store)
    heartbeat = Heartbeat(rank: rank, size: size, store: try Self.open(place, serves: false), end: end)
  }

  private static func open(_ place: RankEnvironment, serves: Bool) throws(RankError) -> ProcessStore {
    do {
      return try ProcessStore(
        host: place.host, port: place.port, serves: serves, seconds: Double(place.seconds),
        prefix: "easel/\(place.start)")
    } catch {
      if error.kind == .portInUse { throw .portInUse(place.port) }
      throw .firstUnreachable(
        host: place.host, port: place.port, seconds: place.seconds, reason: error.reason)
    }
  }

  /// Waits until all processes have started; rank 0 tells the others whether that is so.
  private static func meet(_ place: RankEnvironment, _ store: ProcessStore) throws {
    let deadline = ContinuousClock.now + .seconds(place.seconds)
    // The others started to wait earlier or later than rank 0.
    let last = place.rank == 0 ? deadline : deadline + .seconds(10)
    var missing = Array(1..<place.size)
    while true {
      try Task.checkCancellation()
      if place.rank == 0 {
        missing = try missing.filter { try store["started/\($0)"] == nil }
        if missing.isEmpty { return try store.set("met", to: "") }
      } else if let text = try store["met"] {
        guard text.isEmpty else { throw RankError.ended(rank: 0, reason: text) }
        return
      }
      if ContinuousClock.now > last { break }
      usleep(20_000)
    }
    let error = RankError.missing(missing, of: place.size, seconds: place.seconds)
    if place.rank == 0 {
      try store.set("met", to: error.description)
      // The store ends with this process; the others read it now.
      sleep(1)
      throw error
    }
    throw RankError.disconnected(reason: "rank 0 does not answer")
  }

  // MARK: Texts

  /// The texts of all processes, by rank.
  public func gather(_ text: String) throws -> [String] {
    shared += 1
    try store.set("\(shared)/\(place.rank)", to: text)
    return try (0..<place.size).map { try self.text(of: $0) }
  }

  /// The text that rank 0 makes; the others wait for it.
  public func fromFirst(_ text: () throws -> String) throws -> String {
    shared += 1
    guard isFirst else { return try self.text(of: 0) }
    let text = try text()
    try store.set("\(shared)/0", to: text)
    return text
  }

  private func text(of rank: Int) throws -> String {
    while true {
      // Once gradients are exchanged, all processes stop after the same step.
      if group == nil { try Task.checkCancellation() }
      if let loss = heartbeat.loss { throw loss }
      do {
        if let text = try store["\(shared)/\(rank)"] { return text }
      } catch { throw explained(error) }
      usleep(20_000)
    }
  }

  // MARK: Gradients

  /// Connects the processes for the exchange of gradients on `device`.
  public func connect(_ device: Device, roundsGradients: Bool) throws {
    let group: ProcessGroup
    do {
      group = try ProcessGroup(
        store, host: place.host, device: device, rank: place.rank, size: place.size,
        roundsGradients: roundsGradients)
    } catch { throw explained(error) }
    heartbeat.watch(over: group)
    self.group = group
  }

  /// Replaces the gradients of `parameters`, and `numbers`, by their means over all processes.
  func average(_ parameters: [Tensor], _ numbers: Tensor) throws {
    guard let group else { preconditionFailure("the processes are not connected") }
    do { try group.average(parameters, numbers) } catch { throw explained(error) }
  }

  /// Overwrites `tensors` by those of rank 0.
  func copyFromFirst(_ tensors: [Tensor]) throws {
    guard let group else { preconditionFailure("the processes are not connected") }
    do { try group.copyFromFirst(tensors) } catch { throw explained(error) }
  }

  /// The loss that explains `error`, for which it waits some seconds.
  private func explained(_ error: TensorError) -> RankError {
    heartbeat.suspect()
    group?.abandon()
    for _ in 0..<250 {
      if let loss = heartbeat.loss { return loss }
      if Task.isCancelled { break }
      usleep(100_000)
    }
    return .disconnected(reason: error.reason)
  }

  // MARK: End

  /// Reports that all processes have agreed to end.
  func agreeToEnd() { isOver = true }

  /// Leaves the group, and reports to the others why: they end too, unless all have agreed to end.
  public func leave(_ error: (any Error)? = nil) {
    let loss = heartbeat.loss
    heartbeat.stop()
    if loss != nil {
      // The others read the loss from the store, which ends with this process.
      if isFirst, place.size > 2 { sleep(2) }
      return
    }
    let reason: String =
      switch error {
      case nil: ""
      case _ where isOver: ""
      // The others know that themselves.
      case let error as RankError where error.isLoss: ""
      case is CancellationError: "it was stopped"
      case let error?: "\(error)"
      }
    try? store.set("ended/\(place.rank)", to: reason)
    guard isFirst else { return }
    // The store ends with this process, so the others get some seconds to read from it.
    for _ in 0..<30 {
      let left = (1..<place.size).filter { ((try? store["ended/\($0)"]) ?? nil) == nil }
      if left.isEmpty { return }
      usleep(100_000)
    }
  }
}
