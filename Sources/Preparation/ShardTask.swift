import Crop
import Curate
package import Dataset
import Foundation
import Mask
package import Models

/// Prepares one shard in its own output folder with its own ledger, such as `shards/00003` in the dataset's folder.
package struct ShardTask {
  /// A step of the preparation.
  package enum Step: Sendable, Hashable {
    /// Crop the sources.
    case crop
    /// Mask the crops.
    case mask
    /// Measure the cutouts; missing measures are computed when the shards are gathered.
    case measure
  }

  /// The result of a task.
  package enum Outcome: Sendable, Hashable {
    /// The steps are done.
    case done
    /// The faces are measured; they are cropped after the framing of all shards is computed.
    case surveyed
  }

  private let settings: Settings
  private let run: ShardedRun
  private let shard: Shard
  private let folder: OutputFolder
  private let models: ModelStore
  private let jobs: Int
  private let reporter: any StageReporter

  /// A task of the run in `settings.output`; the first task creates the run.
  ///
  /// - Parameters:
  ///   - settings: The settings.
  ///   - shard: The shard.
  ///   - first: The cluster's number of shard 0.
  ///   - models: The model store.
  ///   - jobs: The number of items that are processed at the same time.
  ///   - reporter: Receives the events of each stage.
  /// - Throws: `ShardError`, `OutputError`, `WriteError`.
  package init(
    _ settings: Settings, shard: Shard, first: Int, models: ModelStore, jobs: Int, reporter: any StageReporter
  ) throws {
    (self.settings, self.shard, self.models) = (settings, shard, models)
    (self.jobs, self.reporter) = (jobs, reporter)
    run = try ShardedRun.join(settings, shards: shard.count, first: first)
    folder = ShardedRun.folder(of: shard.index, in: OutputFolder(settings.output))
  }

  /// Runs the unfinished ones of `steps`.
  ///
  /// - Throws: The errors of the stages; `OutputError.busy` if another task works on the shard.
  package func callAsFunction(_ steps: Set<Step>) async throws -> Outcome {
    let workspace = try Workspace(settings, in: folder, checkSources: steps.contains(.crop))
    reporter.note("shard \(shard.index) of \(shard.count), in \(folder.url.path)")
    if steps.contains(.crop) {
      let files = CropStage.listing(settings)
      var state = ShardState(shard, settings: run.digest, files: files, framing: nil)
      var surveyed: FramingSurvey?
      if FramingSurvey.isNeeded(settings) {
        guard let solved = ShardFraming(OutputFolder(settings.output)), solved.settings == run.digest,
          solved.files == files
        else {
          let survey = try await cropStage(workspace, surveyed: nil).survey()
          try ShardSurvey(settings: run.digest, files: files, survey: survey).write(to: folder)
          return .surveyed
        }
        (surveyed, state.framing) = (solved.faces, solved.digest)
      }
      try state.write(to: folder)
      _ = try await cropStage(workspace, surveyed: surveyed).run()
      state.isCropped = true
      try state.write(to: folder)
    }
    guard var state = ShardState(folder), state.isCropped, state.settings == run.digest else {
      throw ShardError.notCropped(shard)
    }
    let stages = Stages(workspace, models: models, jobs: jobs, dryRun: false, reporter: reporter)
    if steps.contains(.mask) {
      try await stages.mask()
      if steps.contains(.measure) { try await stages.measure() }
      state.isMasked = true
      try state.write(to: folder)
    }
    return .done
  }

  private func cropStage(_ workspace: Workspace, surveyed: FramingSurvey?) -> CropStage {
    let models = models
    return CropStage(
      settings: settings, output: workspace.output, ledger: workspace.ledger, jobs: jobs, reporter: reporter,
      detectors: DetectorCatalogue { models.locate($0) }, shard: shard, surveyed: surveyed)
  }
}

/// The positions of one shard's faces in crops without matched framing: `survey.json` in its folder.
struct ShardSurvey: Codable {
  /// The digest of the run's settings.
  var settings: String
  /// The digest of the list of all files in the sources.
  var files: String
  /// The faces.
  var survey: FramingSurvey

  init(settings: String, files: String, survey: FramingSurvey) {
    (self.settings, self.files, self.survey) = (settings, files, survey)
  }

  /// The survey in `folder`; nil if the file is missing or cannot be read.
  init?(_ folder: OutputFolder) {
    guard let data = try? Data(contentsOf: Self.file(folder)),
      let survey = try? JSONDecoder().decode(Self.self, from: data)
    else { return nil }
    self = survey
  }

  func write(to folder: OutputFolder) throws {
    try AtomicFile.write(try JSONEncoder.stable.encode(self), to: Self.file(folder))
  }

  private static func file(_ folder: OutputFolder) -> URL { folder.url.appendingPathComponent("survey.json") }
}

/// The faces of all shards, from which each shard computes the same framing: `shards/framing.json` in the output folder.
struct ShardFraming: Codable {
  /// The digest of the run's settings.
  var settings: String
  /// The digest of the list of all files in the sources.
  var files: String
  /// The faces.
  var faces: FramingSurvey

  init(settings: String, files: String, faces: FramingSurvey) {
    (self.settings, self.files, self.faces) = (settings, files, faces)
  }

  /// The faces in `output`; nil if some shards have not measured their faces yet.
  init?(_ output: OutputFolder) {
    guard let data = try? Data(contentsOf: Self.file(output)),
      let framing = try? JSONDecoder().decode(Self.self, from: data)
    else { return nil }
    self = framing
  }

  func write(to output: OutputFolder) throws {
    try AtomicFile.write(try JSONEncoder.stable.encode(self), to: Self.file(output))
  }

  /// The digest of the faces.
  var digest: String {
    let faces = (try? JSONEncoder.stable.encode(faces)).map { String(decoding: $0, as: UTF8.self) }
    return Digest(of: "\(settings) \(files) \(faces ?? "")").hex
  }

  private static func file(_ output: OutputFolder) -> URL {
    ShardedRun.folder(output).appendingPathComponent("framing.json")
  }
}
