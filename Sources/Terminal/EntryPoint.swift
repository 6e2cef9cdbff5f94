public import ArgumentParser
import Dispatch
import Foundation
import Imaging
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// The exit statuses of every command.
public enum ExitStatus {
  /// The command succeeded.
  public static let success = ExitCode(0)
  /// The command failed.
  public static let failure = ExitCode(1)
  /// The command is done, with items skipped or failed.
  public static let itemsLeftOut = ExitCode(2)
  /// The command was stopped by Ctrl-C or SIGTERM; the next run continues.
  public static let interrupted = ExitCode(130)
}

extension ParsableCommand {
  /// Runs the command that `arguments` name, and ends the process with the right status.
  ///
  /// Wrong usage ends with 64. Any other error becomes one sentence on stderr and ends with 1. Ctrl-C and
  /// SIGTERM drop the current item, keep all finished ones, and end with 130; a second signal ends the
  /// process immediately. Signals within a second count as one, because launchers such as torchrun repeat Ctrl-C.
  public static func runAndExit(_ arguments: [String]? = nil) async -> Never {
    signal(SIGPIPE, SIG_IGN)
    do {
      let command = try parseAsRoot(arguments ?? ownArguments)
      let work = Task {
        var command = command
        if var asynchronous = command as? any AsyncParsableCommand {
          try await asynchronous.run()
        } else {
          try command.run()
        }
      }
      let first = Mutex<ContinuousClock.Instant?>(nil)
      let sources = [SIGINT, SIGTERM].map { number in
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler {
          let since = first.withLock { first in
            first = first ?? .now
            return first?.duration(to: .now) ?? .zero
          }
          if since > .seconds(1) { _exit(130) }
          work.cancel()
        }
        source.resume()
        return source
      }
      defer { withExtendedLifetime(sources) {} }
      try await work.value
    } catch is CancellationError {
      Console.say("stopped; run the command again to continue")
      exit(withError: ExitStatus.interrupted)
    } catch {
      if error is ExitCode || error is CleanExit || error is ValidationError || isParserError(error) {
        exit(withError: error)
      }
      Console.say("error: \(error)")
      exit(withError: ExitStatus.failure)
    }
    exit(withError: ExitStatus.success)
  }

  /// The process's arguments; those that are not UTF-8, such as names of old files, are converted by
  /// `SystemPath`.
  private static var ownArguments: [String] {
    (1..<max(1, Int(CommandLine.argc))).compactMap { index in
      CommandLine.unsafeArgv[index].map { SystemPath.string(cString: $0) }
    }
  }

  /// Whether the error comes from reading the command line, which the parser renders itself.
  private static func isParserError(_ error: any Error) -> Bool {
    exitCode(for: error) != .failure || String(describing: type(of: error)) == "CommandError"
  }
}
