/// The reason why the processes of one training cannot start or continue together.
public enum RankError: Error, Sendable, Equatable, CustomStringConvertible {
  /// An environment variable of the launcher is missing or has no valid value.
  case variable(String)
  /// Another program uses the TCP port.
  case portInUse(UInt16)
  /// Rank 0 could not be reached.
  case firstUnreachable(host: String, port: UInt16, seconds: Int, reason: String)
  /// Some processes did not start in time.
  case missing([Int], of: Int, seconds: Int)
  /// Two processes have the same rank.
  case sameRank(Int)
  /// A process started with something else than rank 0.
  case differs(rank: Int, String)
  /// A process no longer answers.
  case lost(rank: Int)
  /// A process ended with an error.
  case ended(rank: Int, reason: String)
  /// The others stopped waiting for this process.
  case givenUp
  /// An exchange failed, and no process is known to be lost.
  case disconnected(reason: String)
  /// There are fewer cards on this machine than processes.
  case noCard(localRank: Int, cards: Int)
  /// The setting names one card, but each process needs its own.
  case oneCard(String)
  /// The setting works only with one process.
  case oneProcessOnly(String)

  /// One sentence that says what to do.
  public var description: String {
    switch self {
    case .variable(let problem): problem
    case .portInUse(let port):
      "port \(port) (MASTER_PORT + 1) is used by another program; set another MASTER_PORT for all processes"
    case .firstUnreachable(let host, let port, let seconds, let reason):
      "rank 0 at \(host), port \(port) (MASTER_PORT + 1), could not be reached within \(seconds) s: \(reason); "
        + "check MASTER_ADDR, MASTER_PORT and the firewall, or set EASEL_RANK_TIMEOUT to more seconds"
    case .missing(let ranks, let size, let seconds):
      "\(Self.names(ranks)) of \(size) did not start within \(seconds) s; start all processes, "
        + "or set EASEL_RANK_TIMEOUT to more seconds"
    case .sameRank(let rank): "two processes have RANK \(rank); give each process its own"
    case .differs(_, let problem): problem
    case .lost(let rank):
      "rank \(rank) no longer answers, so the training ended; start all processes again to continue from the last checkpoint"
    case .ended(let rank, let reason): "the training ended because rank \(rank) ended: \(reason)"
    case .givenUp:
      "this process did not answer the others in time, so the training ended; "
        + "start all processes again to continue from the last checkpoint"
    case .disconnected(let reason):
      "the connection to another process was lost (\(reason)), so the training ended; "
        + "start all processes again to continue from the last checkpoint"
    case .noCard(let localRank, let cards):
      "the process with LOCAL_RANK \(localRank) has no GPU, because this machine has \(cards); start one process for each GPU"
    case .oneCard(let name):
      "device \(name) is one GPU, but each process needs its own; use --device cuda, which chooses it by LOCAL_RANK"
    case .oneProcessOnly(let setting):
      "\(setting) works only with one process; remove the setting, or start one process"
    }
  }

  /// Whether a process was lost while the training ran.
  var isLoss: Bool {
    switch self {
    case .lost, .ended, .givenUp, .disconnected: true
    default: false
    }
  }

  private static func names(_ ranks: [Int]) -> String {
    let shown = ranks.prefix(8).map(String.init).joined(separator: ", ")
    return (ranks.count == 1 ? "rank " : "ranks ") + shown + (ranks.count > 8 ? " and others" : "")
  }
}
