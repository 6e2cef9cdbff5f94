import Dataset
import Foundation
import Imaging
import TestSupport
import Testing

@testable import Crop

#if canImport(Glibc)
  import Glibc
#endif

/// Whatever ends a video early, nothing waits for it.
@Suite(.enabled(if: VideoFrames.program != nil, "ffmpeg is not installed"), .timeLimit(.minutes(10)))
struct VideoEndTests {
  private func longVideo(in folder: TemporaryFolder) throws -> String {
    try VideoTests.video(
      "long.mkv", in: folder,
      ["-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=20", "-c:v", "mpeg4"])
  }

  @Test("Giving up a video whose frames are not read ends ffmpeg at once")
  func givenUp() throws {
    let folder = try TemporaryFolder()
    let path = try longVideo(in: folder)
    for limit in [100_000_000, 1000] {
      var frames: VideoFrames? = try VideoFrames(path: path, every: .frames(1), pixelLimit: limit)
      let first = frames?.next()
      #expect((first != nil) == (limit > 1000))
      if limit == 1000 { #expect(frames?.failure?.reason == "too-large") }
      frames = nil
    }
  }

  @Test("A cancelled task gets no more frames, and that is no end of the video")
  func cancelled() async throws {
    let folder = try TemporaryFolder()
    let path = try longVideo(in: folder)
    let task = Task {
      let frames = try VideoFrames(path: path, every: .frames(1))
      var count = 0
      while frames.next() != nil {
        count += 1
        if count == 3 { withUnsafeCurrentTask { $0?.cancel() } }
      }
      return (count, frames.isCancelled, frames.failure == nil)
    }
    let (count, isCancelled, hasNoFailure) = try await task.value
    #expect(count == 3 && isCancelled && hasNoFailure)
  }

  @Test("A program that stops in the middle of its output is ended, whatever it does")
  func stubbornProgram() throws {
    let process = try ChildProcess("/bin/sh", ["-c", "trap '' TERM INT; printf abc; sleep 600"])
    var bytes = [UInt8](repeating: 0, count: 8)
    var count = 0
    while count < 3 {
      count += try bytes[count...].withUnsafeMutableBytes { try process.read(into: $0) }
    }
    #expect(Array(bytes.prefix(3)) == Array("abc".utf8))
    process.end()
    #expect(process.wait() == 128 + SIGKILL)
  }

  @Test("A program that is not there is an error")
  func absentProgram() {
    #expect(throws: VideoError.self) { try ChildProcess("/nonexistent/ffmpeg", []) }
  }
}
