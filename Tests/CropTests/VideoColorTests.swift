import Dataset
import Foundation
import Imaging
import TestSupport
import Testing

@testable import Crop

/// Videos of every sample format and color space are decoded to the picture that players show.
@Suite(.enabled(if: VideoFrames.program != nil, "ffmpeg is not installed"))
struct VideoColorTests {
  private let folder: TemporaryFolder
  private let picture: URL

  init() throws {
    folder = try TemporaryFolder()
    picture = folder.appending("picture.png")
    var image = ImageBuffer(width: 96, height: 64, format: .rgb, filledWith: [200, 40, 40])
    image.paste(ImageBuffer(width: 32, height: 64, format: .rgb, filledWith: [60, 120, 90]), x: 32, y: 0)
    image.paste(ImageBuffer(width: 32, height: 64, format: .rgb, filledWith: [30, 60, 180]), x: 64, y: 0)
    try Data(image.png()).write(to: picture)
  }

  private func frame(_ name: String, _ arguments: [String], scale: String? = nil) throws -> ImageBuffer {
    let path = try VideoTests.video(
      name, in: folder, ["-loop", "1", "-r", "5", "-t", "1", "-i", picture.path] + arguments)
    let frames = try VideoFrames(path: path, every: .frames(1))
    let frame = try #require(frames.next(), "\(String(describing: frames.failure))")
    #expect(frames.reduce(1) { count, _ in count + 1 } == 5)
    #expect(frames.failure == nil)
    return frame.image
  }

  private func colors(_ image: ImageBuffer) -> [[Int]] {
    [1, 3, 5].map { image[image.width * $0 / 6, image.height / 2].map(Int.init) }
  }

  private func expect(_ image: ImageBuffer, within limit: Int, _ name: String) {
    for (found, wanted) in zip(colors(image), [[200, 40, 40], [60, 120, 90], [30, 60, 180]]) {
      #expect(zip(found, wanted).allSatisfy { abs($0 - $1) <= limit }, "\(name): \(found), not \(wanted)")
    }
  }

  @Test("All sample formats, from 8 to 16 bits, with alpha, RGB or gray, give the same frame")
  func sampleFormats() throws {
    for format in [
      "yuv420p", "yuv420p10le", "yuv422p12le", "yuv444p", "yuv444p16le", "yuva420p", "bgr0", "gbrp10le",
    ] {
      expect(try frame("\(format).mkv", ["-pix_fmt", format, "-c:v", "ffv1"]), within: 4, format)
    }
    let gray = try frame("gray.mkv", ["-pix_fmt", "gray10le", "-c:v", "ffv1"])
    #expect(colors(gray).allSatisfy { $0[0] == $0[1] && $0[1] == $0[2] })
  }

  @Test("Without a tag, large frames are BT.709 and small ones BT.601; a tag has priority over the size")
  func matrices() throws {
    let hd = "scale=1280:720:out_color_matrix=bt709,format=yuv420p"
    expect(try frame("hd.mkv", ["-vf", hd, "-c:v", "ffv1"]), within: 4, "HD")
    let small = "scale=320:240:out_color_matrix=bt601,format=yuv420p"
    expect(try frame("sd.mkv", ["-vf", small, "-c:v", "ffv1"]), within: 4, "SD")
    let tagged = "scale=1280:720:out_color_matrix=bt601,format=yuv420p"
    expect(
      try frame("tagged.mkv", ["-vf", tagged, "-colorspace", "smpte170m", "-c:v", "ffv1"]), within: 4,
      "tagged")
  }

  @Test(
    "HDR videos are converted to sRGB without a change of colors in the range of a screen",
    arguments: ["smpte2084", "arib-std-b67"])
  func highDynamicRange(transfer: String) throws {
    let filter =
      "format=gbrp,setparams=range=pc:color_primaries=bt709:color_trc=iec61966-2-1:colorspace=gbr,"
      + "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt2020:t=\(transfer):m=bt2020nc:r=tv:npl=203,format=yuv420p10le"
    let tags = [
      "-color_primaries", "bt2020", "-color_trc", transfer, "-colorspace", "bt2020nc", "-color_range", "tv",
    ]
    expect(try frame("hdr.mkv", ["-vf", filter] + tags + ["-c:v", "ffv1"]), within: 12, transfer)
  }

  @Test("The default video stream is read, even if a cover picture comes first")
  func defaultStream() throws {
    let path = try VideoTests.video(
      "cover.mkv", in: folder,
      [
        "-loop", "1", "-r", "1", "-t", "1", "-i", picture.path, "-f", "lavfi", "-i",
        "testsrc=size=160x120:rate=5:duration=2",
        "-map", "0", "-map", "1", "-c:v:0", "mjpeg", "-c:v:1", "ffv1", "-disposition:v:0", "attached_pic",
        "-disposition:v:1", "default",
      ])
    let frames = try VideoFrames(path: path, every: .frames(1))
    #expect(frames.next()?.image.size == PixelSize(width: 160, height: 120))
  }

  @Test("Repeated anime frames are recognized, and cuts are counted")
  func repeatedFramesAndScenes() throws {
    // 12 pictures a second in a video of 24, compressed with loss; a cut after one second.
    let path = try VideoTests.video(
      "twos.mp4", in: folder,
      [
        "-f", "lavfi", "-i", "testsrc=size=320x240:rate=12:duration=1", "-f", "lavfi", "-i",
        "mandelbrot=size=320x240:rate=12", "-filter_complex", "[1]trim=duration=1[m];[0][m]concat=n=2,fps=24",
        "-c:v", "libx264", "-crf", "23", "-pix_fmt", "yuv420p",
      ])
    let frames = Array(try VideoFrames(path: path, every: .frames(1)))
    #expect(frames.count == 48)
    #expect(frames.count { $0.repeated != nil } >= 20)
    #expect(
      frames.allSatisfy {
        $0.repeated.map { earlier in frames.contains { $0.time == earlier && $0.repeated == nil } } ?? true
      })
    #expect(frames.first?.scene == 0 && frames.last?.scene == 1)
  }
}
