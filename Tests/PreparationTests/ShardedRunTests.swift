import Dataset
import Foundation
import Preparation
import TestSupport
import Testing

@Suite struct ShardedRunTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func settings(_ name: String = "out") -> Settings {
    var settings = Settings(output: folder.appending(name))
    settings.domains = [.a: DomainSettings(domain: .a), .b: DomainSettings(domain: .b)]
    return settings
  }

  @Test("A shard's text is i/n with i from 0 to n - 1")
  func shardText() {
    #expect(Shard("3/64") == Shard(index: 3, count: 64) && Shard("0/1")?.count == 1)
    for text in [
      "", "3", "4/4", "-1/4", "1/0", "1/2/3", "a/2", "1/ 2", "1/100001", "+1/2", "9999999999999999999/3",
    ] {
      #expect(Shard(text) == nil, "\(text)")
    }
  }

  @Test("Every path belongs to exactly one shard, by the first 64 bits of its SHA-256")
  func partition() throws {
    let shards = try (0..<7).map { try #require(Shard(index: $0, count: 7)) }
    var counts = [Int](repeating: 0, count: 7)
    for number in 0..<2000 {
      let owners = shards.filter { $0.contains("folder/ü \(number).jpg") }
      try #require(owners.count == 1)
      counts[owners[0].index] += 1
    }
    #expect(counts.allSatisfy { (200...380).contains($0) }, "\(counts)")
    // printf a.jpg | sha256sum prints b2b1f0b5..., so other programs can compute it too.
    let digest = Digest(of: "a.jpg").hex
    let bits = try #require(UInt64(digest.prefix(16), radix: 16))
    #expect(shards[Int(bits % 7)].contains("a.jpg"))
  }

  @Test("Numbers are written in the format of Slurm's --array=")
  func arrayExpression() {
    #expect(Shard.arrayExpression([20, 3, 17, 18, 19, 3]) == "3,17-20")
    #expect(Shard.arrayExpression([]) == "" && Shard.arrayExpression([0, 1]) == "0-1")
  }

  @Test("Tasks that start at the same time join one run")
  func racingTasks() async throws {
    let settings = settings()
    let runs = try await withThrowingTaskGroup(of: ShardedRun.self) { group in
      for _ in 0..<16 { group.addTask { try ShardedRun.join(settings, shards: 16, first: 0) } }
      return try await group.reduce(into: [ShardedRun]()) { $0.append($1) }
    }
    #expect(Set(runs).count == 1)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.appending("out/shards").path)
    #expect(names.count == 1 && names[0].hasPrefix("settings-"), "\(names)")
  }

  @Test(
    "Another number of shards and other settings are refused; the paths of sources may differ between machines"
  )
  func pinned() throws {
    var settings = settings()
    settings.domains[.a]?.sources = [SourceSettings(kind: .photos, location: "/data/photos")]
    _ = try ShardedRun.join(settings, shards: 4, first: 1)
    settings.domains[.a]?.sources = [SourceSettings(kind: .photos, location: "/mnt/photos")]
    #expect(try ShardedRun.join(settings, shards: 4, first: 1).first == 1)
    #expect(throws: ShardError.self) { _ = try ShardedRun.join(settings, shards: 5, first: 1) }
    var curated = settings
    curated.curate.test = 7
    #expect(try ShardedRun.join(curated, shards: 4, first: 1).shards == 4, "curation is done when gathering")
    settings.domains[.b]?.crop.minFace = 17
    #expect(throws: ShardError.self) { _ = try ShardedRun.join(settings, shards: 4, first: 1) }
    settings.domains[.b]?.crop.minFace = 64
    settings.domains[.a]?.sources = [SourceSettings(kind: .screenshots, location: "/mnt/photos")]
    #expect(throws: ShardError.self) { _ = try ShardedRun.join(settings, shards: 4, first: 1) }
  }

  @Test("A folder with other files is refused for a sharded run")
  func foreignFolder() throws {
    let settings = settings()
    try FileManager.default.createDirectory(at: settings.output, withIntermediateDirectories: true)
    try Data("mine".utf8).write(to: settings.output.appendingPathComponent("thesis.txt"))
    #expect(throws: OutputError.self) { _ = try ShardedRun.join(settings, shards: 2, first: 0) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: settings.output.path) == ["thesis.txt"])
  }
}
