import Dataset
public import Foundation
import Imaging

/// Why a video gave no frames, or not all of them.
struct VideoError: Error, ItemFailure {
  var reason: Reason
  var sentence: String
}

/// One frame of a video.
public struct VideoFrame: Sendable {
  /// Seconds from the video's start.
  var time: Double
  /// The picture.
  var image: ImageBuffer
  /// The number of cuts before the frame.
  var scene = 0
  /// The time of the earlier frame that it repeats; nil for a new picture.
  var repeated: Double?
}

/// The frames of a video, read one at a time from an `ffmpeg` process, so that a broken video cannot take Easel down.
///
/// Frames come as RGB samples through a pipe. Their times and sizes are what ffmpeg's `showinfo` filter writes for each frame
/// before it is sent. Times count from the video's start, whatever its container's clock shows there.
public final class VideoFrames: Sequence, IteratorProtocol {
  private let process: ChildProcess
  private let log: FfmpegLog
  private let limit: Int
  private var count = 0
  private var isOver = false
  private var waiting: [UInt8] = []
  private var repeats = RepeatedFrames()
  /// Why the frames ended early; nil if they did not.
  private(set) var failure: VideoError?
  /// What is wrong with a video that could be read to its end; nil if nothing is.
  private(set) var damage: String?
  /// Whether the frames ended because the task was cancelled.
  private(set) var isCancelled = false

  /// Starts reading the video at `path`.
  ///
  /// - Parameters:
  ///   - path: The video.
  ///   - interval: How often a frame is taken.
  ///   - limit: The most pixels a frame may have.
  /// - Throws: `VideoError` if ffmpeg is not installed or cannot be started; `WriteError`; `CancellationError`.
  convenience init(path: String, every interval: FrameInterval, pixelLimit limit: Int = 100_000_000) throws {
    try self.init(
      path, before: interval == .keyFrames ? ["-skip_frame", "nokey"] : [], select: interval.choice,
      pixelLimit: limit)
  }

  /// Starts reading those frames for which ffmpeg's expression `select` is not 0.
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
    var frame = VideoFrame(time: entry.time, image: image)
    // The detector of cuts counts seconds with six digits, so it may be a little late.
    frame.scene = log.cuts.count { $0 <= entry.time + 1e-4 }
    frame.repeated = repeats.time(repeatedBy: frame)
    return frame
  }

  /// Takes what comes next into `waiting`.
  ///
  /// - Returns: False at the end of the output.
  private func receive() throws -> Bool {
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    let count = try piece.withUnsafeMutableBytes { try process.read(into: $0) }
    waiting += piece[..<count]
    return count > 0
  }

  /// Exactly `wanted` samples.
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

  /// What the log has about frame number `index`, whose samples have begun to come.
  private func entry(_ index: Int) throws -> FfmpegLog.Frame {
    var tries = 0
    while try log.frames.count <= index && !log.readOn() {
      tries += 1
      guard tries < 1000 else {
        throw VideoError(reason: .unreadable, sentence: "ffmpeg does not report the times of frames")
      }
      usleep(1000)
    }
    // One reading may end in the middle of a line.
    return index < log.frames.count ? log.frames[index] : try entry(index)
  }

  /// Sees how ffmpeg ended.
  private func finish() throws {
    let status = process.wait()
    while try log.readOn() {}
    let complaint =
      log.complaint
      ?? (status > 128 ? "ffmpeg was ended by signal \(status - 128)" : "ffmpeg gives no reason")
    if count == 0 {
      throw VideoError(reason: .unreadable, sentence: "no frame could be read (\(complaint))")
    }
    if log.endsEarly {
      throw VideoError(reason: .truncated, sentence: "it ends early, after \(count) frames (\(complaint))")
    }
    if status != 0 {
      throw VideoError(reason: .unreadable, sentence: "it broke after \(count) frames (\(complaint))")
    }
    damage = log.complaint.map { "it is damaged in places, \(count) frames were read (\($0))" }
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
  /// The expression by which ffmpeg's `select` filter takes frames.
  ///
  /// Of each interval of seconds the first frame is taken, so that rounding and a varying frame rate never add up. A scene
  /// begins where ffmpeg's score of change, 0 to 1, is above 0.3: cuts have 0.5 and more, movement and zooms 0.03.
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
