import Crop
package import Dataset
import Foundation

import Ledger
import Mask
package import Models

#if canImport(Glibc)
  import Glibc
#endif

/// Joins the shards of a run into one dataset.
///
/// It joins their ledgers, crops and cutouts, and then runs the steps that need all samples: duplicates, groups, the split and
/// the report.
package struct ShardGather {
  /// The progress of a run.
  package enum Progress: Sendable, Hashable {
    /// These shards are not finished.
    case missing([Int])
    /// The framing was just computed from all shards, which must now crop their faces.
    case framingSolved
    /// All shards are done.
    case complete
  }

  /// The run.
  package let run: ShardedRun
  private let output: OutputFolder
  private let settings: Settings

  /// The run in `output`.
  ///
  /// - Parameters:
  ///   - output: The dataset's folder.
  ///   - settings: The settings for curation, which must agree with the shards'; nil for the settings of the run.
  /// - Throws: `ShardError`, `SettingsError`.
  package init(_ output: OutputFolder, settings: Settings?) throws {
    guard let run = try ShardedRun(output) else { throw ShardError.noRun(output.url.path) }
    (self.run, self.output) = (run, output)
    var settings = try settings ?? run.loadSettings(output)
    settings.output = output.url
    guard ShardedRun.digest(of: settings) == run.digest else {
      throw ShardError.otherSettings(output.url.path)
    }
    self.settings = settings
  }

  /// The progress of the run; if all shards have measured their faces, it also computes a matched framing.
  ///
  /// - Throws: `ShardError.otherFiles`, `WriteError`.
  package func progress() throws -> Progress {
    let folders = (0..<run.shards).map { ShardedRun.folder(of: $0, in: output) }
    var framing: ShardFraming?
    if FramingSurvey.isNeeded(settings) {
      var all = FramingSurvey()
      var (missing, files): ([Int], [Int: String]) = ([], [:])
      for (number, folder) in folders.enumerated() {
        guard let survey = ShardSurvey(folder), survey.settings == run.digest else {
          missing.append(number)
          continue
        }
        files[number] = survey.files
        all.merge(survey.survey)
      }
      if !missing.isEmpty { return .missing(missing) }
      let listing = try agreed(files)
      let solved = ShardFraming(settings: run.digest, files: listing, faces: all)
      if ShardFraming(output)?.digest != solved.digest {
        try solved.write(to: output)
        return .framingSolved
      }
      framing = solved
    }
    var (missing, files): ([Int], [Int: String]) = ([], [:])
    for (number, folder) in folders.enumerated() {
      guard let state = ShardState(folder), state.isMasked, state.settings == run.digest,
        state.framing == framing?.digest, FileManager.default.fileExists(atPath: folder.ledger.path)
      else {
        missing.append(number)
        continue
      }
      files[number] = state.files
    }
    if !missing.isEmpty { return .missing(missing) }
    _ = try agreed(files)
    return .complete
  }

  /// The digest of the list of files, which must be the same in all shards.
  private func agreed(_ files: [Int: String]) throws -> String {
    let counts = Dictionary(grouping: files.values) { $0 }.mapValues(\.count)
    let usual = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? ""
    let others = files.filter { $0.value != usual }.map(\.key).sorted()
    guard others.isEmpty else { throw ShardError.otherFiles(others, of: run) }
    return usual
  }

  /// Joins the shards and curates.
  ///
  /// - Parameters:
  ///   - models: The model store.
  ///   - jobs: The number of items that are processed at the same time.
  ///   - reporter: Receives the events of the curation.
  /// - Returns: The workspace of the joined dataset.
  /// - Throws: `ShardError`, `LedgerError`, `WriteError`, or the errors of curation.
  package func join(models: ModelStore, jobs: Int, reporter: any StageReporter) async throws -> Workspace {
    if case .missing(let numbers) = try progress() { throw ShardError.missing(numbers, of: run) }
    try output.claim()
    var lock: RunLock? = try RunLock(output)
    let folders = (0..<run.shards).map { ShardedRun.folder(of: $0, in: output) }
    let hasLedger = FileManager.default.fileExists(atPath: output.ledger.path)
    let gather = LedgerGather(
      folders.map(\.ledger), continuing: hasLedger ? output.ledger : nil, edited: EditFolder(output).ids)
    let new = output.url.appendingPathComponent(".gathered.sqlite")
    let files = SharedFiles()
    reporter.note("joining \(run.shards) shards")
    // All shards computed their framing from the same faces.
    let first = try Ledger(url: folders[0].ledger)
    let result = try gather.write(to: new, framing: first.framing(), fit: first.fittedFraming()) {
      sample, shard in
      try files.place(folders[shard].crop(sample).path, at: output.crop(sample).path)
      try files.place(folders[shard].cutout(sample).path, at: output.cutout(sample).path)
    }
    for (domain, numbers) in result.otherDetectors.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      throw ShardError.otherDetector(numbers, domain: domain, of: run)
    }
    reporter.note("\(result.images) images with \(result.crops) faces")
    for suffix in ["-wal", "-shm"] { unlink(output.ledger.path + suffix) }
    guard rename(new.path, output.ledger.path) == 0 else {
      throw WriteError(path: output.ledger.path, code: errno)
    }
    lock = nil
    withExtendedLifetime(lock) {}
    let workspace = try Workspace(settings, checkSources: false)
    try await Stages(workspace, models: models, jobs: jobs, dryRun: false, reporter: reporter).curate()
    return workspace
  }
}

/// Puts the files of shards into the dataset: as hard links, or as copies if links are not possible.
final class SharedFiles {
  private var folders: Set<String> = []

  /// Links or copies `file` to `place`; a missing file, such as the cutout of a crop without mask, is ignored.
  ///
  /// - Throws: `WriteError`.
  func place(_ file: String, at place: String) throws {
    let end = place.lastIndex(of: "/") ?? place.startIndex
    let folder = String(place[..<end])
    if folders.insert(folder).inserted { try AtomicFile.makeFolder(URL(fileURLWithPath: folder)) }
    if link(file, place) == 0 { return }
    if errno == ENOENT { return }
    if errno == EEXIST {
      if Self.isSame(file, place) { return }
      // Link under a temporary name and rename it, so that the file is always complete.
      let new = "\(folder)/.\(place[end...].dropFirst()).\(getpid())-0.part"
      unlink(new)
      if link(file, new) == 0 {
        guard rename(new, place) == 0 else { throw WriteError(path: place, code: errno) }
        return
      }
    }
    try AtomicFile.write(
      try Data(contentsOf: URL(fileURLWithPath: file)), to: URL(fileURLWithPath: place))
  }

  private static func isSame(_ first: String, _ second: String) -> Bool {
    var (a, b) = (stat(), stat())
    return stat(first, &a) == 0 && stat(second, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino
  }
}
