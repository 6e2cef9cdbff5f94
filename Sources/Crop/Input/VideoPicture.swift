import Dataset
public import Imaging

/// Reads one frame of a video again, by its time.
public enum VideoPicture {
  /// Reads the frame at `time`, with the same pixels as when all frames are read.
  ///
  /// It seeks to ten seconds earlier and takes only a frame with exactly this time. Some videos, such as
  /// MPEG-TS with few keyframes, do not support this; they are read from their start.
  ///
  /// - Parameters:
  ///   - path: The video.
  ///   - time: Seconds from its start, as the ledger records it.
  ///   - isRight: Whether a frame is the expected one, for callers that can check it.
  /// - Returns: The frame, RGB.
  /// - Throws: An `ItemFailure` if ffmpeg is not installed or the video has no frame at that time; `CancellationError`.
  public static func read(
    _ path: String, at time: Double, isRight: (ImageBuffer) throws -> Bool = { _ in true }
  ) throws -> ImageBuffer {
    let entry = max(0, time - 10)
    if entry > 0 {
      let jump = ["-copyts", "-start_at_zero", "-noaccurate_seek", "-ss", "\(entry)"]
      if let frame = try frame(of: path, at: time, before: jump).image, try isRight(frame) { return frame }
    }
    let (image, failure) = try frame(of: path, at: time, before: [])
    if let image { return image }
    throw failure ?? VideoError(reason: .unreadable, sentence: "the video has no frame at \(time) s any more")
  }

  private static func frame(
    of path: String, at time: Double, before: [String]
  ) throws -> (image: ImageBuffer?, failure: VideoError?) {
    // Times are recorded in microseconds, and the video may use a finer unit.
    let frames = try VideoFrames(
      path, before: before, select: "between(t\\,\(time - 5e-6)\\,\(time + 5e-6))",
      after: ["-frames:v", "1"],
      pixelLimit: 100_000_000)
    let found = frames.next()
    if frames.isCancelled { throw CancellationError() }
    return (found?.image, frames.failure?.reason == "no-ffmpeg" ? frames.failure : nil)
  }
}
