import Curate
package import Dataset
package import Ledger
import Mask
import MaskEditing
package import Models
package import Review

/// Fine-tunes the mask network for the review page.
package struct ReviewLearner: MaskLearner {
  /// The maximum number of examples.
  private static let maxExamples = 12
  private let settings: Settings
  private let output: OutputFolder
  private let ledger: Ledger
  private let models: ModelStore
  private let trainer: String?

  /// A learner over one dataset, which runs the program `easel-train` at `trainer`; nil if it was not found.
  package init(settings: Settings, output: OutputFolder, ledger: Ledger, models: ModelStore, trainer: String?)
  {
    (self.settings, self.output, self.ledger, self.models) = (settings, output, ledger, models)
    self.trainer = trainer
  }

  package func correctedMasks() throws -> Int { try LearningSamples.corrected(of: maskStage).count }

  package func learn() async throws -> LearnedMasks {
    guard let trainer else {
      throw MaskError("no-trainer", "easel-train is neither beside easel nor on the PATH")
    }
    let stage = maskStage
    _ = try await MaskLearning(of: stage, trainer: trainer, reporter: SilentReporter()).run()
    guard let record = LearnedMaskNetwork(output).record else {
      throw MaskError("learning-failed", "easel-train left no record of the training; try again")
    }
    let byHand = try Set(LearningSamples.corrected(of: stage))
    let examples = try ledger.masks().values
      .filter { $0.summary.method == MaskSettings.Method.network.rawValue && !byHand.contains($0.id) }
      .sorted { ($1.summary.checkPriority, $0.id) < ($0.summary.checkPriority, $1.id) }
    return LearnedMasks(
      isBetter: record.used, errorBefore: record.before.alphaError, errorAfter: record.after.alphaError,
      examples: examples.prefix(Self.maxExamples).map(\.id))
  }

  package func maskAgain() async throws {
    _ = try await maskStage.run(only: nil)
    try await CurateStage(
      settings: settings, output: output, ledger: ledger, jobs: 1, reporter: SilentReporter(),
      faceModel: models.files(of: "mobilefacenet")
    ).measureAll()
  }

  package func forget() { LearnedMaskNetwork(output).forget() }

  private var maskStage: MaskStage {
    MaskStage(
      settings: settings, output: output, ledger: ledger, jobs: 1, reporter: SilentReporter(),
      models: { try models.require($0, for: "the mask method segment") })
  }
}
