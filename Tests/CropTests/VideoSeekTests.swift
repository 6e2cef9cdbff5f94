import Dataset
import Foundation
import Imaging
import TestSupport
import Testing

@testable import Crop

/// A frame that is read again by its time equals the frame from reading the whole video.
@Suite(.enabled(if: VideoFrames.program != nil, "ffmpeg is not installed"))
struct VideoSeekTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(
    "A frame is found again by its exact time, for all containers and keyframe intervals",
    arguments: [
      ("a.mp4", ["-c:v", "libx264", "-g", "48"]), ("b.mkv", ["-c:v", "libx264", "-g", "30", "-bf", "3"]),
      ("c.ts", ["-c:v", "libx264", "-g", "30"]),
      ("d.ts", ["-c:v", "libx264", "-g", "100000", "-sc_threshold", "0"]),
      ("e.mpg", ["-c:v", "mpeg2video", "-bf", "2", "-b:v", "1M"]), ("f.avi", ["-c:v", "mpeg4"]),
      ("g.webm", ["-c:v", "libvpx", "-b:v", "500k"]),
      ("h.mkv", ["-c:v", "ffv1", "-vf", "setsar=64/45"]),
    ])
  func framesAreFoundAgain(name: String, codec: [String]) throws {
    let path = try VideoTests.video(
      name, in: folder, ["-f", "lavfi", "-i", "testsrc2=size=160x120:rate=24:duration=25"] + codec)
    var seen: [VideoFrame] = []
    for frame in try VideoFrames(path: path, every: .frames(149)) { seen.append(frame) }
    #expect(seen.count == 5)
    for frame in seen { #expect(try VideoPicture.read(path, at: frame.time) == frame.image, "\(frame.time)") }
  }

  @Test("A time without a frame is an error, and a rejected frame is not used")
  func absentFrames() throws {
    let path = try VideoTests.video(
      "a.mp4", in: folder,
      ["-f", "lavfi", "-i", "testsrc2=size=160x120:rate=24:duration=15", "-c:v", "libx264"])
    #expect(throws: VideoError.self) { try VideoPicture.read(path, at: 1.01) }
    #expect(throws: VideoError.self) { try VideoPicture.read(path, at: 100) }
    // If the caller rejects the frame found by seeking, the video is read from its start.
    var asked = 0
    _ = try VideoPicture.read(path, at: 14) { _ in
      asked += 1
      return false
    }
    #expect(asked == 1)
  }
}
