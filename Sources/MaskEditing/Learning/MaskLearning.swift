public import Dataset
import Foundation
public import Mask
import Subprocess

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

/// Fine-tunes the built-in mask network on the corrected and accepted masks of a dataset.
///
/// This process selects the samples. `easel-train` trains the network, measures it on held-out images, and saves it in
/// `mask-network/` of the output if it is better on them.
public struct MaskLearning {
  private let stage: MaskStage
  private let trainer: String
  private let reporter: any StageReporter

  /// Fine-tuning on the dataset of `stage`.
  ///
  /// - Parameters:
  ///   - stage: The mask stage of the dataset.
  ///   - trainer: The path of the program `easel-train`.
  ///   - reporter: Receives the samples that cannot be used, and notes about the progress.
  public init(of stage: MaskStage, trainer: String, reporter: any StageReporter) {
    (self.stage, self.trainer, self.reporter) = (stage, trainer, reporter)
  }

  /// Trains and measures the network, and uses it if it is better.
  ///
  /// If it is stopped, the previous network remains in use, and the next call continues the training.
  ///
  /// - Returns: Whether the network changed, so that masks are outdated.
  /// - Throws: `MaskError` if there are too few samples or the training fails; the errors of masking.
  public func run() async throws -> Bool {
    let learned = LearnedMaskNetwork(stage.output)
    let samples = try LearningSamples(of: stage)
    for report in samples.refused { reporter.finished(report, of: .mask) }
    let corrected = samples.items.count { $0.kind == .corrected }
    reporter.note(
      "learning from \(corrected) corrected and \(samples.items.count - corrected) accepted masks")
    let before = learned.choice
    let list = try samples.write(to: learned.folder.appendingPathComponent("samples"))
    try await train(on: list, to: learned.folder)
    guard let record = learned.record else { throw failed }
    let after = learned.choice
    if let note = after.note { reporter.note(note) }
    func percent(_ error: Double) -> String { String(format: "%.2f %%", error * 100) }
    reporter.note(
      after.file != nil
        ? "the fine-tuned network is better on held-out images (alpha error \(percent(record.after.alphaError)) instead of "
          + "\(percent(record.before.alphaError))) and is used for this dataset now; easel mask --forget restores the built-in one"
        : "the fine-tuned network is not better on held-out images (alpha error \(percent(record.after.alphaError)) instead of "
          + "\(percent(record.before.alphaError))); the built-in network is used")
    return after != before
  }

  private var failed: MaskError {
    MaskError(
      "learning-failed",
      "easel-train did not finish the training; the masks are unchanged, and easel mask --learn continues it"
    )
  }

  /// Runs `easel-train learn-mask`.
  private func train(on list: URL, to folder: URL) async throws {
    let status = try await Subprocess.run(
      .path(FilePath(trainer)), arguments: ["learn-mask", "--samples", list.path, "--to", folder.path],
      input: .none, output: .currentStandardError, error: .currentStandardError
    ).terminationStatus
    try Task.checkCancellation()
    // 2: it finished, but the network is not better.
    guard status.isSuccess || status == .exited(2) else { throw failed }
  }
}
