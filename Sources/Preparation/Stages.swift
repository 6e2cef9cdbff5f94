import Crop
import Curate
package import Dataset
package import Mask
package import Models

/// The stages of the preparation in one workspace.
package struct Stages {
  private let workspace: Workspace
  private let models: ModelStore
  private let jobs: Int
  private let dryRun: Bool
  private let reporter: any StageReporter

  /// Stages over `workspace`.
  ///
  /// - Parameters:
  ///   - workspace: The settings, the output folder and its ledger.
  ///   - models: The model store.
  ///   - jobs: The number of items that are processed at the same time.
  ///   - dryRun: Whether to report what would be done and write nothing.
  ///   - reporter: Receives the events of each stage.
  package init(
    _ workspace: Workspace, models: ModelStore, jobs: Int, dryRun: Bool, reporter: any StageReporter
  ) {
    (self.workspace, self.models) = (workspace, models)
    (self.jobs, self.dryRun, self.reporter) = (jobs, dryRun, reporter)
  }

  /// Crops the sources.
  ///
  /// - Throws: As `CropStage.run`.
  package func crop() async throws {
    let models = models
    _ = try await CropStage(
      settings: workspace.settings, output: workspace.output, ledger: workspace.ledger, jobs: jobs,
      reporter: reporter, detectors: DetectorCatalogue { models.locate($0) }
    ).run()
  }

  /// Masks all crops, or only the samples `wanted`.
  ///
  /// - Throws: As `MaskStage.run`.
  @discardableResult
  package func mask(only wanted: Set<String>? = nil) async throws -> StageSummary {
    try await maskStage.run(only: wanted)
  }

  /// The mask stage with the workspace's settings.
  package var maskStage: MaskStage {
    let models = models
    var stage = MaskStage(
      settings: workspace.settings, output: workspace.output, ledger: workspace.ledger, jobs: jobs,
      reporter: reporter, models: { try models.segmentation($0) })
    stage.dryRun = dryRun
    return stage
  }

  /// Makes the dataset from the cutouts.
  ///
  /// - Parameter unusable: Files that could not be imported; they are reported and counted.
  /// - Throws: As `CurateStage.run`.
  package func curate(unusable: [ItemReport] = []) async throws {
    _ = try await curateStage.run(unusable: unusable)
  }

  /// Measures all cutouts without making a dataset.
  ///
  /// - Throws: As `CurateStage.measureAll`.
  package func measure() async throws { try await curateStage.measureAll() }

  private var curateStage: CurateStage {
    CurateStage(
      settings: workspace.settings, output: workspace.output, ledger: workspace.ledger, jobs: jobs,
      reporter: reporter, dryRun: dryRun, faceModel: models.files(of: "mobilefacenet"))
  }
}
