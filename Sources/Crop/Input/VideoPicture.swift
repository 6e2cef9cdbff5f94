import Dataset
public import Imaging

/// One frame of a video that was read before, found again by its time.
public enum VideoPicture {
  /// Reads the frame that the video shows at `time`, with the pixels that reading all frames gives.
  ///
  /// The video is entered ten seconds earlier, and only a frame with the very time is taken. Some videos cannot be entered
  /// where that is asked for, such as MPEG-TS with few keyframes; they are read from their start.
  ///
  /// - Parameters:
  ///   - path: The video.
  ///   - time: Seconds from its start, as the ledger keeps it.
  ///   - isRight: Whether a frame is the one that was seen before, for callers that can say so.
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
    // Times are kept in millionths of a second, and their unit in the video may be finer.
    let frames = try VideoFrames(
      path, before: before, select: "between(t\\,\(time - 5e-6)\\,\(time + 5e-6))",
      after: ["-frames:v", "1"],
      pixelLimit: 100_000_000)
    let found = frames.next()
    if frames.isCancelled { throw CancellationError() }
    return (found?.image, frames.failure?.reason == "no-ffmpeg" ? frames.failure : nil)
  }
}
