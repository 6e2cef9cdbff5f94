/// The place of this process among the processes of one training, which a launcher sets in environment variables.
///
/// torchrun, and whatever follows its convention, sets RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and MASTER_PORT. Under srun
/// the first three may be missing.
public struct RankEnvironment: Sendable, Equatable {
  /// The number of this process, from 0.
  public var rank: Int
  /// The number of processes, at least 2.
  public var size: Int
  /// The number of this process on its machine, from 0; it chooses the GPU.
  public var localRank: Int
  /// The number of processes on this machine; nil if it is not known.
  public var localSize: Int?
  /// The address or name of the machine of rank 0.
  public var host: String
  /// The port of the processes' own store: MASTER_PORT + 1, because MASTER_PORT may belong to the launcher.
  public var port: UInt16
  /// A text that differs between the starts of the same training, so that processes of two starts never meet.
  public var start: String
  /// How many seconds to wait for the other processes.
  public var seconds: Int

  /// The place of a process among several.
  public init(
    rank: Int, size: Int, localRank: Int = 0, localSize: Int? = nil, host: String, port: UInt16,
    start: String = "", seconds: Int = 120
  ) {
    (self.rank, self.size, self.localRank, self.localSize) = (rank, size, localRank, localSize)
    (self.host, self.port, self.start, self.seconds) = (host, port, start, seconds)
  }

  /// Reads the variables of `environment`; nil if this process trains alone.
  ///
  /// - Throws: `RankError.variable`.
  public init?(_ environment: [String: String]) throws(RankError) {
    func number(_ name: String, _ range: ClosedRange<Int>, _ meaning: String) throws(RankError) -> Int? {
      guard let text = environment[name] else { return nil }
      guard let value = Int(text), range.contains(value) else {
        throw .variable("\(name) is \"\(text)\", but it must be \(meaning)")
      }
      return value
    }
    let many = 1...1_000_000
    let place: (rank: Int, size: Int)
    if environment["RANK"] != nil || environment["WORLD_SIZE"] != nil {
      guard let size = try number("WORLD_SIZE", many, "the number of processes"),
        let rank = try number("RANK", 0...size - 1, "from 0 to \(size - 1), because WORLD_SIZE is \(size)")
      else {
        throw .variable(
          environment["RANK"] == nil
            ? "WORLD_SIZE is set and RANK is not; set both, or neither to train with one process"
            : "RANK is set and WORLD_SIZE is not; set both, or neither to train with one process")
      }
      place = (rank, size)
    } else if let size = try number("SLURM_STEP_NUM_TASKS", many, "the number of srun's tasks"),
      let rank = try number("SLURM_PROCID", 0...size - 1, "from 0 to \(size - 1)")
    {
      // Slurm sets the first variable only for srun's tasks, not for the script of a job, which is one process.
      place = (rank, size)
    } else {
      return nil
    }
    guard place.size > 1 else { return nil }
    guard let host = environment["MASTER_ADDR"], !host.isEmpty,
      let port = try number("MASTER_PORT", 1...65534, "a port from 1 to 65534")
    else {
      throw .variable(
        "this is process \(place.rank) of \(place.size), but MASTER_ADDR or MASTER_PORT is not set; set them to the machine "
          + "of rank 0 and a free port, or start one process")
    }
    let local = "the number of the process on its machine"
    let slurm =
      try environment["RANK"] == nil ? number("SLURM_LOCALID", 0...1_000_000, local) : nil
    self.init(
      rank: place.rank, size: place.size,
      localRank: try number("LOCAL_RANK", 0...1_000_000, local) ?? slurm ?? place.rank,
      localSize: try number("LOCAL_WORLD_SIZE", many, "the number of processes on this machine"),
      host: host, port: UInt16(port + 1),
      start: Self.names.compactMap { environment[$0] }.joined(separator: "/"),
      seconds: try number("EASEL_RANK_TIMEOUT", 1...86_400, "from 1 to 86400 seconds") ?? 120)
  }

  /// The variables that differ between the starts of a training.
  private static let names = [
    "TORCHELASTIC_RUN_ID", "TORCHELASTIC_RESTART_COUNT", "SLURM_JOB_ID", "SLURM_STEP_ID",
    "SLURM_RESTART_COUNT",
  ]
}
