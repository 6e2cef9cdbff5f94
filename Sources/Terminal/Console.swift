import Dataset
import Foundation
import Imaging

#if canImport(Glibc)
  import Glibc
#endif

/// The two streams of a command: stdout for data, stderr for messages.
public enum Console {
  /// Whether stderr is an interactive terminal.
  public static let isInteractive: Bool = {
    let environment = ProcessInfo.processInfo.environment
    return isatty(STDERR_FILENO) == 1 && environment["TERM"] != "dumb" && environment["CI"] == nil
  }()

  /// The width of the terminal in columns; 80 if it is not known.
  public static var width: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Writes one line of data to stdout.
  public static func print(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

  /// Writes one line to stderr.
  public static func say(_ line: String) {
    write(SystemPath.printable(SystemPath.readable(line), keepsLines: true) + "\n", to: STDERR_FILENO)
  }

  /// Writes all of `text`; if the reader has closed the pipe, the program ends with status 0.
  static func write(_ text: String, to descriptor: Int32) {
    let code = Array(text.utf8).withUnsafeBytes { writeAll($0, to: descriptor) }
    if code == EPIPE { exit(0) }
  }
}
