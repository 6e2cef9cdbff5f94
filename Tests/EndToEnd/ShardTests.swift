import Foundation
import TestSupport
import Testing

/// Compares gathered shards with one run on one machine.
@Suite(
  .enabled(if: TestData.images != nil && TestData.models != nil, "EASEL_TEST_DATA or EASEL_MODELS is not set")
)
struct ShardTests {
  /// Photos, sprites, copies of both with other names, and a file that is not an image.
  private static func bench() throws -> Workbench {
    let bench = try Workbench.real(photos: 9, sprites: 8)
    let files = FileManager.default
    for (folder, copies) in [("photos", ["a copy.jpg", "z/again.jpg", "y.jpg"]), ("sprites", ["copy.png"])] {
      let all = bench.folder.appending(folder)
      let first = try #require(try files.contentsOfDirectory(atPath: all.path).sorted().first)
      try files.createDirectory(at: all.appendingPathComponent("z"), withIntermediateDirectories: true)
      for copy in copies {
        try files.copyItem(at: all.appendingPathComponent(first), to: all.appendingPathComponent(copy))
      }
    }
    try bench.write("no picture", to: "photos/notes.jpg")
    return bench
  }

  /// The dataset without the files of shards.
  private static func dataset(_ bench: Workbench) throws -> [String: Data] {
    try bench.dataset().filter { !$0.key.hasPrefix("shards/") && $0.key != "run.json" }
  }

  private static func expectSame(_ gathered: [String: Data], _ whole: [String: Data]) {
    #expect(Set(gathered.keys) == Set(whole.keys))
    for (path, bytes) in whole { #expect(gathered[path] == bytes, "\(path) differs") }
  }

  private static func prepare(_ bench: Workbench, _ index: Int, of count: Int) throws {
    let result = try bench.run("run", "--shard", "\(index)/\(count)", "--quiet", "--jobs", "1")
    #expect([0, 2].contains(result.status), "\(result.talk)")
  }

  @Test(
    "The dataset of 1, 2 or 5 shards is byte for byte that of one run, also if a task was killed and run again"
  )
  func gatheredIsWhole() throws {
    let bench = try Self.bench()
    #expect([0, 2].contains(try bench.run("run", "--quiet").status))
    let whole = try Self.dataset(bench)
    #expect(whole.count > 20)
    var random = SplitMix64(state: 18)
    for count in [1, 2, 5] {
      try FileManager.default.removeItem(at: bench.output)
      let victim = Int.random(in: 0..<count, using: &random)
      for index in (0..<count).shuffled(using: &random) {
        if index == victim {
          _ = try bench.run(
            "run", "--shard", "\(index)/\(count)", "--quiet",
            killAfter: Double.random(in: 0.05...0.6, using: &random))
        }
        try Self.prepare(bench, index, of: count)
      }
      let gathered = try bench.run("gather", "out", "--quiet")
      #expect([0, 2].contains(gathered.status), "\(gathered.talk)")
      Self.expectSame(try Self.dataset(bench), whole)
    }
    // The gathered dataset is complete: a run without shards has nothing to do.
    let again = try bench.run("run", "--json")
    let summaries = again.events.filter { $0["event"] as? String == "summary" }
    #expect(summaries.count == 3 && summaries.allSatisfy { $0["done"] as? Int == 0 }, "\(again.talk)")
    Self.expectSame(try Self.dataset(bench), whole)
  }

  @Test("The hours of a long video are divided among the shards, and the dataset is that of one run")
  func longVideo() throws {
    let bench = try Workbench.real(photos: 9, sprites: 6)
    // Each photo is shown for twenty minutes.
    let photos = try FileManager.default.contentsOfDirectory(atPath: bench.folder.appending("photos").path)
      .sorted()
    let list = photos.map { "file 'photos/\($0)'\nduration 1200\n" }.joined() + "file 'photos/\(photos[8])'\n"
    try bench.write(list, to: "list.txt")
    let ffmpeg = Process()
    ffmpeg.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    ffmpeg.arguments = [
      "ffmpeg", "-v", "error", "-f", "concat", "-i", "list.txt", "-vf", "fps=1/60,format=yuv420p", "-c:v",
      "libx264",
      "-preset", "veryfast", "long.mp4",
    ]
    ffmpeg.currentDirectoryURL = bench.folder.url
    try ffmpeg.run()
    ffmpeg.waitUntilExit()
    try #require(ffmpeg.terminationStatus == 0)
    let yaml = try String(contentsOf: bench.folder.appending("datasets.yaml"), encoding: .utf8)
    try bench.write(
      yaml.replacing("{ photos: photos }", with: "{ videos: long.mp4, every: 600s }"), to: "datasets.yaml")
    #expect([0, 2].contains(try bench.run("run", "--quiet").status))
    let whole = try Self.dataset(bench)
    #expect(try bench.lines("metadata.jsonl").count { $0["domain"] as? String == "A" } >= 6)
    try FileManager.default.removeItem(at: bench.output)
    // The three hours of long.mp4 belong to different shards.
    for index in 0..<3 {
      let result = try bench.run("run", "--shard", "\(index)/3", "--json", "--jobs", "1")
      #expect([0, 2].contains(result.status), "\(result.talk)")
      let frames = result.events.compactMap { $0["path"] as? String }.filter { $0.contains("long.mp4@") }
      #expect((1...7).contains(frames.count), "shard \(index): \(frames)")
    }
    let gathered = try bench.run("gather", "out", "--quiet")
    #expect([0, 2].contains(gathered.status), "\(gathered.talk)")
    Self.expectSame(try Self.dataset(bench), whole)
  }

  @Test("A matched framing is computed from all shards: survey, gather, crop, gather")
  func matchedFraming() throws {
    let bench = try Self.bench()
    let yaml = bench.folder.appending("datasets.yaml")
    let text = try String(contentsOf: yaml, encoding: .utf8)
    let parts = text.components(separatedBy: "crop: { min-face: 40 }")
    try bench.write(
      parts.prefix(2).joined(separator: "crop: { min-face: 40 }") + "crop: { min-face: 40, framing: matched }"
        + (parts.last ?? ""), to: "datasets.yaml")
    #expect([0, 2].contains(try bench.run("run", "--quiet").status))
    let whole = try Self.dataset(bench)
    try FileManager.default.removeItem(at: bench.output)
    for index in 0..<3 { try Self.prepare(bench, index, of: 3) }
    let solved = try bench.run("gather", "out")
    #expect(solved.status == 0 && solved.talk.contains("run the shards again"), "\(solved.talk)")
    #expect(try bench.run("gather", "out", "--missing").output.trimmed == "0-2")
    for index in 0..<3 { try Self.prepare(bench, index, of: 3) }
    let gathered = try bench.run("gather", "out", "--quiet")
    #expect([0, 2].contains(gathered.status), "\(gathered.talk)")
    Self.expectSame(try Self.dataset(bench), whole)
  }

  @Test(
    "Unfinished shards are listed; another number of shards, other settings and other files are refused"
  )
  func refusals() throws {
    let bench = try Workbench.real(photos: 6, sprites: 5)
    #expect(try bench.run("gather", "out").status == 1)
    for index in [0, 2] { try Self.prepare(bench, index, of: 4) }
    #expect(try bench.run("gather", "out", "--missing").output.trimmed == "1,3")
    let early = try bench.run("gather", "out")
    #expect(early.status == 1 && early.talk.contains("--array=1,3"), "\(early.talk)")
    let other = try bench.run("run", "--shard", "0/5")
    #expect(other.status == 1 && other.talk.contains("4 shards, not 5"), "\(other.talk)")
    let settings = try bench.run("run", "--shard", "1/4", "--set", "size=128")
    #expect(settings.status == 1 && settings.talk.contains("other settings"), "\(settings.talk)")
    #expect(try bench.run("run", "--shard", "4/4").status == 64)
    for index in [1, 3] { try Self.prepare(bench, index, of: 4) }
    #expect(try bench.run("gather", "out", "--missing").output.trimmed == "")
    // A file that only one shard found.
    try FileManager.default.copyItem(
      at: bench.folder.appending("datasets.yaml"), to: bench.folder.appending("photos/late.jpg"))
    try Self.prepare(bench, 2, of: 4)
    let differing = try bench.run("gather", "out")
    #expect(differing.status == 1 && differing.talk.contains("--array=2"), "\(differing.talk)")
    try FileManager.default.removeItem(at: bench.folder.appending("photos/late.jpg"))
    try Self.prepare(bench, 2, of: 4)
    #expect([0, 2].contains(try bench.run("gather", "out", "--quiet").status))
    // A folder that was removed.
    try FileManager.default.removeItem(at: bench.output.appendingPathComponent("shards/00003"))
    #expect(try bench.run("gather", "out", "--missing").output.trimmed == "3")
    try Self.prepare(bench, 3, of: 4)
    #expect([0, 2].contains(try bench.run("gather", "out", "--quiet").status))
  }

  @Test("The variables of a Slurm array choose the shard, and a smaller array repeats some")
  func slurmVariables() throws {
    let bench = try Workbench.real(photos: 4, sprites: 4)
    func task(_ id: Int, of ids: ClosedRange<Int>, count: Int? = nil) throws -> Program.Result {
      try bench.easel.run(
        ["run", "--quiet"], in: bench.folder.url,
        environment: [
          "SLURM_ARRAY_TASK_ID": "\(id)", "SLURM_ARRAY_TASK_COUNT": "\(count ?? ids.count)",
          "SLURM_ARRAY_TASK_MIN": "\(ids.lowerBound)", "SLURM_ARRAY_TASK_MAX": "\(ids.upperBound)",
        ])
    }
    let gaps = try task(7, of: 3...9, count: 2)
    #expect(gaps.status == 1 && gaps.talk.contains("gaps"), "\(gaps.talk)")
    #expect([0, 2].contains(try task(1, of: 1...3).status))
    #expect(try bench.run("gather", "out", "--missing").output.trimmed == "2-3")
    #expect([0, 2].contains(try task(3, of: 2...3).status))
    #expect([0, 2].contains(try task(2, of: 2...2).status))
    #expect(try bench.run("gather", "out", "--missing").output.trimmed == "")
    #expect([0, 2].contains(try bench.run("gather", "out", "--quiet").status))
  }
}

extension String {
  fileprivate var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
