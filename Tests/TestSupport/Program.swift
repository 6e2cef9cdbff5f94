public import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// One of the built programs.
public struct Program: Sendable {
  /// The result of a run.
  public struct Result: Sendable {
    /// The exit status; 128 plus the signal's number if a signal ended it.
    public var status: Int32
    /// All of stdout.
    public var output: String
    /// All of stderr.
    public var talk: String
    /// The JSON objects of stdout's lines.
    public var events: [[String: any Sendable]] {
      output.split(separator: "\n").compactMap {
        (try? JSONSerialization.jsonObject(with: Data($0.utf8))) as? [String: any Sendable]
      }
    }
  }

  /// The program's file.
  public let url: URL

  /// The program called `name` beside the tests.
  public init(_ name: String) {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    url = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent(name)
  }

  /// The program at `path`.
  public init(path: String) { url = URL(fileURLWithPath: path) }

  /// Runs the program until it ends, or sends it a signal after a time.
  ///
  /// - Parameters:
  ///   - arguments: The arguments.
  ///   - folder: The working folder.
  ///   - environment: Variables to add to the environment.
  ///   - kill: The seconds after which it gets `signal`; nil for none.
  ///   - signal: The signal, SIGKILL by default.
  /// - Returns: The exit status and the output.
  /// - Throws: Foundation's error if it cannot be started or its output cannot be read.
  public func run(
    _ arguments: [String], in folder: URL? = nil, environment: [String: String] = [:],
    killAfter kill: Double? = nil, with signal: Int32 = SIGKILL
  ) throws -> Result {
    let running = try start(arguments, in: folder, environment: environment)
    if let kill {
      running.wait(atMost: kill)
      running.send(signal)
      // A program that ignores the signal must not hang the tests.
      running.wait(atMost: 120)
      running.send(SIGKILL)
    }
    return try running.end()
  }

  /// Starts the program without waiting for its end.
  ///
  /// - Throws: Foundation's error if it cannot be started.
  public func start(
    _ arguments: [String], in folder: URL? = nil, environment: [String: String] = [:]
  ) throws -> Running {
    let scratch = try TemporaryFolder()
    let (output, talk) = (scratch.appending("out"), scratch.appending("err"))
    for file in [output, talk] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
    let process = Process()
    process.executableURL = url
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    if let folder { process.currentDirectoryURL = folder }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: talk)
    try process.run()
    return Running(process: process, scratch: scratch, output: output, talk: talk)
  }

  /// A program that was started.
  public final class Running {
    private let process: Process
    private let scratch: TemporaryFolder
    private let output, talk: URL

    fileprivate init(process: Process, scratch: TemporaryFolder, output: URL, talk: URL) {
      (self.process, self.scratch, self.output, self.talk) = (process, scratch, output, talk)
    }

    /// What it has written to stderr so far.
    public var saidSoFar: String { (try? String(contentsOf: talk, encoding: .utf8)) ?? "" }

    /// Whether it still runs.
    public var isRunning: Bool { process.isRunning }

    /// Waits until it ends, at most some seconds.
    public func wait(atMost seconds: Double) {
      let end = Date(timeIntervalSinceNow: seconds)
      while process.isRunning && Date() < end { usleep(2000) }
    }

    /// Sends it a signal if it still runs.
    public func send(_ signal: Int32) {
      if process.isRunning { kill(process.processIdentifier, signal) }
    }

    /// Waits for its end.
    ///
    /// - Returns: The exit status and the output.
    /// - Throws: Foundation's error if its output cannot be read.
    public func end() throws -> Result {
      process.waitUntilExit()
      let isKilled = process.terminationReason == .uncaughtSignal
      return Result(
        status: (isKilled ? 128 : 0) + process.terminationStatus,
        output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
        talk: String(decoding: try Data(contentsOf: talk), as: UTF8.self))
    }
  }
}
