import Dataset
import Foundation

/// What an `ffmpeg` process says while it reads a video: the times of frames, and what it complains of.
///
/// It goes through a file, because a second pipe that nobody empties would stop the process.
final class FfmpegLog {
  private let url: URL
  private var offset: UInt64 = 0
  private var rest = Data()
  private var unit = 0.0

  /// The frames' times in seconds, as far as they were read.
  private(set) var times: [Double] = []
  /// The first error that it told; nil where it told none.
  private(set) var complaint: String?
  /// Whether the video's container is longer than its file.
  private(set) var saysItEndsEarly = false

  /// An empty log in the system's folder for temporary files.
  ///
  /// - Throws: `WriteError`.
  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("easel-\(UUID().uuidString).log")
    guard FileManager.default.createFile(atPath: url.path, contents: nil) else {
      throw WriteError(path: url.path, code: EACCES)
    }
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// Where the process writes.
  func writingEnd() throws -> FileHandle { try FileHandle(forWritingTo: url) }

  /// Reads what has come since.
  ///
  /// - Returns: Whether anything had.
  func readOn() throws -> Bool {
    let file = try FileHandle(forReadingFrom: url)
    defer { try? file.close() }
    try file.seek(toOffset: offset)
    guard let piece = try file.readToEnd(), !piece.isEmpty else { return false }
    offset += UInt64(piece.count)
    rest += piece
    var lines = rest.split(separator: 0x0A, omittingEmptySubsequences: false)
    rest = Data(lines.removeLast())
    for line in lines { take(String(decoding: line, as: UTF8.self)) }
    return true
  }

  private func take(_ line: String) {
    if line.contains("showinfo") {
      // Seconds are printed with six digits, which is too few for long videos; ticks and their unit are exact.
      if let ratio = line.word(after: "time_base:")?.split(whereSeparator: { "/,".contains($0) }).compactMap({
        Double($0)
      }),
        unit == 0, ratio.count == 2, ratio[1] > 0
      {
        unit = ratio[0] / ratio[1]
      } else if let ticks = line.word(after: " pts:") {
        times.append(((Double(ticks) ?? 0) * unit * 1e6).rounded() / 1e6)
      }
    } else if line.contains("[error]") || line.contains("[fatal]") {
      // "[matroska,webm @ 0x55d8] [error] File ended prematurely": who says it and how loudly says nothing to a person.
      let words = line.components(separatedBy: "] ").last ?? line
      if line.contains("ended prematurely") || line.contains("partial file") {
        saysItEndsEarly = true
        complaint = words
      }
      complaint = complaint ?? words
    }
  }
}

extension String {
  /// The word that follows `mark`, with spaces before it left out; nil where there is no such mark.
  fileprivate func word(after mark: String) -> Substring? {
    range(of: mark).map { self[$0.upperBound...].drop { $0 == " " }.prefix { !$0.isWhitespace } }
  }
}
