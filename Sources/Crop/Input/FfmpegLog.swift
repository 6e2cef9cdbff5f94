import Dataset
import Foundation
import Imaging

/// The length of a tick of a video's time stamps, as a fraction of a second.
package struct TimeBase: Sendable, Equatable {
  /// The numerator, greater than 0.
  package var numerator: UInt32
  /// The denominator, greater than 0.
  package var denominator: UInt32

  /// A fraction of a second.
  package init(numerator: UInt32, denominator: UInt32) {
    (self.numerator, self.denominator) = (numerator, denominator)
  }

  /// The length in seconds.
  package var seconds: Double { Double(numerator) / Double(denominator) }
}

/// The messages of an `ffmpeg` process that reads a video: times and sizes of frames, cuts and errors.
///
/// They go through a file, because the process would block on a second pipe while nobody reads it.
package final class FfmpegLog {
  /// A frame that ffmpeg sent.
  struct Frame {
    /// Seconds from the video's start.
    var time: Double
    /// The same in units of the time base.
    var ticks: Int64
    /// The size in pixels.
    var size: PixelSize
  }

  private let url: URL
  private var offset = 0
  private var rest: [UInt8] = []

  /// The length of a tick in seconds, as a fraction; nil until ffmpeg reports it.
  private(set) var timeBase: TimeBase?
  /// The frames that were sent so far.
  private(set) var frames: [Frame] = []
  /// The times in seconds at which new scenes begin.
  private(set) var cuts: [Double] = []
  /// The error to report: that the file is truncated, otherwise the first one; nil if there was none.
  package private(set) var errorMessage: String?
  /// Whether the video's container is longer than its file.
  private(set) var endsEarly = false

  /// An empty log in the system's folder for temporary files.
  ///
  /// - Throws: `WriteError`.
  package init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("easel-\(UUID().uuidString).log")
    guard FileManager.default.createFile(atPath: url.path, contents: nil) else {
      throw WriteError(path: url.path, code: EACCES)
    }
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// The path of the file that the process writes.
  package var path: String { url.path }

  /// Reads what was written since the last call.
  ///
  /// - Returns: Whether there was anything new.
  /// - Throws: `ImagingError` if the log cannot be read.
  @discardableResult
  package func readMore() throws -> Bool {
    let piece = try RegularFile(path: url.path).read(1 << 20, at: offset)
    guard !piece.isEmpty else { return false }
    offset += piece.count
    rest += piece
    var lines = rest.split(separator: 0x0A, omittingEmptySubsequences: false)
    rest = Array(lines.removeLast())
    for line in lines { read(String(decoding: line, as: UTF8.self)) }
    return true
  }

  private func read(_ line: String) {
    if line.contains("showinfo") {
      // Seconds are printed with six digits, which is too few for long videos. Ticks and their unit are
      // exact.
      if let ratio = line.word(after: "time_base:")?.split(whereSeparator: { "/,".contains($0) }).compactMap({
        UInt32($0)
      }),
        timeBase == nil, ratio.count == 2, ratio[0] > 0, ratio[1] > 0
      {
        timeBase = TimeBase(numerator: ratio[0], denominator: ratio[1])
      } else if let ticks = line.word(after: " pts:") {
        let sides = line.word(after: " s:")?.split(separator: "x").compactMap { Int($0) } ?? []
        guard sides.count == 2 else { return }
        let (number, unit) = (Int64(ticks) ?? 0, timeBase?.seconds ?? 0)
        frames.append(
          Frame(
            time: (Double(number) * unit * 1e6).rounded() / 1e6, ticks: number,
            size: PixelSize(width: sides[0], height: sides[1])))
      }
    } else if line.contains("lavfi.scd.time"), let time = line.word(after: "lavfi.scd.time:") {
      if let time = Double(time) { cuts.append(time) }
    } else if line.contains("[error]") || line.contains("[fatal]") {
      // "[matroska,webm @ 0x55d8] [error] File ended prematurely" becomes "File ended prematurely".
      let words = line.components(separatedBy: "] ").last ?? line
      if line.contains("ended prematurely") || line.contains("partial file") {
        endsEarly = true
        errorMessage = words
      }
      errorMessage = errorMessage ?? words
    }
  }
}

extension String {
  /// The word that follows `mark`, without leading spaces; nil if `mark` does not occur.
  fileprivate func word(after mark: String) -> Substring? {
    range(of: mark).map { self[$0.upperBound...].drop { $0 == " " }.prefix { !$0.isWhitespace && $0 != "," } }
  }
}
