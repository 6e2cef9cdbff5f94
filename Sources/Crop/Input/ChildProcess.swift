import Dataset
import Foundation
import Imaging

#if canImport(Glibc)
  import Glibc
#endif

/// A child process whose output is read, and which may also get input.
///
/// It is killed when this object is released.
///
/// Reading waits in short steps, so it stops soon after the current task is cancelled. The process has a
/// process group of its own: Ctrl-C reaches only Easel, which then ends the process.
package final class ChildProcess {
  private var pid: pid_t = 0
  private var output: Int32 = -1
  private var status: Int32?

  /// Starts `program`.
  ///
  /// - Parameters:
  ///   - program: The program's file.
  ///   - arguments: Its arguments; file names in the form of `SystemPath`.
  ///   - log: The file that receives its standard error; nil to discard it.
  ///   - keepsErrors: Whether its standard error is that of this process; `log` is then not used.
  ///   - takesInput: Whether its standard input is written by `write`; otherwise it is empty.
  /// - Throws: `VideoError` with the reason `no-ffmpeg` and the system's error message.
  package init(
    _ program: String, _ arguments: [String], log: String? = nil, keepsErrors: Bool = false,
    takesInput: Bool = false
  ) throws {
    var ends: [Int32] = [-1, -1]
    // SOCK_CLOEXEC takes effect at once, so no other child process can inherit an end and keep the socket
    // open.
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw Self.failure(program, errno) }
    defer { close(ends[1]) }
    output = ends[0]

    var files = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&files)
    defer { posix_spawn_file_actions_destroy(&files) }
    if takesInput {
      // The socket carries both directions.
      posix_spawn_file_actions_adddup2(&files, ends[1], STDIN_FILENO)
    } else {
      posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    }
    posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO)
    if !keepsErrors {
      posix_spawn_file_actions_addopen(&files, STDERR_FILENO, log ?? "/dev/null", O_WRONLY | O_APPEND, 0)
    }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    // Easel ignores these signals. A process that inherits this would outlive its reader.
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    for signal in [SIGINT, SIGTERM, SIGPIPE] { sigaddset(&signals, signal) }
    posix_spawnattr_setsigdefault(&attributes, &signals)

    var words = ([program] + arguments).map { text in SystemPath.withCString(text) { strdup($0) } }
    defer { for word in words { free(word) } }
    words.append(nil)
    let code = posix_spawn(&pid, program, &files, &attributes, &words, environ)
    guard code == 0 else {
      close(output)
      output = -1
      throw Self.failure(program, code)
    }
  }

  deinit { end() }

  /// Reads the next bytes of the output, at least one.
  ///
  /// - Parameter buffer: The destination; not empty.
  /// - Returns: The number of bytes; 0 at the end of the output.
  /// - Throws: `CancellationError` once the task is cancelled; `VideoError` if the system fails.
  package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    while true {
      if Task.isCancelled { throw CancellationError() }
      var waited = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
      let ready = poll(&waited, 1, 100)
      if ready == 0 || ready < 0 && errno == EINTR { continue }
      let count = Glibc.read(output, buffer.baseAddress, buffer.count)
      if count >= 0 { return count }
      guard errno == EINTR || errno == EAGAIN else {
        throw VideoError(
          reason: "read-error", sentence: "ffmpeg's output: \(String(cString: strerror(errno)))")
      }
    }
  }

  /// Writes all of `bytes` to the process's input.
  ///
  /// - Returns: False if the process does not read any more, as after its end.
  /// - Throws: `CancellationError` once the task is cancelled.
  package func write(_ bytes: UnsafeRawBufferPointer) throws -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      if Task.isCancelled { throw CancellationError() }
      var waited = pollfd(fd: output, events: Int16(POLLOUT), revents: 0)
      let ready = poll(&waited, 1, 100)
      if ready == 0 || ready < 0 && errno == EINTR { continue }
      let count = send(
        output, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count,
        Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR, errno != EAGAIN {
        return false
      }
    }
    return true
  }

  /// Ends the process's input.
  package func closeInput() { shutdown(output, Int32(SHUT_WR)) }

  /// Reads the rest of the output.
  ///
  /// - Throws: As `read(into:)`.
  package func readToEnd() throws -> [UInt8] {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = try piece.withUnsafeMutableBytes { try read(into: $0) }
      if count == 0 { return bytes }
      bytes += piece[..<count]
    }
  }

  /// Waits for the process to end, after it closed its output.
  ///
  /// - Returns: Its exit status, or 128 plus the number of the signal that ended it.
  package func wait() -> Int32 {
    if let status { return status }
    var code: Int32 = 0
    while waitpid(pid, &code, 0) < 0 && errno == EINTR {}
    let result = code & 0x7F == 0 ? code >> 8 & 0xFF : 128 + code & 0x7F
    status = result
    return result
  }

  /// Kills the process, if it still runs, and waits for its end.
  package func end() {
    if output >= 0 { close(output) }
    output = -1
    guard status == nil, pid > 0 else { return }
    kill(pid, SIGKILL)
    _ = wait()
  }

  private static func failure(_ program: String, _ code: Int32) -> VideoError {
    VideoError(
      reason: "no-ffmpeg", sentence: "\(program) could not be started: \(String(cString: strerror(code)))")
  }
}
