import Dataset
import Foundation
public import Imaging

/// One frame of a video that was gone through before, looked up by its time.
public enum VideoPicture {
  /// Reads the frame that the video shows at `time`, through an `ffmpeg` process of its own.
  ///
  /// - Parameters:
  ///   - path: The video.
  ///   - time: Seconds from its start, as the ledger keeps it.
  /// - Returns: The frame, RGB.
  /// - Throws: An `ItemFailure` where there is no ffmpeg or the video has no frame there; what starting it throws.
  public static func read(_ path: String, at time: Double) throws -> ImageBuffer {
    guard let ffmpeg = VideoFrames.program else {
      throw VideoError(reason: "no-ffmpeg", sentence: "videos are read by ffmpeg, which is not installed")
    }
    let (process, output) = (Process(), Pipe())
    process.executableURL = ffmpeg
    // ffmpeg gives the first frame that is not before the time asked for, and the time was rounded when it was kept.
    process.arguments = [
      "-nostdin", "-hide_banner", "-loglevel", "error", "-threads", "1", "-ss", "\(max(0, time - 0.001))",
      "-i", path, "-map", "0:v:0", "-frames:v", "1", "-f", "image2pipe", "-c:v", "ppm", "-",
    ]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    try? output.fileHandleForWriting.close()
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0, !bytes.isEmpty else {
      throw VideoError(reason: .unreadable, sentence: "the video has no frame at \(time) s any more")
    }
    return try ImageCodec.decode([UInt8](bytes)).image
  }
}
