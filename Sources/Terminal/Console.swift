import Dataset
import Foundation
import Imaging

#if canImport(Glibc)
  import Glibc
#endif

/// The two streams of a command: stdout for data, stderr for talk.
public enum Console {
  /// Whether stderr is a terminal that a person looks at.
  public static let isInteractive: Bool = {
    let environment = ProcessInfo.processInfo.environment
    return isatty(STDERR_FILENO) == 1 && environment["TERM"] != "dumb" && environment["CI"] == nil
  }()

  /// Whether colours may be used on stderr: a terminal, and NO_COLOR not set.
  public static let hasColor: Bool = {
    isInteractive && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
  }()

  /// The width of the terminal in columns; 80 where it is not known.
  public static var width: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Writes data: one line to stdout.
  public static func print(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

  /// Talks: one line to stderr.
  public static func say(_ line: String) {
    write(SystemPath.readable(line) + "\n", to: STDERR_FILENO)
  }

  /// Writes all of `text`; a reader that went away ends the program quietly, as pipes expect.
  static func write(_ text: String, to descriptor: Int32) {
    let code = Array(text.utf8).withUnsafeBytes { writeAll($0, to: descriptor) }
    if code == EPIPE { exit(0) }
  }
}
