public import Foundation

/// An event of a run.
public enum TrainEvent: Sendable {
  /// The run starts: the architecture, the numbers of images, the finished steps, all steps, and the device.
  case began(architecture: Architecture, imagesA: Int, imagesB: Int, step: Int, of: Int, device: String)
  /// A step is finished.
  case step(LogEntry, of: Int)
  /// A sample sheet is written.
  case sampled(URL, step: Int)
  /// A checkpoint is written.
  case saved(URL, step: Int)
  /// The translations of the test images were measured, and whether the checkpoint is now the best one.
  case measured(DistanceReport, step: Int, isBest: Bool)
  /// A note or a warning for the user.
  case note(String)
}

/// The result of a run.
public struct TrainSummary: Sendable, Equatable {
  /// The number of finished steps.
  public var step: Int
  /// The number of steps finished by this process.
  public var done: Int
  /// Whether all steps of the settings are done.
  public var isComplete: Bool
}

/// The reason why a run cannot start or continue.
public enum TrainError: Error, Sendable, CustomStringConvertible {
  /// Losses or weights are not finite, and there is no checkpoint to go back to, or going back did not help.
  case diverged(what: String, step: Int, saved: Int?)
  /// There is no such device.
  case noDevice(String)
  /// The CPU does not compute convolutions in fp16.
  case precision
  /// The face network cannot be used.
  case face(String, problem: String)
  /// The weights of `train.from` do not fit the networks.
  case startingWeights(String, String)
  /// A file does not contain the network for KID and FID; the keys that differ.
  case features(String)
  /// The settings do not describe a valid network.
  case architecture(String)
  /// The run does not fit into memory; both numbers are in MiB.
  case memory(needed: Int, available: Int)
  /// The disk has no space for a checkpoint; both numbers are in MiB.
  case disk(String, needed: Int, available: Int)

  /// One sentence that says what to do.
  public var description: String {
    switch self {
    case .diverged(let what, let step, let saved):
      "\(what) is not a finite number at step \(step), "
        + (saved.map {
          "and going back to a checkpoint did not help; the checkpoint of step \($0) is intact: "
        }
          ?? "and there is no checkpoint yet to go back to: ")
        + "try a lower train.learning-rate, train.clip, or fp32 precision"
    case .noDevice(let name):
      "there is no device \(name) here (this libtorch sees no such GPU); use --device cpu, or an easel-train built with make cuda"
    case .precision: "precision fp16 needs a GPU; on the CPU use bf16 or fp32"
    case .face(let path, let problem):
      "\(path) (train.face) cannot be used: \(problem); give the published model_mobilefacenet.pth, or remove train.face"
    case .startingWeights(let path, let problem):
      "\(path) (train.from) does not fit the networks: \(problem)"
    case .features(let problem): "the network for --features cannot be used: \(problem)"
    case .architecture(let problem): problem
    case .memory(let needed, let available):
      "the run needs about \(needed) MiB of memory, and \(available) MiB are free; choose a light model, or a smaller size or width"
    case .disk(let path, let needed, let available):
      "a checkpoint needs about \(needed) MiB, and the disk of \(path) has \(available) MiB free; free space, or write to another disk with --to"
    }
  }
}
