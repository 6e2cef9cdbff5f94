import ArgumentParser
import Dataset
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

/// `easel export-weights`.
struct ExportWeightsCommand: HandedOver {
  static let configuration = CommandConfiguration(
    commandName: "export-weights", abstract: "Write a run's networks as the published trainers read them.",
    helpNames: [])
  @Argument(parsing: .captureForPassthrough) var arguments: [String] = []
}

/// `easel translate`; faces are found and masked here, where asked for, before the rest is handed over.
struct TranslateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "translate", abstract: "Turn pictures of one domain into the other.", helpNames: [])
  @Argument(parsing: .captureForPassthrough) var arguments: [String] = []

  func run() async throws {
    guard arguments.prefix(while: { $0 != "--" }).contains("--prepare") else {
      try Handover.become(arguments: ["translate"] + arguments)
    }
    guard let plan = try Handover.preparationPlan(arguments) else {
      // Asked again with a person listening, easel-train says why there is none, or gives its help.
      try Handover.become(arguments: ["translate", "--preparation-plan"] + arguments)
    }
    if plan.dryRun { try Handover.become(arguments: ["translate"] + arguments) }
    let folder = try PreparationFolder.make()
    do {
      try await Preparation(plan, into: folder).run()
      try Task.checkCancellation()
      try Handover.become(arguments: ["translate", "--prepared", folder.path] + arguments)
    } catch {
      try? FileManager.default.removeItem(at: folder)
      throw error
    }
  }
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

  /// What `easel-train` says about preparing pictures for `translate` with `arguments`; nil where it does not take them.
  static func preparationPlan(_ arguments: [String]) throws -> PreparationPlan? {
    guard let program = trainer else { throw HandoverError.missing }
    let (process, output) = (Process(), Pipe())
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = ["translate", "--preparation-plan"] + arguments
    (process.standardOutput, process.standardError) = (output, FileHandle.nullDevice)
    do { try process.run() } catch { throw HandoverError.failed(program, code: errno) }
    let answer = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return try? JSONDecoder().decode(PreparationPlan.self, from: answer)
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
