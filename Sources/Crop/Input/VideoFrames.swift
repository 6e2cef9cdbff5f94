package import Dataset
public import Foundation
package import Imaging

/// Why a video could not be read, or not to its end.
package struct VideoError: Error, ItemFailure, CustomStringConvertible {
  package var reason: Reason
  package var sentence: String

  /// An error with a reason and one sentence for users.
  package init(reason: Reason, sentence: String) { (self.reason, self.sentence) = (reason, sentence) }

  /// The sentence.
  package var description: String { sentence }
}

/// One frame of a video.
public struct VideoFrame: Sendable {
  /// Seconds from the video's start.
  package var time: Double
  /// The same in units of the video's time base.
  package var ticks: Int64 = 0
  /// The picture.
  package var image: ImageBuffer
  /// The number of scene cuts before the frame.
  package var scene = 0
  /// The time in seconds of the earlier frame that it repeats; nil for a new picture.
  package var repeated: Double?
}

/// The frames of a video, read one at a time from an `ffmpeg` process, so that a broken video cannot crash
/// Easel.
///
/// Frames are sent as RGB samples through a socket. Their times and sizes come from ffmpeg's `showinfo`
/// filter, which logs each frame before it is sent. Times count from the video's start, whatever the first
/// timestamp in its container is.
public final class VideoFrames: Sequence, IteratorProtocol {
  private let process: ChildProcess
  private let log: FfmpegLog
  private let limit: Int
  private var count = 0
  private var isOver = false
  private var waiting: [UInt8] = []
  private var repeats = RepeatedFrames()
  /// Why reading stopped before the video's end; nil if it did not.
  package private(set) var failure: VideoError?
  /// The damage of a video that could be read to its end; nil if there is none.
  package private(set) var damage: String?
  /// Whether reading stopped because the task was cancelled.
  package private(set) var isCancelled = false
  /// The unit of the frames' ticks; nil before the first frame.
  package var timeBase: TimeBase? { log.timeBase }

  /// Starts reading the video at `path`.
  ///
  /// - Parameters:
  ///   - path: The video.
  ///   - interval: How often a frame is taken.
  ///   - limit: The maximum number of pixels of a frame.
  /// - Throws: `VideoError` if ffmpeg is not installed or cannot be started; `WriteError`; `CancellationError`.
  package convenience init(path: String, every interval: FrameInterval, pixelLimit limit: Int = 100_000_000)
    throws
  {
    try self.init(
      path, before: interval == .keyFrames ? ["-skip_frame", "nokey"] : [], select: interval.choice,
      pixelLimit: limit)
  }

  /// Starts reading the frames for which ffmpeg's expression `select` is not 0.
  init(_ path: String, before: [String], select: String, after: [String] = [], pixelLimit limit: Int) throws {
    self.limit = limit
    log = try FfmpegLog()
    guard let ffmpeg = VideoFrames.program else {
      throw VideoError(
        reason: "no-ffmpeg",
        sentence: "videos are read by ffmpeg, which is not installed (apt-get install ffmpeg)")
    }
    let stream = try VideoStream(of: path)
    process = try ChildProcess(
      ffmpeg.path,
      ["-nostdin", "-hide_banner", "-nostats", "-loglevel", "level+info", "-threads", "1"] + before
        + ["-i", "file:" + path, "-map", stream.specifier]
        + [
          "-vf", "scdet=t=10,select='\(select)',\(stream.filters),format=rgb24,setsar=1,showinfo=checksum=0",
        ]
        + after + ["-fps_mode", "passthrough", "-f", "rawvideo", "-"],
      log: log.path)
  }

  /// The next frame; nil at the video's end, or if `failure` or `isCancelled` says why it ended.
  public func next() -> VideoFrame? {
    guard !isOver else { return nil }
    do {
      if let frame = try readFrame() { return frame }
      try finish()
    } catch is CancellationError {
      isCancelled = true
    } catch let error as VideoError {
      failure = error
    } catch {
      failure = VideoError(reason: .unreadable, sentence: "the video could not be read: \(error)")
    }
    isOver = true
    process.end()
    return nil
  }

  private func readFrame() throws -> VideoFrame? {
    guard try !waiting.isEmpty || receive() else { return nil }
    let entry = try entry(count)
    let (area, overflow) = entry.size.width.multipliedReportingOverflow(by: entry.size.height)
    guard entry.size.width > 0, entry.size.height > 0, !overflow, area <= limit else {
      throw VideoError(
        reason: "too-large", sentence: "its frames have \(entry.size.width)x\(entry.size.height) pixels")
    }
    let image = ImageBuffer(
      width: entry.size.width, height: entry.size.height, format: .rgb, bytes: try samples(area * 3))
    count += 1
    var frame = VideoFrame(time: entry.time, ticks: entry.ticks, image: image)
    // scdet prints seconds with six digits, so its times may be slightly late.
    frame.scene = log.cuts.count { $0 <= entry.time + 1e-4 }
    frame.repeated = repeats.time(repeatedBy: frame)
    return frame
  }

  /// Reads more output into `waiting`.
  ///
  /// - Returns: False at the end of the output.
  private func receive() throws -> Bool {
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    let count = try piece.withUnsafeMutableBytes { try process.read(into: $0) }
    waiting += piece[..<count]
    return count > 0
  }

  /// Reads exactly `wanted` samples.
  private func samples(_ wanted: Int) throws -> [UInt8] {
    var problem: (any Error)?
    let samples = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, written in
      written = Swift.min(waiting.count, wanted)
      for index in 0..<written { buffer[index] = waiting[index] }
      while written < wanted {
        do {
          let count = try process.read(
            into: UnsafeMutableRawBufferPointer(
              rebasing: UnsafeMutableRawBufferPointer(buffer)[written..<wanted]))
          if count == 0 {
            problem = VideoError(reason: .truncated, sentence: "the video's last frame is cut off")
            return
          }
          written += count
        } catch {
          problem = error
          return
        }
      }
    }
    if let problem { throw problem }
    waiting.removeFirst(Swift.min(waiting.count, wanted))
    return samples
  }

  /// The log's entry for frame number `index`, whose first samples have arrived.
  private func entry(_ index: Int) throws -> FfmpegLog.Frame {
    var tries = 0
    while try log.frames.count <= index && !log.readMore() {
      tries += 1
      guard tries < 1000 else {
        throw VideoError(reason: .unreadable, sentence: "ffmpeg does not report the times of frames")
      }
      usleep(1000)
    }
    // One read may end in the middle of a line.
    return index < log.frames.count ? log.frames[index] : try entry(index)
  }

  /// Checks how ffmpeg ended.
  private func finish() throws {
    let status = process.wait()
    while try log.readMore() {}
    let message =
      log.errorMessage
      ?? (status > 128 ? "ffmpeg was ended by signal \(status - 128)" : "ffmpeg reported no reason")
    if count == 0 {
      throw VideoError(reason: .unreadable, sentence: "no frame could be read (\(message))")
    }
    if log.endsEarly {
      throw VideoError(
        reason: .truncated, sentence: "the video is truncated after \(count) frames (\(message))")
    }
    if status != 0 {
      throw VideoError(reason: .unreadable, sentence: "ffmpeg failed after \(count) frames (\(message))")
    }
    damage = log.errorMessage.map { "the video is damaged in places; \(count) frames were read (\($0))" }
  }

  /// The `ffmpeg` program; nil if it is not on the search path.
  public static var program: URL? { program(called: "ffmpeg") }

  /// The program called `name`; nil if it is not on the search path.
  static func program(called name: String) -> URL? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
    return folders.map { URL(fileURLWithPath: String($0)).appendingPathComponent(name) }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }
}

extension FrameInterval {
  /// The expression for ffmpeg's `select` filter.
  ///
  /// The first frame of each interval of seconds is taken, so errors by rounding and a varying frame rate do
  /// not add up. A scene begins if ffmpeg's scene score, 0 to 1, is above 0.3: cuts have at least 0.5,
  /// movement and zooms about 0.03.
  fileprivate var choice: String {
    switch self {
    case .seconds(let seconds):
      "isnan(prev_selected_t)+gt(floor(t/\(seconds)+1e-6)\\,floor(prev_selected_t/\(seconds)+1e-6))"
    case .frames(let frames): "not(mod(n\\,\(Swift.max(1, frames))))"
    case .keyFrames: "key"
    case .scenes: "eq(n\\,0)+gt(scene\\,0.3)"
    }
  }
}
