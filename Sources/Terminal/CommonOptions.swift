public import ArgumentParser
import Dataset
import Foundation

/// The flags that every working command has.
public struct CommonOptions: ParsableArguments {
  /// One JSON object a line on stdout.
  @Flag(help: "Print one JSON object a line to stdout: each item, then a summary.")
  public var json = false

  /// No bar and no lines but errors.
  @Flag(name: .shortAndLong, help: "Print nothing but errors.")
  public var quiet = false

  /// A line for each item.
  @Flag(name: .shortAndLong, help: "Print a line for each item.")
  public var verbose = false

  /// Look, but write nothing.
  @Flag(name: [.customLong("dry-run"), .customShort("n")], help: "Say what would be done; write nothing.")
  public var dryRun = false

  /// The number of items that are processed at a time.
  @Option(name: .shortAndLong, help: "How many items to work on at a time (default: one a core).")
  public var jobs: Int?

  /// The defaults.
  public init() {}

  /// Rejects invalid numbers of jobs.
  public func validate() throws {
    if let jobs, !(1...1024).contains(jobs) { throw ValidationError("--jobs takes a number from 1 to 1024") }
    if quiet && verbose { throw ValidationError("--quiet and --verbose exclude each other") }
  }

  /// The number of items that are processed at a time.
  public var jobCount: Int { jobs ?? ProcessInfo.processInfo.activeProcessorCount }

  /// The reporter that shows a stage's events as lines, progress bars and JSON.
  public func makeReporter() -> ConsoleReporter {
    ConsoleReporter(style: json ? .json : quiet ? .quiet : verbose ? .verbose : .normal)
  }
}
