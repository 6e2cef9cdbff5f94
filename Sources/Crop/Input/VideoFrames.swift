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
}

/// The frames of a video, read one at a time from an `ffmpeg` process, so that a broken video cannot take Easel down.
///
/// Frames come as PPM through a pipe; their times are what ffmpeg's `showinfo` filter writes for each before it is
/// encoded, which is why the time of a frame is known when its pixels arrive. They count from the
/// video's start, whatever its container's clock shows there.
public final class VideoFrames: Sequence, IteratorProtocol {
  private let process = Process()
  private let output = Pipe()
  private let log: FfmpegLog
  private let limit: Int
  private var count = 0
  private var isOver = false
  /// Why the frames ended early; nil while all is well.
  private(set) var failure: VideoError?
  /// What is wrong with a video that could be read to its end; nil where nothing is.
  private(set) var damage: String?

  /// Frames of narrow or wide pixels, as on DVDs, are widened to square ones.
  private static let squarePixels = "scale='if(eq(sar\\,1)\\,iw\\,round(iw*sar))':ih,setsar=1"

  /// Starts reading the video at `path`.
  ///
  /// - Parameters:
  ///   - path: The video.
  ///   - interval: How often a frame is taken.
  ///   - limit: The most pixels a frame may have.
  /// - Throws: `VideoError` where there is no ffmpeg; `WriteError`; what starting it throws.
  init(path: String, every interval: FrameInterval, pixelLimit limit: Int = 100_000_000) throws {
    self.limit = limit
    log = try FfmpegLog()
    guard let ffmpeg = VideoFrames.program else {
      throw VideoError(reason: "no-ffmpeg", sentence: "videos are read by ffmpeg, which is not installed")
    }
    process.executableURL = ffmpeg
    process.arguments =
      ["-nostdin", "-hide_banner", "-nostats", "-loglevel", "level+info", "-threads", "1"]
      + (interval == .keyFrames ? ["-skip_frame", "nokey"] : []) + ["-i", path, "-map", "0:v:0"]
      + ["-vf", "select='\(interval.choice)',\(VideoFrames.squarePixels),showinfo=checksum=0"]
      + ["-fps_mode", "passthrough", "-f", "image2pipe", "-c:v", "ppm", "-"]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = try log.writingEnd()
    try process.run()
    // Only the child may hold the writing end, or its end would never be seen.
    try? output.fileHandleForWriting.close()
  }

  deinit {
    if process.isRunning { process.terminate() }
    process.waitUntilExit()
  }

  /// The next frame; nil at the video's end or where `failure` says why it ended.
  public func next() -> VideoFrame? {
    guard !isOver else { return nil }
    do {
      guard let image = try readFrame() else {
        try finish()
        return nil
      }
      defer { count += 1 }
      return VideoFrame(time: try time(of: count), image: image)
    } catch let error as VideoError {
      failure = error
    } catch {
      failure = VideoError(reason: .unreadable, sentence: "the video could not be read: \(error)")
    }
    isOver = true
    if process.isRunning { process.terminate() }
    return nil
  }

  /// One PPM picture: "P6", width, height, 255, then the samples.
  private func readFrame() throws -> ImageBuffer? {
    var header: [UInt8] = []
    while header.filter({ $0 == 0x0A }).count < 3 {
      guard let byte = try read(1)?.first else {
        if header.isEmpty { return nil }
        throw VideoError(reason: .truncated, sentence: "the video's last frame is cut off")
      }
      header.append(byte)
      guard header.count < 64 else { throw VideoError(reason: .unreadable, sentence: "ffmpeg sent no PPM") }
    }
    let words = String(decoding: header, as: UTF8.self).split(whereSeparator: \.isWhitespace)
    guard words.count == 4, words[0] == "P6", let width = Int(words[1]), let height = Int(words[2]),
      width > 0, height > 0
    else { throw VideoError(reason: .unreadable, sentence: "ffmpeg sent no PPM") }
    guard width * height <= limit else {
      throw VideoError(reason: "too-large", sentence: "its frames have \(width)x\(height) pixels")
    }
    guard let samples = try read(width * height * 3) else {
      throw VideoError(reason: .truncated, sentence: "the video's last frame is cut off")
    }
    return ImageBuffer(width: width, height: height, format: .rgb, bytes: samples)
  }

  /// Exactly `wanted` bytes; nil where the pipe ends before them.
  private func read(_ wanted: Int) throws -> [UInt8]? {
    var bytes = [UInt8]()
    bytes.reserveCapacity(wanted)
    while bytes.count < wanted {
      guard let piece = try output.fileHandleForReading.read(upToCount: wanted - bytes.count), !piece.isEmpty
      else { return nil }
      bytes.append(contentsOf: piece)
    }
    return bytes
  }

  /// The time of frame number `index`, from the log.
  private func time(of index: Int) throws -> Double {
    var tries = 0
    while try log.times.count <= index && !log.readOn() {
      tries += 1
      guard tries < 1000 else {
        throw VideoError(reason: .unreadable, sentence: "ffmpeg does not tell the times of frames")
      }
      usleep(1000)
    }
    return log.times[index]
  }

  /// Looks how ffmpeg ended.
  private func finish() throws {
    isOver = true
    process.waitUntilExit()
    _ = try log.readOn()
    let complaint = log.complaint ?? "ffmpeg gives no reason"
    if count == 0 {
      throw VideoError(reason: .unreadable, sentence: "no frame could be read (\(complaint))")
    }
    if log.saysItEndsEarly {
      throw VideoError(reason: .truncated, sentence: "it ends early, after \(count) frames (\(complaint))")
    }
    if process.terminationStatus != 0 {
      throw VideoError(reason: .unreadable, sentence: "it broke after \(count) frames (\(complaint))")
    }
    damage = log.complaint.map { "it is damaged in places, \(count) frames were read (\($0))" }
  }

  /// The `ffmpeg` program; nil where it is not on the search path.
  public static var program: URL? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
    return folders.map { URL(fileURLWithPath: String($0)).appendingPathComponent("ffmpeg") }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }
}

extension FrameInterval {
  /// The expression by which ffmpeg's `select` filter takes frames.
  ///
  /// Of each interval of seconds the first frame is taken, so that rounding and a varying frame rate never add up; a scene begins
  /// where ffmpeg's score of change, 0 to 1, is above 0.3: cuts have 0.5 and more, movement and zooms 0.03.
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
