import Crop
import Dataset
import Foundation
import Imaging

/// Writes frames as a video with the sound of another video, through an `ffmpeg` process.
///
/// Frames go through a pipe as an IVF file of RGB samples, because that simple format gives each frame its own time stamp.
final class VideoEncoder {
  /// The properties of a video that is written.
  struct Description {
    /// The container.
    var format: VideoFormat
    /// The size of all frames in pixels.
    var size: PixelSize
    /// The unit of the frames' time stamps.
    var timeBase: TimeBase
    /// The time stamp of the first frame.
    var start: Int64
    /// The video whose sound, chapters and title are copied.
    var source: String
    /// The seconds after which the video ends; nil for all frames.
    var limit: Double?
  }

  private let process: ChildProcess
  private let log: FfmpegLog
  private let video: Description
  private var count: UInt32 = 0

  /// Starts the process, which writes to the file `path`.
  ///
  /// - Throws: `VideoError` if ffmpeg is not installed or cannot be started; `WriteError`.
  init(_ video: Description, to path: String) throws {
    self.video = video
    log = try FfmpegLog()
    guard let program = VideoFrames.program else {
      throw VideoError(
        reason: "no-ffmpeg",
        sentence: "videos are written by ffmpeg, which is not installed (apt-get install ffmpeg)")
    }
    process = try ChildProcess(
      program.path, Self.arguments(video, to: path), log: log.path, takesInput: true)
    try send(Self.header(video))
  }

  private static func arguments(_ video: Description, to path: String) -> [String] {
    let seconds = Double(video.start) * video.timeBase.seconds
    let isEven = video.size.width % 2 == 0 && video.size.height % 2 == 0
    let codec: [String] =
      video.format == .webm
      ? ["libvpx-vp9", "-crf", "24", "-b:v", "0", "-row-mt", "1"] : ["libx264", "-crf", "17"]
    let container =
      switch video.format {
      case .mkv: ["-f", "matroska"]
      case .mp4: ["-f", "mp4", "-movflags", "+faststart"]
      case .mov: ["-f", "mov", "-movflags", "+faststart"]
      case .webm: ["-f", "webm"]
      }
    // Subtitles and fonts can be copied only into the same kind of file.
    let texts = VideoFormat(path: video.source) == video.format
    return ["-hide_banner", "-nostats", "-loglevel", "level+error", "-y"]
      // ffmpeg counts the time of a file from its first frame, so that time is added again.
      + ["-itsoffset", "\(seconds)", "-f", "ivf", "-c:v", "rawvideo", "-i", "pipe:0"]
      + ["-i", "file:" + video.source, "-map", "0:v:0", "-map", "1:a?"]
      + (texts ? ["-map", "1:s?"] + (video.format == .mkv ? ["-map", "1:t?"] : []) : [])
      + ["-map_metadata", "1", "-map_chapters", "1", "-c", "copy", "-c:v:0"] + codec
      + ["-vf", "scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int"]
      + ["-pix_fmt", isEven ? "yuv420p" : "yuv444p"]
      + ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"]
      // The time stamps and their unit are kept.
      + ["-fps_mode", "passthrough", "-enc_time_base", "-1", "-max_muxing_queue_size", "4096"]
      + (video.limit.map { ["-t", "\($0)"] } ?? []) + container + ["file:" + path]
  }

  /// The header of an IVF file: 32 bytes, little endian.
  ///
  /// The codec is ffmpeg's mark for RGB samples.
  private static func header(_ video: Description) -> [UInt8] {
    var bytes = Array("DKIF".utf8) + little(UInt16(0)) + little(UInt16(32)) + Array("RGB".utf8) + [24]
    bytes += little(UInt16(clamping: video.size.width)) + little(UInt16(clamping: video.size.height))
    return bytes + little(video.timeBase.denominator) + little(video.timeBase.numerator) + [
      0, 0, 0, 0, 0, 0, 0, 0,
    ]
  }

  private static func little(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian, Array.init)
  }

  /// Appends a frame; one of another size than the video is resized.
  ///
  /// - Parameters:
  ///   - frame: The frame, RGB.
  ///   - ticks: Its time stamp.
  /// - Throws: `VideoError` with ffmpeg's message; `CancellationError`.
  func append(_ frame: ImageBuffer, ticks: Int64) throws {
    let frame = frame.size == video.size ? frame : frame.resized(to: video.size)
    try send(Self.little(UInt32(clamping: frame.bytes.count)) + Self.little(ticks))
    try send(frame.bytes)
  }

  /// Ends the video and waits for ffmpeg.
  ///
  /// - Throws: `VideoError` with ffmpeg's message; `CancellationError`.
  func finish() throws {
    process.closeInput()
    _ = try process.readToEnd()
    guard process.wait() == 0 else { throw try failure() }
  }

  private func send(_ bytes: [UInt8]) throws {
    guard try bytes.withUnsafeBytes({ try process.write($0) }) else { throw try failure() }
  }

  private func failure() throws -> VideoError {
    _ = process.wait()
    while try log.readMore() {}
    let hint =
      video.format == .mkv
      ? "check the free space"
      : "write to a .mkv file, which accepts every kind of sound, or check the free space"
    return VideoError(
      reason: "not-writable",
      sentence: "ffmpeg cannot write the video (\(log.errorMessage ?? "it reported no reason")); \(hint)")
  }
}
