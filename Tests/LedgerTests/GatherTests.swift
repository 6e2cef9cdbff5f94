import Dataset
import Foundation
import GRDB
import Imaging
import Ledger
import TestSupport
import Testing

@Suite struct GatherTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func url(_ name: String) -> URL { folder.appending("\(name).sqlite") }

  /// An image with one face, its mask and its measures.
  private func add(_ path: String, bytes: String, source: Int = 0, to ledger: Ledger, shard: String) throws {
    let sha256 = Digest(of: bytes).hex
    let image = ImageRow(
      domain: .a, id: SourceID(sha256: sha256), source: source, kind: .photos, file: "/photos/\(path)",
      path: path, sha256: sha256, digest: "d")
    let id = image.id.sampleID(domain: .a, face: 0)
    var crop = CropRow(
      id: id, domain: .a, image: image.id, number: 0,
      face: Sample.Face(detector: "haar", score: 1, box: Box(x: 1, y: 2, width: 3, height: 4)), digest: shard)
    crop.cut = Sample.Cut(matrix: .identity, scale: 1, outside: 0)
    try ledger.record(image, crops: [crop])
    try ledger.record(
      MaskRow(id: id, summary: Sample.MaskSummary(method: "none", coverage: 1), digest: shard))
    try ledger.record(
      MeasureRow(id: id, quality: ["sharpness": 0.5], hash: "00", pixels: "p", digest: shard))
  }

  @Test("An image in two shards belongs to the one whose file comes first; the other file is its copy")
  func copiesAcrossShards() throws {
    do {
      let (first, second) = (try Ledger(url: url("0")), try Ledger(url: url("1")))
      try add("b.jpg", bytes: "same", to: first, shard: "0")
      try add("only.jpg", bytes: "only", to: first, shard: "0")
      try add("a.jpg", bytes: "same", to: second, shard: "1")
      try second.record(
        copy: "/photos/c.jpg", path: "c.jpg", of: SourceID(sha256: Digest(of: "same").hex), in: .a)
    }
    var placed: [String: Int] = [:]
    let result = try LedgerGather([url("0"), url("1")], continuing: nil, edited: [])
      .write(to: url("all"), framing: nil, fit: nil) { placed[$0] = $1 }
    #expect(result.images == 2 && result.crops == 2)
    let ledger = try Ledger(url: url("all"))
    #expect(try ledger.images(of: .a).map(\.path) == ["a.jpg", "only.jpg"])
    #expect(try ledger.copies(in: .a).map(\.path) == ["b.jpg", "c.jpg"])
    #expect(try ledger.crops(of: .a).map(\.digest) == ["1", "0"])
    #expect(try ledger.masks().count == 2 && ledger.measures().count == 2)
    #expect(placed.values.sorted() == [0, 1])
  }

  @Test("User decisions and painted masks are kept when shards are gathered again")
  func decisions() throws {
    let id = SourceID(sha256: Digest(of: "x").hex).sampleID(domain: .a, face: 0)
    do { try add("x.jpg", bytes: "x", to: try Ledger(url: url("0")), shard: "new") }
    do {
      let earlier = try Ledger(url: url("earlier"))
      try add("x.jpg", bytes: "x", to: earlier, shard: "painted")
      try earlier.record(DecisionRow(id: id, author: .person, keep: false, reason: .rejectedByPerson))
      try earlier.record(PublishedFile(path: "trainA/\(id).png", sha256: "s"))
      try earlier.setSplit(seed: 3, asked: 1, test: [.a: [id]])
    }
    for edited in [[id], []] {
      var placed = 0
      _ = try LedgerGather([url("0")], continuing: url("earlier"), edited: edited)
        .write(to: url("all"), framing: nil, fit: nil) { _, _ in placed += 1 }
      let ledger = try Ledger(url: url("all"))
      #expect(try ledger.personDecisions()[id]?.keep == false)
      #expect(try ledger.published().count == 1 && ledger.split()?.test == [.a: [id]])
      #expect(try ledger.masks()[id]?.digest == (edited.isEmpty ? "new" : "painted"))
      #expect(placed == (edited.isEmpty ? 1 : 0))
    }
  }

  @Test("A shard with another detector than the others is reported")
  func otherDetector() throws {
    for number in 0..<3 {
      try Ledger(url: url("\(number)")).record(
        DetectorRow(
          domain: .b, settings: "auto detector", name: number == 1 ? "lbp-anime" : "animeface",
          digest: number == 1 ? "y" : "x"))
    }
    let result = try LedgerGather((0..<3).map { url("\($0)") }, continuing: nil, edited: [])
      .write(to: url("all"), framing: nil, fit: nil) { _, _ in }
    #expect(result.otherDetectors == [.b: [1]])
  }

  /// `EASEL_GATHER_SCALE=1000000` joins that many samples of 16 shards; time and memory are printed by `/usr/bin/time -v`.
  @Test(
    "Many samples are gathered in bounded memory",
    .enabled(
      if: ProcessInfo.processInfo.environment["EASEL_GATHER_SCALE"] != nil, "EASEL_GATHER_SCALE is not set"))
  func scale() throws {
    let count = try #require(Int(ProcessInfo.processInfo.environment["EASEL_GATHER_SCALE"] ?? ""))
    let shards = 16
    for number in 0..<shards {
      let ledger = try Ledger(url: url("\(number)"))
      try add("seed-\(number).jpg", bytes: "seed \(number)", to: ledger, shard: "s")
      try ledger.record(
        EmbeddingRow(id: "e\(number)", vector: [Float](repeating: 0.1, count: 128), digest: "e"))
      let queue = try DatabaseQueue(path: url("\(number)").path)
      // Rows like those of real images: the numbers are as long as detectors and measures write them.
      try queue.write { database in
        try database.execute(
          sql: """
            CREATE TEMP TABLE n AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < ?)
              SELECT x, lower(hex(randomblob(32))) AS image, lower(hex(randomblob(8))) AS id FROM c;
            INSERT INTO image SELECT 'A', n.image, 0, 'photos', '/photos/' || n.image || '.jpg',
              n.image || '.jpg', n.image, NULL, 1024, 1024, NULL, NULL, image.digest, 1
              FROM n, (SELECT digest FROM image LIMIT 1) AS image;
            INSERT INTO crop SELECT n.id, 'A', n.image, 0, replace(face, '}', ',"note":"' || hex(randomblob(220)) || '"}'),
              cut, size, hasAlpha, reason, detail, digest FROM n, (SELECT * FROM crop LIMIT 1);
            INSERT INTO mask SELECT n.id, summary, reason, detail, digest FROM n, (SELECT * FROM mask LIMIT 1);
            INSERT INTO measure SELECT n.id, json_object('sharpness', 0.123456789012, 'brightness', 0.5123456789,
              'note', hex(randomblob(150))), hash, n.image, digest, turned FROM n, (SELECT * FROM measure LIMIT 1);
            INSERT INTO detection SELECT 'A', n.image, 'd', json_object('note', hex(randomblob(400))) FROM n;
            """, arguments: [count / shards])
      }
      try queue.close()
    }
    let start = ContinuousClock.now
    var placed = 0
    let result = try LedgerGather((0..<shards).map { url("\($0)") }, continuing: nil, edited: [])
      .write(to: url("all"), framing: nil, fit: nil) { _, _ in placed += 1 }
    print("gathered \(result.images) images in \(ContinuousClock.now - start)")
    #expect(result.images == count / shards * shards + shards && placed == result.crops)
  }
}
