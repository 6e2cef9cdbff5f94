import Dataset
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Train

#if canImport(Glibc)
  import Glibc
#endif

struct RankGroupTests {
  private let torchrun = [
    "RANK": "3", "WORLD_SIZE": "8", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2", "MASTER_ADDR": "node7",
    "MASTER_PORT": "29500", "TORCHELASTIC_RUN_ID": "job", "TORCHELASTIC_RESTART_COUNT": "2",
  ]

  @Test("The variables of torchrun are read, and the store gets a port of its own") func torchrunVariables()
    throws
  {
    #expect(
      try RankEnvironment(torchrun)
        == RankEnvironment(
          rank: 3, size: 8, localRank: 1, localSize: 2, host: "node7", port: 29501, start: "job/2"))
  }

  @Test("Tasks of srun are ranks, and the script of a job is one process") func slurmVariables() throws {
    let job = [
      "SLURM_PROCID": "1", "SLURM_LOCALID": "1", "SLURM_NTASKS": "4", "MASTER_ADDR": "a", "MASTER_PORT": "1",
    ]
    #expect(try RankEnvironment(job) == nil)
    let task = try RankEnvironment(job.merging(["SLURM_STEP_NUM_TASKS": "4"]) { $1 })
    #expect(task == RankEnvironment(rank: 1, size: 4, localRank: 1, host: "a", port: 2))
    let single = ["SLURM_STEP_NUM_TASKS": "1", "SLURM_PROCID": "0"]
    #expect(try RankEnvironment(job.merging(single) { $1 }) == nil)
  }

  @Test("One process needs no variables, and is no group") func oneProcess() throws {
    #expect(try RankEnvironment([:]) == nil)
    #expect(try RankEnvironment(["RANK": "0", "WORLD_SIZE": "1"]) == nil)
  }

  @Test(
    "Missing and wrong variables are named",
    arguments: [
      ("RANK", "8"), ("RANK", "-1"), ("RANK", nil), ("WORLD_SIZE", nil), ("WORLD_SIZE", "many"),
      ("LOCAL_RANK", "x"), ("MASTER_ADDR", nil), ("MASTER_ADDR", ""), ("MASTER_PORT", "65535"),
      ("MASTER_PORT", nil), ("EASEL_RANK_TIMEOUT", "0"),
    ] as [(String, String?)])
  func wrongVariables(name: String, value: String?) throws {
    var variables = torchrun
    variables[name] = value
    let error = #expect(throws: RankError.self) { _ = try RankEnvironment(variables) }
    #expect("\(try #require(error))".contains(name))
  }

  private func join(_ rank: Int, _ port: UInt16, seconds: Int = 1) throws {
    let place = RankEnvironment(rank: rank, size: 2, host: "127.0.0.1", port: port, seconds: seconds)
    try RankGroup(place) { _ in }.leave()
  }

  @Test("If a rank does not start, rank 0 names it") func rankDoesNotStart() throws {
    let port = freePort()
    #expect(throws: RankError.missing([1], of: 2, seconds: 1)) { try join(0, port) }
  }

  @Test("If rank 0 does not start, the others name its address") func firstDoesNotStart() throws {
    let port = freePort()
    let error = #expect(throws: RankError.self) { try join(1, port) }
    #expect("\(try #require(error))".contains("rank 0 at 127.0.0.1, port \(port) (MASTER_PORT + 1)"))
  }

  /// A program that accepts connections at a port of its own and never answers, until the tests end.
  ///
  /// The socket is not closed: libtorch 1.13 ends the process if a connection of its store is reset.
  private func withListener(_ body: (UInt16) throws -> Void) throws {
    let port = freePort()
    let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    (address.sin_family, address.sin_port) = (sa_family_t(AF_INET), port.bigEndian)
    let isListening = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 && listen(number, 8) == 0
      }
    }
    try #require(isListening)
    try body(port)
  }

  @Test("A port that is taken is named, and another program that listens there is no rank 0")
  func takenPort() throws {
    try withListener { port in
      #expect(throws: RankError.portInUse(port)) { try join(0, port) }
      let error = try #require(#expect(throws: RankError.self) { try join(1, port) })
      #expect("\(error)".contains("does not answer"))
    }
  }

  @Test("The first difference between ranks is named")
  func differences() throws {
    func text(_ change: (inout StartingState) -> Void) throws -> String {
      var state = StartingState(
        size: 3, library: "1.13", device: "cpu", settings: ["batch: 1 -> 2"], dataset: "d", step: 4,
        weights: "w")
      change(&state)
      return String(decoding: try JSONEncoder().encode(state), as: UTF8.self)
    }
    let same = try text { _ in }
    try StartingState.check([same, same, same])
    for (change, words) in [
      ({ $0.size = 2 }, "WORLD_SIZE 2"), ({ $0.library = "2.0" }, "libtorch 2.0"),
      ({ $0.device = "cuda" }, "trains on cuda"), ({ $0.settings = ["steps: 1 -> 5"] }, "steps: 1 -> 5"),
      ({ $0.settings = [] }, "the defaults instead of batch: 1 -> 2"),
      ({ $0.dataset = "e" }, "other training images"), ({ $0.step = 0 }, "after step 0"),
      ({ $0.weights = "v" }, "other weights"),
    ] as [((inout StartingState) -> Void, String)] {
      let other = try text(change)
      let error = #expect(throws: RankError.self) { try StartingState.check([same, same, other]) }
      #expect("\(try #require(error))".hasPrefix("rank 2 "))
      #expect("\(try #require(error))".contains(words))
    }
    let foreign = #expect(throws: RankError.self) { try StartingState.check([same, "{}", same]) }
    #expect("\(try #require(foreign))".contains("another version"))
  }
}
