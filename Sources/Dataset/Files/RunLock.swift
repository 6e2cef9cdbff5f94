public import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// The lock of an output folder.
///
/// Only one process at a time may write there.
///
/// The system releases it when the process ends or is killed.
public final class RunLock: Sendable {
  private let descriptor: Int32
  /// Whether the last process with the lock was killed, so that it may have left incomplete files.
  public let wasInterrupted: Bool

  /// Takes the lock of `output`, whose folder must exist.
  ///
  /// - Throws: `OutputError.busy` if another process has it; `WriteError`.
  public convenience init(_ output: OutputFolder) throws { try self.init(folder: output.url) }

  /// Takes the lock of the folder at `url`, which must exist.
  ///
  /// - Throws: `OutputError.busy` if another process has it; `WriteError`.
  public init(folder url: URL) throws {
    let path = url.appendingPathComponent(".lock").path
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw WriteError(path: path, code: errno) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      var text = [UInt8](repeating: 0, count: 16)
      let count = pread(descriptor, &text, text.count, 0)
      close(descriptor)
      let process = Int32(String(decoding: text.prefix(max(0, count)), as: UTF8.self))
      throw OutputError.busy(url.path, process: process)
    }
    self.descriptor = descriptor
    var status = stat()
    wasInterrupted = fstat(descriptor, &status) == 0 && status.st_size > 0
    let process = Array(String(getpid()).utf8)
    ftruncate(descriptor, 0)
    pwrite(descriptor, process, process.count, 0)
  }

  deinit {
    ftruncate(descriptor, 0)
    close(descriptor)
  }
}
