import ArgumentParser
import Dataset
import Foundation
import Preparation
import Subprocess
import Terminal

#if canImport(Glibc)
  import Glibc
#endif

/// A command of `easel-train`: `easel` replaces itself with that program in the same process (exec).
protocol ForwardedCommand: ParsableCommand {
  var arguments: [String] { get }
}

extension ForwardedCommand {
  func run() throws {
    try TrainerLauncher.exec(arguments: [Self.configuration.commandName ?? ""] + arguments)
  }
}

/// `easel train`.
struct TrainCommand: ForwardedCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train U-GAT-IT or photo2cartoon on a dataset.", helpNames: [])
  @Argument(parsing: .captureForPassthrough) var arguments: [String] = []
}

/// `easel evaluate`.
struct EvaluateCommand: ForwardedCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measure a run on its test images.", helpNames: [])
  @Argument(parsing: .captureForPassthrough) var arguments: [String] = []
}

/// `easel export-weights`.
struct ExportWeightsCommand: ForwardedCommand {
  static let configuration = CommandConfiguration(
    commandName: "export-weights",
    abstract: "Write a run's networks in the published trainers' format, or a generator as ONNX.",
    helpNames: [])
  @Argument(parsing: .captureForPassthrough) var arguments: [String] = []
}

/// `easel train-mask`.
struct TrainMaskCommand: ForwardedCommand {
  static let configuration = CommandConfiguration(
    commandName: "train-mask", abstract: "Train a mask network, which separates foreground from background.",
    helpNames: [])
  @Argument(parsing: .captureForPassthrough) var arguments: [String] = []
}

/// `easel learn-mask`.
struct LearnMaskCommand: ForwardedCommand {
  static let configuration = CommandConfiguration(
    commandName: "learn-mask", abstract: "Fine-tune the built-in mask network on corrected masks.",
    helpNames: [])
  @Argument(parsing: .captureForPassthrough) var arguments: [String] = []
}

/// `easel export-mask`.
struct ExportMaskCommand: ForwardedCommand {
  static let configuration = CommandConfiguration(
    commandName: "export-mask", abstract: "Write the network of a mask training to a file.", helpNames: [])
  @Argument(parsing: .captureForPassthrough) var arguments: [String] = []
}

/// `easel benchmark`.
struct BenchmarkCommand: ForwardedCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark", abstract: "Measure how long a training step takes on this machine.",
    helpNames: [])
  @Argument(parsing: .captureForPassthrough) var arguments: [String] = []
}

/// `easel check-device`.
struct CheckDeviceCommand: ForwardedCommand {
  static let configuration = CommandConfiguration(
    commandName: "check-device",
    abstract: "Check that a device computes the training step as the processor does.", helpNames: [])
  @Argument(parsing: .captureForPassthrough) var arguments: [String] = []
}

/// Finds `easel-train` and replaces this process with it.
enum TrainerLauncher {
  /// Replaces this process with `easel-train`, run with `arguments`.
  ///
  /// - Throws: `TrainerError`; does not return otherwise.
  static func exec(arguments: [String]) throws -> Never {
    guard let program = trainer else { throw TrainerError.missing }
    // exec resets handled signals, but ignored signals stay ignored; the trainer installs its own handlers.
    for number in [SIGINT, SIGTERM, SIGPIPE] { signal(number, SIG_DFL) }
    var pointers = ([program] + arguments).map { strdup($0) } + [nil]
    execv(program, &pointers)
    throw TrainerError.failed(program, reason: String(cString: strerror(errno)))
  }

  /// The preparation that `easel-train translate` needs for `arguments`; nil if it does not accept them.
  ///
  /// - Throws: `TrainerError`.
  static func preparationPlan(_ arguments: [String]) async throws -> PreparationPlan? {
    guard let program = trainer else { throw TrainerError.missing }
    let url = URL(fileURLWithPath: program)
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    do {
      let result = try await Subprocess.run(
        .name(url.lastPathComponent), arguments: Arguments(["translate", "--preparation-plan"] + arguments),
        environment: .inherit.updating(["PATH": "\(url.deletingLastPathComponent().path):\(path)"]),
        output: .bytes(limit: 1 << 26), error: .discarded)
      return try? JSONDecoder().decode(PreparationPlan.self, from: Data(result.standardOutput))
    } catch let error as SubprocessError {
      throw TrainerError.failed(program, reason: error.description)
    }
  }

  /// The path of `easel-train`: beside this program, else on the PATH; nil if there is none.
  static var trainer: String? {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    let beside = NSString(string: own).deletingLastPathComponent + "/easel-train"
    if access(beside, X_OK) == 0 { return beside }
    let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return path.map { $0 + "/easel-train" }.first { access($0, X_OK) == 0 }
  }
}

/// The reason why `easel-train` could not be started.
enum TrainerError: Error, CustomStringConvertible {
  /// The program does not exist.
  case missing
  /// The program cannot be started.
  case failed(String, reason: String)

  var description: String {
    switch self {
    case .missing:
      "easel-train is neither beside easel nor on the PATH; install its package, or build it with: "
        + "swift build -c release --product easel-train"
    case .failed(let program, let reason): "\(program) cannot be started: \(reason)"
    }
  }
}
