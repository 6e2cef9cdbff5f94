import Foundation
public import MaskModel
public import Train
import WeightFiles

/// The network of a mask training, ready for use.
public struct MaskExport: Sendable {
  /// Its weights: the average of the run.
  public let weights: MaskWeights
  /// The number of training steps.
  public let step: Int
  /// The scores at that step, by group.
  public let scores: [String: MaskScore]

  /// Reads the best checkpoint of the run in `folder`; if there is none, the newest.
  ///
  /// - Throws: `MaskTrainError`, `SafetensorsError`, `MaskWeights.Invalid`.
  public init(_ folder: RunFolder, newest: Bool = false) throws {
    let url = newest ? folder.latest : folder.best
    guard FileManager.default.fileExists(atPath: url.path) else { throw MaskTrainError.foreign(url.path) }
    let file = try Safetensors(contentsOf: url.resolvingSymlinksInPath())
    let header = try MaskTrainer.header(of: file, url)
    var settings = MaskTrainSettings()
    (settings.architecture, settings.seed) = (header.architecture, header.seed)
    let state = try MaskState(settings)
    try state.restore(file.tensors)
    weights = try state.averaged.weights()
    (step, scores) = (header.step, header.scores)
  }
}
