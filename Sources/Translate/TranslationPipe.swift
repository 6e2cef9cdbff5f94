import Dataset
import Foundation
import Imaging
import Train

#if canImport(Glibc)
  import Glibc
#endif

/// Translates squares that another program sends through a pipe, until it closes the pipe.
///
/// It first sends the side of its squares as a 32-bit number. A request is a 32-bit number of squares and their RGB samples; the
/// reply contains the samples of the translations. All numbers are little endian.
public struct TranslationPipe {
  private let translator: Translator
  private let input: Int32
  private let output: Int32

  /// A pipe that reads the file descriptor `input` and writes `output`; by default standard input and output.
  public init(_ translator: Translator, input: Int32 = 0, output: Int32 = 1) {
    (self.translator, self.input, self.output) = (translator, input, output)
  }

  /// Translates until the end of the input.
  ///
  /// - Throws: `WriteError` if the reply cannot be written, `ImagingError` if a request is incomplete, `TensorError`.
  public func run() throws {
    let side = translator.architecture.side
    try send(withUnsafeBytes(of: UInt32(side).littleEndian, Array.init))
    while let head = try read(4), !Task.isCancelled {
      let count = head.reversed().reduce(0) { $0 << 8 | Int($1) }
      guard (1...1024).contains(count) else {
        throw ImagingError(.truncated, reason: "a request has \(count) squares, not 1 to 1024")
      }
      let squares = try (0..<count).map { _ in
        guard let bytes = try read(side * side * 3) else {
          throw ImagingError(.truncated, reason: "a request ended before its last square")
        }
        return ImageBuffer(width: side, height: side, format: .rgb, bytes: bytes)
      }
      for result in try translator.translate(squares) { try send(result.output.bytes) }
    }
  }

  private func send(_ bytes: [UInt8]) throws {
    let code = bytes.withUnsafeBytes { writeAll($0, to: output) }
    guard code == 0 else { throw WriteError(path: "the pipe to easel", code: code) }
  }

  /// The next `count` bytes; nil at the end of the input.
  private func read(_ count: Int) throws -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let got = bytes.withUnsafeMutableBytes {
        Glibc.read(input, $0.baseAddress.map { $0 + done }, count - done)
      }
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw WriteError(path: "the pipe from easel", code: errno) }
      if got == 0 {
        guard done == 0 else { throw ImagingError(.truncated, reason: "a request is incomplete") }
        return nil
      }
      done += got
    }
    return bytes
  }
}
