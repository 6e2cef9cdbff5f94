public import Foundation

/// The events of a run.
public enum TrainEvent: Sendable {
  /// The run starts: the architecture, the number of images, and the steps done before.
  case began(architecture: Architecture, imagesA: Int, imagesB: Int, step: Int, of: Int, device: String)
  /// A step is finished.
  case step(LogEntry, of: Int)
  /// A sample sheet is written.
  case sampled(URL, step: Int)
  /// A checkpoint is written.
  case saved(URL, step: Int)
  /// A note or a warning for the user.
  case note(String)
}

/// The result of a run.
public struct TrainSummary: Sendable, Equatable {
  /// Steps done in all.
  public var step: Int
  /// Steps done in this process.
  public var done: Int
  /// Whether all steps of the settings are done.
  public var isComplete: Bool
}

/// Why a run cannot start or continue.
public enum TrainError: Error, Sendable, CustomStringConvertible {
  /// Losses or weights are not finite, and there is no checkpoint to go back to, or it happened again after going back.
  case diverged(what: String, step: Int)
  /// There is no such device.
  case noDevice(String)
  /// The face network cannot be used.
  case face(String, problem: String)
  /// The weights in `train.from` do not fit the networks.
  case startingWeights(String, String)
  /// A file does not contain the network whose features are wanted; the keys that differ.
  case features(String)
  /// The settings do not make a network.
  case architecture(String)
  /// The networks and what a step holds do not fit into memory.
  case memory(needed: Int, available: Int)

  /// One sentence with the way out.
  public var description: String {
    switch self {
    case .diverged(let what, let step):
      "\(what) is not a number at step \(step), and going back to a checkpoint did not help; "
        + "the saved checkpoints are finite: try a lower train.learning-rate, train.clip, or fp32 precision"
    case .noDevice(let name):
      "there is no device \(name) here (this libtorch sees no such GPU); use --device cpu, or a libtorch with CUDA through LIBTORCH"
    case .face(let path, let problem):
      "train.face names \(path), which is not used (give the published model_mobilefacenet.pth, or none): \(problem)"
    case .startingWeights(let path, let problem):
      "train.from names \(path), which does not fit: \(problem)"
    case .features(let problem): "the network for --features cannot be used: \(problem)"
    case .architecture(let problem): problem
    case .memory(let needed, let available):
      "this model needs about \(needed) MiB and \(available) MiB are free; choose a light model, or a smaller size or width"
    }
  }
}
