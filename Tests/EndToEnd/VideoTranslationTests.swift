import Foundation
import Imaging
import TestSupport
import Testing

/// Videos made by ffmpeg from a photograph, translated by a run of one step.
@Suite(
  .enabled(
    if: TestData.images != nil && TestData.models != nil && VideoTools.exist,
    "EASEL_TEST_DATA or EASEL_MODELS is not set, or ffmpeg is not installed"))
struct VideoTranslationTests {
  private let bench: Workbench

  /// A run of one step on noise, width 4, side 64, and the video `in.mkv`.
  ///
  /// The video shows a moving photograph in 12 frames at uneven times, then 4 frames without a face, with sound.
  init() throws {
    bench = try Workbench()
    for folder in ["trainA", "trainB"] {
      try FileManager.default.createDirectory(
        at: bench.folder.appending("set/\(folder)"), withIntermediateDirectories: true)
      for number in 0..<2 {
        var random = SplitMix64(state: UInt64(number))
        let bytes = (0..<64 * 64 * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        try bench.write(
          ImageBuffer(width: 64, height: 64, format: .rgb, bytes: bytes).png(),
          to: "set/\(folder)/\(number).png")
      }
    }
    let result = try bench.run(
      "train", "set", "--to", "run", "--steps", "1", "--set", "train.width=4", "--jobs", "1")
    try #require(result.status == 0, "\(result.talk)")
    let photo = try #require(TestData.images).appendingPathComponent("lfw/Tony_Blair/Tony_Blair_0002.jpg")
    try ffmpeg([
      "-loop", "1", "-framerate", "20", "-t", "0.8", "-i", photo.path,
      "-f", "lavfi", "-t", "0.8", "-i", "sine=frequency=440",
      "-filter_complex",
      "[0:v]crop=220:230:'n*2':8,drawbox=enable='gte(n,12)':w=220:h=230:color=green:t=fill,"
        + "settb=1/1000,setpts='(N+2*gte(N,5))*50'[v]",
      "-map", "[v]", "-map", "1:a", "-c:v", "libx264", "-crf", "10", "-g", "4", "-bf", "0", "-pix_fmt",
      "yuv420p", "-fps_mode",
      "passthrough",
      "-c:a", "aac", "-cluster_time_limit", "200", "in.mkv",
    ])
  }

  private func ffmpeg(_ arguments: [String]) throws {
    let result = try VideoTools.run(
      "ffmpeg", ["-nostdin", "-v", "error", "-y"] + arguments, in: bench.folder.url)
    try #require(result.status == 0, "\(result.talk)")
  }

  private func translate(_ arguments: String..., killAfter: Double? = nil) throws -> Program.Result {
    let scratch = try TemporaryFolder()
    let result = try bench.easel.run(
      ["translate", "--jobs", "1", "--run", "run"] + arguments, in: bench.folder.url,
      environment: ["TMPDIR": scratch.url.path, "OMP_NUM_THREADS": "1"], killAfter: killAfter, with: SIGINT)
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path).isEmpty)
    return result
  }

  /// The time stamps of a video's frames, and its size.
  private func times(_ name: String) throws -> [String] {
    try VideoTools.run(
      "ffprobe",
      ["-v", "error", "-select_streams", "v", "-show_entries", "frame=pts_time", "-of", "csv=p=0", name],
      in: bench.folder.url
    ).output.split(separator: "\n").map { String($0.prefix { $0 != "," }) }
  }

  private func sound(_ name: String) throws -> String {
    try VideoTools.run(
      "ffmpeg", ["-nostdin", "-v", "error", "-i", name, "-map", "0:a", "-c", "copy", "-f", "md5", "-"],
      in: bench.folder.url
    ).output
  }

  /// The frames of a video as images.
  private func frames(_ name: String) throws -> [ImageBuffer] {
    let folder = bench.folder.appending("frames-\(name)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try ffmpeg(["-i", name, "-fps_mode", "passthrough", folder.path + "/%03d.png"])
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
      try ImageFile.read(folder.appendingPathComponent($0)).image
    }
  }

  /// The mean absolute difference of two images of the same size.
  private func difference(_ a: ImageBuffer, _ b: ImageBuffer) -> Double {
    Double(zip(a.bytes, b.bytes).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }) / Double(a.bytes.count)
  }

  @Test("A translated video keeps its frames, times and sound, and frames without a face")
  func wholeVideo() throws {
    let result = try translate("in.mkv", "--to", "out.mkv", "--json")
    #expect(result.status == 0, "\(result.talk)")
    #expect(try times("out.mkv") == times("in.mkv") && times("in.mkv").count == 16)
    #expect(try sound("out.mkv") == sound("in.mkv"))
    let notes = result.events.last?["notes"] as? [String] ?? []
    #expect(notes.contains { $0.hasPrefix("4 frames show no face") }, "\(notes)")
    let (before, after) = try (frames("in.mkv"), frames("out.mkv"))
    try #require(before.count == 16 && after.count == 16)
    for index in 0..<16 {
      let change = difference(before[index], after[index])
      #expect(index < 12 ? change > 8 : change < 3, "frame \(index) changed by \(change)")
    }
    // The corners of the photograph do not belong to the face.
    let corner = try (#require(before[3][2, 2].first), #require(after[3][2, 2].first))
    #expect(abs(Int(corner.0) - Int(corner.1)) < 12)
    let mp4 = try translate("in.mkv", "--to", "out.mp4", "--batch", "5")
    #expect(mp4.status == 0, "\(mp4.talk)")
    #expect(try times("out.mp4") == times("in.mkv") && sound("out.mp4") == sound("in.mkv"))
  }

  @Test("--crop-only writes the face alone as a square video")
  func faceAlone() throws {
    let result = try translate("in.mkv", "--to", "face.mkv", "--crop-only")
    #expect(result.status == 0, "\(result.talk)")
    #expect(try times("face.mkv") == times("in.mkv") && sound("face.mkv") == sound("in.mkv"))
    let pictures = try frames("face.mkv")
    #expect(pictures.allSatisfy { $0.size == PixelSize(width: 64, height: 64) })
  }

  @Test("A rotated video is translated upright")
  func rotated() throws {
    try ffmpeg(["-i", "in.mkv", "-vf", "transpose=2", "-c:a", "copy", "-crf", "10", "side.mp4"])
    try ffmpeg(["-i", "side.mp4", "-c", "copy", "-metadata:s:v:0", "rotate=270", "turned.mp4"])
    let upright = try frames("turned.mp4")
    try #require(upright[0].size == PixelSize(width: 220, height: 230), "ffmpeg did not mark the rotation")
    let result = try translate("turned.mp4", "--to", "upright.mp4")
    #expect(result.status == 0, "\(result.talk)")
    let after = try frames("upright.mp4")
    #expect(after[0].size == upright[0].size)
    #expect(difference(upright[14], after[14]) < 3 && difference(upright[3], after[3]) > 8)
  }

  @Test("The readable frames of a truncated video are translated, and the damage is reported")
  func truncated() throws {
    let bytes = try Data(contentsOf: bench.folder.appending("in.mkv"))
    try bytes.prefix(bytes.count * 6 / 10).write(to: bench.folder.appending("half.mkv"))
    let result = try translate("half.mkv", "--to", "out.mkv")
    #expect(result.status == 2, "\(result.talk)")
    #expect(result.talk.contains("half.mkv: the video is truncated"))
    let count = try times("out.mkv").count
    #expect(count >= 3 && count < 16)
  }

  @Test("Ctrl-C leaves no file", arguments: [0.3, 1.5, 3])
  func interrupted(after seconds: Double) throws {
    let result = try translate("in.mkv", "--to", "results/out.mkv", killAfter: seconds)
    guard result.status != 0 else { return }
    #expect(result.status == 130, "\(result.talk)")
    let names = try? FileManager.default.contentsOfDirectory(atPath: bench.folder.appending("results").path)
    #expect(names ?? [] == [])
  }

  @Test("A video without faces, without frames or into an unfit container is one sentence and no file")
  func refusals() throws {
    try ffmpeg(["-f", "lavfi", "-i", "color=green:s=64x64:d=0.5", "empty.mkv"])
    let empty = try translate("empty.mkv", "--to", "out.mkv")
    #expect(empty.status == 1 && empty.talk.contains("no face was found"), "\(empty.talk)")
    try bench.write("no video", to: "text.mkv")
    let text = try translate("text.mkv", "--to", "out.mkv")
    #expect(text.status == 1, "\(text.talk)")
    #expect(text.talk.contains("error: text.mkv: no frame could be read"), "\(text.talk)")
    // WebM has no AAC sound.
    let webm = try translate("in.mkv", "--to", "out.webm")
    #expect(webm.status == 1 && webm.talk.contains(".mkv file"), "\(webm.talk)")
    let same = try translate("in.mkv", "--to", "in.mkv")
    #expect(same.status == 1 && same.talk.contains("--to"), "\(same.talk)")
    let folder = try translate("in.mkv", "--to", "folder")
    #expect(folder.status == 64 && folder.talk.contains("out.mkv"), "\(folder.talk)")
    let names = try FileManager.default.contentsOfDirectory(atPath: bench.folder.url.path)
    #expect(names.allSatisfy { !$0.hasPrefix("out") && !$0.hasSuffix(".part") })
  }
}

/// The programs `ffmpeg` and `ffprobe`.
private enum VideoTools {
  static let exist = path("ffmpeg") != nil && path("ffprobe") != nil

  static func run(_ name: String, _ arguments: [String], in folder: URL) throws -> Program.Result {
    try Program(path: try #require(path(name))).run(arguments, in: folder)
  }

  private static func path(_ name: String) -> String? {
    (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":").map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}
