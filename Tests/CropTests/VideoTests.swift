import Dataset
import Foundation
import Imaging
import TestSupport
import Testing

@testable import Crop

/// Videos made by ffmpeg, and one of Ren'Py.
struct VideoTests {
  /// Creates the video `name` with ffmpeg.
  static func video(_ name: String, in folder: TemporaryFolder, _ arguments: [String]) throws -> String {
    let path = folder.appending(name).path
    let process = Process()
    process.executableURL = VideoFrames.program
    process.arguments = ["-nostdin", "-v", "error", "-y"] + arguments + [path]
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "\(arguments)")
    return path
  }

  /// Four scenes of 1.5 s at 24 frames a second, H.264 with a key frame every 30 frames.
  static func cuts(in folder: TemporaryFolder, _ name: String = "cuts.mp4") throws -> String {
    let scenes = ["testsrc", "smptebars", "testsrc2", "rgbtestsrc"].flatMap {
      ["-f", "lavfi", "-i", "\($0)=size=160x96:rate=24:duration=1.5,format=yuv420p"]
    }
    return try video(
      name, in: folder,
      scenes + [
        "-filter_complex", "concat=n=4", "-c:v", "libx264", "-g", "30", "-keyint_min", "30", "-sc_threshold",
        "0",
      ])
  }

  static func times(_ path: String, every interval: FrameInterval) throws -> [Double] {
    let frames = try VideoFrames(path: path, every: interval)
    let times = frames.map(\.time)
    try #require(frames.failure == nil, "\(String(describing: frames.failure))")
    return times
  }

  @Test(
    "Frames are taken by time, by number, at keyframes and at scene cuts",
    .enabled(if: VideoFrames.program != nil, "ffmpeg is not installed"))
  func intervals() throws {
    let folder = try TemporaryFolder()
    let path = try Self.cuts(in: folder)
    #expect(try Self.times(path, every: .seconds(0.5)) == (0..<12).map { Double($0) / 2 })
    #expect(try Self.times(path, every: .frames(36)) == [0, 1.5, 3, 4.5])
    #expect(try Self.times(path, every: .keyFrames) == [0, 1.25, 2.5, 3.75, 5])
    #expect(try Self.times(path, every: .scenes) == [0, 1.5, 3, 4.5])
    // 0.1 s is no whole number of frames: the first frame of each tenth is taken, without drift.
    let tenths = try Self.times(path, every: .seconds(0.1))
    #expect(tenths.count == 60)
    for (index, time) in tenths.enumerated() { #expect((0...1 / 24.0).contains(time - Double(index) / 10)) }
  }

  @Test(
    "Frames of a video with a variable frame rate keep their own times",
    .enabled(if: VideoFrames.program != nil, "ffmpeg is not installed"))
  func varyingRate() throws {
    let folder = try TemporaryFolder()
    // The first second has 20 frames, the second has 4.
    let path = try Self.video(
      "varying.mkv", in: folder,
      [
        "-f", "lavfi", "-i", "testsrc=size=64x64:rate=20:duration=2", "-vf",
        "select='lt(t,1)+not(mod(n,5))'", "-fps_mode", "vfr", "-c:v", "ffv1",
      ])
    let all = try Self.times(path, every: .frames(1))
    #expect(all == (0..<20).map { Double($0) / 20 } + [1, 1.25, 1.5, 1.75])
    #expect(try Self.times(path, every: .seconds(0.25)) == [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75])
  }

  @Test(
    "Frames with non-square pixels are scaled to the width that players show",
    .enabled(if: VideoFrames.program != nil, "ffmpeg is not installed"))
  func squarePixels() throws {
    let folder = try TemporaryFolder()
    let path = try Self.video(
      "wide.mkv", in: folder,
      ["-f", "lavfi", "-i", "testsrc=size=72x64:rate=5:duration=1,setsar=16/9", "-c:v", "ffv1"])
    let frame = try #require(try VideoFrames(path: path, every: .keyFrames).next())
    #expect(frame.image.size == PixelSize(width: 128, height: 64))
  }

  @Test(
    "If a video is truncated, its readable frames are used and the truncation is reported",
    .enabled(if: VideoFrames.program != nil, "ffmpeg is not installed"))
  func truncated() throws {
    let folder = try TemporaryFolder()
    for name in ["cut.mkv", "cut.mp4"] {
      let whole = try Self.video(
        "whole-\(name)", in: folder,
        [
          "-i", try Self.cuts(in: folder, "source-\(name).mp4"), "-c", "copy", "-movflags", "+faststart",
        ])
      let bytes = try Data(contentsOf: URL(fileURLWithPath: whole))
      let path = folder.appending(name)
      try bytes.prefix(bytes.count * 6 / 10).write(to: path)
      let frames = try VideoFrames(path: path.path, every: .seconds(0.5))
      let count = frames.reduce(0) { count, _ in count + 1 }
      #expect((3...11).contains(count), "\(name)")
      #expect(frames.failure?.reason == .truncated, "\(name)")
      #expect(frames.failure?.sentence.contains("truncated after \(count) frames") == true)
    }
  }

  @Test(
    "Damage in the middle of a video is reported, and the other frames are read",
    .enabled(if: VideoFrames.program != nil, "ffmpeg is not installed"))
  func damaged() throws {
    let folder = try TemporaryFolder()
    var bytes = try Data(contentsOf: URL(fileURLWithPath: try Self.cuts(in: folder)))
    for index in bytes.count / 3..<bytes.count / 3 + 2000 {
      bytes[index] = UInt8(truncatingIfNeeded: index * 7919)
    }
    let path = folder.appending("damaged.mp4")
    try bytes.write(to: path)
    let frames = try VideoFrames(path: path.path, every: .seconds(0.5))
    let count = frames.reduce(0) { count, _ in count + 1 }
    #expect(count >= 8)
    #expect(frames.failure == nil)
    #expect(frames.damage?.contains("damaged in places") == true)
  }

  @Test(
    "A file without frames is rejected with ffmpeg's reason",
    .enabled(if: VideoFrames.program != nil, "ffmpeg is not installed"))
  func noFrames() throws {
    let folder = try TemporaryFolder()
    let sound = try Self.video("sound.ogg", in: folder, ["-f", "lavfi", "-i", "sine=duration=1"])
    let words = folder.appending("words.mp4")
    try Data("no video at all".utf8).write(to: words)
    for path in [sound, words.path] {
      let frames = try VideoFrames(path: path, every: .seconds(1))
      #expect(frames.next() == nil)
      #expect(frames.failure?.reason == .unreadable)
      #expect(frames.failure?.sentence.hasPrefix("no frame could be read (") == true)
    }
  }

  @Test(
    "The number of frames of Ren'Py's video agrees with its container",
    .enabled(if: VideoFrames.program != nil && TestData.images != nil, "ffmpeg or EASEL_TEST_DATA is missing")
  )
  func renpysVideo() throws {
    let path = try #require(TestData.images).appendingPathComponent("renpy-sprites/demo/oa4_launch.webm").path
    #expect(try Self.times(path, every: .frames(1)).count == 194)
    #expect(try Self.times(path, every: .frames(50)) == [0.003, 2.086, 4.17, 6.253])
    #expect(try Self.times(path, every: .keyFrames) == [0.003, 3.086])
    let halves = try Self.times(path, every: .seconds(0.5))
    #expect(halves.count == 17)
    #expect(zip(halves, halves.dropFirst()).allSatisfy { (0.45...0.55).contains($1 - $0) })
    // One hard cut, from the title to the sky.
    #expect(try Self.times(path, every: .scenes).count == 2)
  }
}
