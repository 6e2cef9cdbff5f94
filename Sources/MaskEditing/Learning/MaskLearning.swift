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
/// `easel-train` computes; this process chooses the samples, measures the result and decides whether it is used.
public struct MaskLearning {
  private let stage: MaskStage
  private let trainer: String
  private let reporter: any StageReporter

  /// Learning from the dataset of `stage`.
  ///
  /// - Parameters:
  ///   - stage: The mask stage of the dataset.
  ///   - trainer: The path of the program `easel-train`.
  ///   - reporter: Receives samples that cannot be used, and what happens, as notes.
  public init(of stage: MaskStage, trainer: String, reporter: any StageReporter) {
    (self.stage, self.trainer, self.reporter) = (stage, trainer, reporter)
  }

  /// Trains and measures the network, and uses it if it is better.
  ///
  /// - Returns: Whether the fine-tuned network is used now; masks are outdated then.
  /// - Throws: `MaskError` if there is too little to learn from or the training fails; what masking throws.
  public func run() async throws -> Bool {
    let learned = LearnedMaskNetwork(stage.output)
    let samples = try LearningSamples(of: stage)
    for report in samples.refused { reporter.finished(report, of: .mask) }
    let heldOut = samples.items.count(where: \.isHeldOut)
    let corrected = samples.items.count { $0.kind == .corrected && !$0.isHeldOut }
    let accepted = samples.items.count { $0.kind == .accepted }
    reporter.note(
      "learning from \(corrected) corrected and \(accepted) accepted masks; \(heldOut) corrected masks are held out"
    )
    let data = learned.training.appendingPathComponent("samples")
    let digest = try samples.write(to: data)
    let result = learned.training.appendingPathComponent(digest.hex.prefix(16) + ".onnx")
    try await train(on: data, to: result, digest: digest)
    let before = try samples.error(of: nil)
    let after: Double
    do { after = try samples.error(of: result) } catch let error as any ItemFailure {
      throw MaskError(
        error.reason, "the fine-tuned network cannot be used, the built-in one is kept: \(error.sentence)")
    }
    let card = LearnedMaskNetwork.Card(
      date: Date().formatted(.iso8601), corrected: corrected, accepted: accepted, heldOut: heldOut,
      before: before, after: after, digest: try Digest(ofFile: result).hex)
    try learned.save(result, card)
    try? FileManager.default.removeItem(at: learned.training)
    func percent(_ error: Double) -> String { String(format: "%.2f %%", error * 100) }
    reporter.note(
      card.isUsed
        ? "the fine-tuned network is better on the \(heldOut) masks held out (alpha error \(percent(after)), before "
          + "\(percent(before))) and is used for this dataset now; easel mask --forget restores the built-in one"
        : "the fine-tuned network is not better on the \(heldOut) masks held out (alpha error \(percent(after)), "
          + "before \(percent(before))); the built-in network stays in use")
    return card.isUsed
  }

  /// Runs `easel-train learn-masks`, which continues an interrupted training of the same samples.
  private func train(on data: URL, to result: URL, digest: Digest) async throws {
    let status = try await Subprocess.run(
      .path(FilePath(trainer)), arguments: ["learn-masks", data.path, "--to", result.path],
      input: .none, output: .currentStandardError, error: .currentStandardError
    ).terminationStatus
    try Task.checkCancellation()
    guard status.isSuccess, FileManager.default.fileExists(atPath: result.path) else {
      throw MaskError(
        "learning-failed",
        "easel-train did not finish the training; run easel mask --learn again, it continues where it stopped"
      )
    }
  }
}
