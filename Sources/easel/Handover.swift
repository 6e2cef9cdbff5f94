import ArgumentParser
import Foundation
import Terminal

#if canImport(Glibc)
  import Glibc
#endif

/// The commands that `easel` leaves to `easel-train`, which it becomes: same terminal, same process.
protocol HandedOver: ParsableCommand {
  var arguments: [String] { get }
}

extension HandedOver {
  func run() throws {
    try Handover.become(arguments: [Self.configuration.commandName ?? ""] + arguments)
  }
}

/// `easel train`.
struct TrainCommand: HandedOver {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train U-GAT-IT or photo2cartoon on a dataset.", helpNames: [])
  @Argument(parsing: .captureForPassthrough) var arguments: [String] = []
}

/// `easel evaluate`.
struct EvaluateCommand: HandedOver {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measure a run on its test images.", helpNames: [])
  @Argument(parsing: .captureForPassthrough) var arguments: [String] = []
}

/// `easel translate`.
struct TranslateCommand: HandedOver {
  static let configuration = CommandConfiguration(
    commandName: "translate", abstract: "Turn pictures of one domain into the other.", helpNames: [])
  @Argument(parsing: .captureForPassthrough) var arguments: [String] = []
}

/// Finds `easel-train` and becomes it.
enum Handover {
  /// Replaces this process by `easel-train` with `arguments`.
  ///
  /// - Throws: `HandoverError`; does not return otherwise.
  static func become(arguments: [String]) throws -> Never {
    guard let program = trainer else { throw HandoverError.missing }
    // A handled signal would be reset by exec, an ignored one stays ignored: the trainer sets its own.
    for number in [SIGINT, SIGTERM, SIGPIPE] { signal(number, SIG_DFL) }
    var pointers = ([program] + arguments).map { strdup($0) } + [nil]
    execv(program, &pointers)
    throw HandoverError.failed(program, code: errno)
  }

  /// `easel-train` beside this program, else on the search path.
  static var trainer: String? {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    let beside = NSString(string: own).deletingLastPathComponent + "/easel-train"
    if access(beside, X_OK) == 0 { return beside }
    let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return path.map { $0 + "/easel-train" }.first { access($0, X_OK) == 0 }
  }
}

/// Why `easel-train` could not take over.
enum HandoverError: Error, CustomStringConvertible {
  /// It is not there.
  case missing
  /// It cannot be started.
  case failed(String, code: Int32)

  var description: String {
    switch self {
    case .missing:
      "easel-train, which trains, is neither beside easel nor on the PATH; build it with: swift build -c release --product easel-train"
    case .failed(let program, let code): "\(program) cannot be started: \(String(cString: strerror(code)))"
    }
  }
}
