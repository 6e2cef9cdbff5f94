import Crop
import Dataset
import Foundation
import Imaging

/// The program `easel-train`, which translates squares that it gets through a pipe, so that the network is loaded once.
///
/// It first sends the side of its squares as a 32-bit number. A request is a 32-bit number of squares and their RGB samples; the
/// reply contains the samples of the translations. All numbers are little endian. `TranslationPipe` is the other end.
final class TranslatorProcess {
  /// The side of the squares in pixels.
  let side: Int
  private let process: ChildProcess

  /// Starts `program` with the arguments of `easel translate`, and waits until the network is loaded.
  ///
  /// Its errors go to the standard error of this process.
  ///
  /// - Throws: `VideoError` if it ends or cannot be started; `CancellationError`.
  init(_ program: String, _ arguments: [String]) throws {
    process = try ChildProcess(
      program, ["translate", "--pipe"] + arguments, keepsErrors: true, takesInput: true)
    guard let bytes = try Self.read(4, from: process) else { throw Self.failure(process) }
    side = bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  /// Translates squares of `side` pixels.
  ///
  /// - Returns: The translations, RGB, in the same order.
  /// - Throws: `VideoError` if the program ends; `CancellationError`.
  func translate(_ squares: [ImageBuffer]) throws -> [ImageBuffer] {
    guard !squares.isEmpty else { return [] }
    precondition(squares.allSatisfy { $0.width == side && $0.height == side && $0.format == .rgb })
    let count = withUnsafeBytes(of: UInt32(squares.count).littleEndian, Array.init)
    for part in [count] + squares.map(\.bytes) {
      guard try part.withUnsafeBytes({ try process.write($0) }) else { throw Self.failure(process) }
    }
    return try squares.map { _ in
      guard let bytes = try Self.read(side * side * 3, from: process) else { throw Self.failure(process) }
      return ImageBuffer(width: side, height: side, format: .rgb, bytes: bytes)
    }
  }

  /// Exactly `count` bytes; nil if the program ends earlier.
  private static func read(_ count: Int, from process: ChildProcess) throws -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let got = try bytes.withUnsafeMutableBytes {
        try process.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[done...]))
      }
      if got == 0 { return nil }
      done += got
    }
    return bytes
  }

  private static func failure(_ process: ChildProcess) -> VideoError {
    let status = process.wait()
    return VideoError(
      reason: "translator-ended",
      sentence: status == 128 + 9
        ? "easel-train was killed, probably because the memory is full; use a smaller --batch, or close other programs"
        : "easel-train ended with status \(status); its message is above")
  }
}
