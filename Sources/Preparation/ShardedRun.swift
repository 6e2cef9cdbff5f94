package import Dataset
package import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// The properties that all shards of a preparation have in common: `run.json` in the output folder.
///
/// The first task writes it; every later task must agree with it.
package struct ShardedRun: Sendable, Hashable, Codable {
  /// The number of shards.
  package var shards: Int
  /// The cluster's number of the array's first task, which is shard 0.
  package var first: Int
  /// The digest of the settings that crops and cutouts depend on, and of the sources' kinds.
  package var digest: String
  /// The settings file in the folder of the shards.
  package var settings: String

  /// The run's record in `output`.
  package static func file(_ output: OutputFolder) -> URL { output.url.appendingPathComponent("run.json") }

  /// The folder of all shards in `output`.
  package static func folder(_ output: OutputFolder) -> URL {
    output.url.appendingPathComponent("shards", isDirectory: true)
  }

  /// The output folder of one shard.
  package static func folder(of index: Int, in output: OutputFolder) -> OutputFolder {
    let digits = String(index)
    let name = String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    return OutputFolder(folder(output).appendingPathComponent(name, isDirectory: true))
  }

  /// The run of `output`; nil if no shard was started there.
  ///
  /// - Throws: `ShardError.damaged`.
  package init?(_ output: OutputFolder) throws {
    guard let data = try? Data(contentsOf: Self.file(output)) else { return nil }
    guard let run = try? JSONDecoder().decode(Self.self, from: data), (1...Shard.limit).contains(run.shards)
    else { throw ShardError.damaged(Self.file(output).path) }
    self = run
  }

  private init(shards: Int, first: Int, settings: Settings) {
    (self.shards, self.first, digest) = (shards, first, Self.digest(of: settings))
    self.settings = "settings-\(Digest(of: settings.yaml).hex.prefix(16)).yaml"
  }

  /// Creates a run of `shards` shards in `settings.output`, or joins the existing run.
  ///
  /// - Returns: The run.
  /// - Throws: `ShardError` if the existing run has another number of shards or other settings; `OutputError`, `WriteError`.
  package static func join(_ settings: Settings, shards: Int, first: Int) throws -> ShardedRun {
    let output = OutputFolder(settings.output)
    let wanted = ShardedRun(shards: shards, first: first, settings: settings)
    if try ShardedRun(output) == nil {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: output.url.path)) ?? []
      guard
        Set(names).subtracting(["shards", "run.json"]).allSatisfy({ $0.hasPrefix(".") })
          || names.contains(output.ledger.lastPathComponent)
      else { throw OutputError.foreign(output.url.path) }
      try AtomicFile.makeFolder(folder(output))
      try AtomicFile.write(
        Array(settings.yaml.utf8), to: folder(output).appendingPathComponent(wanted.settings))
      // Many tasks may start at once. Exactly one of them creates the link, and the file is complete when it appears.
      let own = folder(output).appendingPathComponent(".run-\(getpid())-\(UUID().uuidString).json")
      try AtomicFile.write(try JSONEncoder.stable.encode(wanted), to: own)
      defer { unlink(own.path) }
      if link(own.path, file(output).path) != 0, errno != EEXIST {
        throw WriteError(path: file(output).path, code: errno)
      }
    }
    guard let run = try ShardedRun(output) else { throw ShardError.damaged(file(output).path) }
    guard run.shards == shards else {
      throw ShardError.otherCount(output.url.path, before: run.shards, now: shards)
    }
    guard run.digest == wanted.digest else { throw ShardError.otherSettings(output.url.path) }
    return run
  }

  /// The settings of the run, with the current path of `output`.
  ///
  /// - Throws: `SettingsError`.
  package func loadSettings(_ output: OutputFolder) throws -> Settings {
    var loaded = try SettingsFile.load(
      Self.folder(output).appendingPathComponent(settings), needsSources: false)
    loaded.output = output.url
    return loaded
  }

  /// The digest of all settings that shards depend on.
  ///
  /// The paths of sources are not part of it, because they may differ between machines.
  package static func digest(of settings: Settings) -> String {
    let lines = Domain.allCases.filter { settings.domains[$0] != nil }.flatMap { domain in
      ["\(domain.rawValue) \(settings.cropDigest(domain)) \(settings.maskDigest(domain))"]
        + settings[domain].sources.map { "\($0.kind.rawValue) \($0.every) \($0.parts)" }
    }
    return Digest(of: lines.joined(separator: "\n")).hex
  }
}

/// The reason why shards cannot be prepared or joined.
package enum ShardError: Error, Sendable, CustomStringConvertible {
  /// The run has another number of shards.
  case otherCount(String, before: Int, now: Int)
  /// The run has other settings or sources.
  case otherSettings(String)
  /// A record cannot be read.
  case damaged(String)
  /// There are no shards.
  case noRun(String)
  /// Some shards are not finished.
  case missing([Int], of: ShardedRun)
  /// Some shards listed other files than the rest.
  case otherFiles([Int], of: ShardedRun)
  /// Some shards used another detector than the rest.
  case otherDetector([Int], domain: Domain, of: ShardedRun)
  /// A shard that is not cropped cannot be masked.
  case notCropped(Shard)
  /// The numbers of Slurm's tasks have gaps, so the number of shards is unknown.
  case gaps

  package var description: String {
    switch self {
    case .otherCount(let path, let before, let now):
      "\(path) was started with \(before) shards, not \(now); use \(before), or choose another output folder"
    case .otherSettings(let path):
      "\(path) was started with other settings or sources for crops and masks; use those, or choose another output folder"
    case .damaged(let path): "\(path) cannot be read; remove it and run the shards again"
    case .noRun(let path):
      "\(path) contains no shards; prepare them with: easel run --shard 0/4, and so on to 3/4"
    case .missing(let numbers, let run):
      "\(numbers.count) of \(run.shards) shards are not finished; run them again: --array=\(run.array(numbers))"
    case .otherFiles(let numbers, let run):
      "\(numbers.count) of \(run.shards) shards found other files in the sources than the rest, because the files were changed "
        + "or differ between machines; run them again: --array=\(run.array(numbers))"
    case .otherDetector(let numbers, let domain, let run):
      "\(numbers.count) of \(run.shards) shards used another face detector for domain \(domain.rawValue) than the rest; install "
        + "the same models on every machine (easel models) and run them again: --array=\(run.array(numbers))"
    case .notCropped(let shard):
      "shard \(shard.index) is not cropped with these settings; run easel crop --shard \(shard) first"
    case .gaps:
      "the task numbers of this job array have gaps, so the number of shards is unknown; use an array such as --array=0-63, or "
        + "--shard"
    }
  }
}

extension ShardedRun {
  /// The cluster's numbers of the shards, in the format of Slurm's `--array=`.
  package func array(_ shards: [Int]) -> String { Shard.arrayExpression(shards.map { $0 + first }) }
}

extension ShardedRun {
  /// The shard that a command processes: the named one, or that of this task of a Slurm array.
  ///
  /// A repeated task may be part of a smaller array, so the number of shards of an existing run is used.
  ///
  /// - Parameters:
  ///   - named: The value of `--shard`; nil if it was not given.
  ///   - settings: The settings.
  ///   - environment: The environment variables of the process.
  /// - Returns: The shard, and the array's first number; nil if the command works on all files.
  /// - Throws: `ShardError`.
  package static func shard(
    _ named: Shard?, settings: Settings, environment: [String: String]
  ) throws -> (shard: Shard, first: Int)? {
    let pinned = try ShardedRun(OutputFolder(settings.output))
    if let named { return (named, pinned?.first ?? 0) }
    func number(_ name: String) -> Int? { environment["SLURM_ARRAY_TASK_\(name)"].flatMap { Int($0) } }
    guard let task = number("ID"), let count = number("COUNT") else { return nil }
    if let pinned {
      guard let shard = Shard(index: task - pinned.first, count: pinned.shards) else {
        throw ShardError.otherCount(settings.output.path, before: pinned.shards, now: task - pinned.first + 1)
      }
      return (shard, pinned.first)
    }
    let first = number("MIN") ?? 0
    if let last = number("MAX"), last - first + 1 != count { throw ShardError.gaps }
    guard let shard = Shard(index: task - first, count: count) else { throw ShardError.gaps }
    return (shard, first)
  }
}
