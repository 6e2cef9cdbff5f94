import Dataset
import Foundation
import GRDB
import Imaging
import Ledger
import TestSupport
import Testing

@Suite struct LedgerTests {
  private let folder: TemporaryFolder
  private let output: OutputFolder

  init() throws {
    folder = try TemporaryFolder()
    output = OutputFolder(folder.appending("out"))
    try output.claim()
  }

  private func image(_ name: String, digest: String = "d1") -> ImageRow {
    ImageRow(
      domain: .a, id: SourceID(sha256: Digest(of: name).hex), source: 0, kind: .photos,
      file: "/photos/\(name)", path: name, sha256: Digest(of: name).hex, digest: digest)
  }

  private func crop(_ number: Int, of image: ImageRow) -> CropRow {
    CropRow(
      id: image.id.sampleID(domain: .a, face: number), domain: .a, image: image.id, number: number,
      face: Sample.Face(
        detector: "haar", score: 0.5, box: Box(x: 1, y: 2, width: 3, height: 4),
        landmarks: Landmarks(leftEye: Point(x: 1.5, y: 2.25), rightEye: Point(x: 2.5, y: 2)), roll: -3.5),
      digest: "d1")
  }

  @Test("All records are read back after the ledger is reopened") func reopening() throws {
    let image = image("a.jpg")
    var crop = crop(0, of: image)
    crop.cut = Sample.Cut(matrix: AffineMap(1, 2, 3, 4, 5, 6), scale: 0.5, outside: 0.25)
    let mask = MaskRow(
      id: crop.id, summary: Sample.MaskSummary(method: "color-model", coverage: 0.6, flags: ["holes"]),
      digest: "m")
    let measures = MeasureRow(
      id: crop.id, quality: ["sharpness": 0.75], hash: "00ff", pixels: "p", digest: "q")
    do {
      let ledger = try Ledger(url: output.ledger)
      try ledger.record(image, crops: [crop])
      try ledger.record(mask)
      try ledger.record(measures)
    }
    let ledger = try Ledger(url: output.ledger)
    #expect(try ledger.images(of: .a) == [image])
    #expect(try ledger.crops(of: .a) == [crop])
    #expect(try ledger.crops(of: .b).isEmpty)
    #expect(try ledger.masks() == [crop.id: mask])
    #expect(try ledger.measures() == [crop.id: measures])
  }

  @Test("Small faces are read apart from the other measures") func smallFaces() throws {
    let ledger = try Ledger(url: output.ledger)
    var measures = MeasureRow(id: "a", quality: [:], hash: "00ff", pixels: "p", digest: "q")
    measures.half = Data([1, 0, 255])
    try ledger.record(measures)
    try ledger.record(MeasureRow(id: "b", quality: [:], hash: "00ff", pixels: "p", digest: "q"))
    #expect(try ledger.halves(of: ["b", "a", "c"]) == [nil, Data([1, 0, 255]), nil])
    #expect(try ledger.measures()["a"]?.half == nil)
  }

  @Test("Several user decisions are written together or not at all") func decisions() throws {
    let ledger = try Ledger(url: output.ledger)
    let kept = DecisionRow(id: "a", author: .person, keep: true)
    let ruled = DecisionRow(id: "b", author: .rule, keep: false, reason: .blurred)
    try ledger.replaceRuleDecisions(with: [ruled])
    try ledger.record(
      [kept, DecisionRow(id: "b", author: .person, keep: true)], withdrawingPersonDecisionsAbout: [])
    try ledger.record([], withdrawingPersonDecisionsAbout: ["b", "c"])
    #expect(try ledger.personDecisions() == ["a": kept])
    #expect(try ledger.ruleDecisions() == ["b": ruled])
  }

  @Test("Only writes of other connections change the version of other writers") func otherWriters() throws {
    let (ledger, other) = (try Ledger(url: output.ledger), try Ledger(url: output.ledger))
    let before = try ledger.foreignVersion()
    try ledger.record(DecisionRow(id: "a", author: .person, keep: true))
    #expect(try ledger.foreignVersion() == before)
    try other.record(DecisionRow(id: "b", author: .person, keep: true))
    #expect(try ledger.foreignVersion() != before)
  }

  @Test("Faces that are no longer found are removed, but user decisions are kept") func removedFaces() throws
  {
    let ledger = try Ledger(url: output.ledger)
    let image = image("two.jpg")
    let (first, second) = (crop(0, of: image), crop(1, of: image))
    try ledger.record(image, crops: [first, second])
    try ledger.record(DecisionRow(id: second.id, author: .person, keep: false, reason: .rejectedByPerson))
    try ledger.record(image, crops: [first])
    #expect(try ledger.crops(of: .a).map(\.id) == [first.id])
    #expect(try ledger.personDecisions()[second.id]?.keep == false)
  }

  @Test("Images that disappear leave the dataset, and come back if they reappear") func removedImages() throws
  {
    let ledger = try Ledger(url: output.ledger)
    let (kept, gone) = (image("kept.jpg"), image("gone.jpg"))
    for image in [kept, gone] { try ledger.record(image, crops: [crop(0, of: image)]) }
    try ledger.finishPass(of: .a, images: [kept.id], copies: [])
    #expect(try ledger.images(of: .a).map(\.path) == ["kept.jpg"])
    #expect(try ledger.crops(of: .a).count == 1)
    #expect(try ledger.image(gone.id, of: .a)?.present == false)
    try ledger.record(gone, crops: [crop(0, of: gone)])
    #expect(try ledger.crops(of: .a).count == 2)
  }

  @Test("A file's digest is reused only if its size and time are unchanged") func fileStamps() throws {
    let ledger = try Ledger(url: output.ledger)
    var stamp = FileStamp(path: "/p/ü [1].jpg", size: 10, modified: 5)
    try ledger.remember("abc", of: stamp)
    #expect(try ledger.digest(of: stamp) == "abc")
    stamp.modified = 6
    #expect(try ledger.digest(of: stamp) == nil)
  }

  @Test("A ledger of a newer version is rejected and not changed") func newerVersion() throws {
    _ = try Ledger(url: output.ledger)
    let queue = try DatabaseQueue(path: output.ledger.path)
    try queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99')") }
    try queue.close()
    #expect {
      _ = try Ledger(url: output.ledger)
    } throws: { error in
      guard case LedgerError.newer = error else { return false }
      return "\(error)".contains("newer Easel")
    }
  }

  @Test("A file that is no ledger is rejected and not changed") func otherFile() throws {
    let text = Data("not a database, but somebody's notes, long enough to look like a page".utf8)
    try text.write(to: output.ledger)
    #expect(throws: LedgerError.self) { _ = try Ledger(url: output.ledger) }
    #expect(try Data(contentsOf: output.ledger) == text)
  }

  @Test("A folder with other files is rejected as output") func otherFiles() throws {
    let other = OutputFolder(folder.appending("theirs"))
    try FileManager.default.createDirectory(at: other.url, withIntermediateDirectories: true)
    try Data("mine".utf8).write(to: other.url.appendingPathComponent("thesis.txt"))
    #expect(throws: OutputError.self) { try other.claim() }
    #expect(try FileManager.default.contentsOfDirectory(atPath: other.url.path) == ["thesis.txt"])
  }

  @Test("A folder whose ledger was moved away is named as Easel's own") func missingLedger() throws {
    let own = OutputFolder(folder.appending("own"))
    try FileManager.default.createDirectory(at: own.url, withIntermediateDirectories: true)
    try Data().write(to: own.metadata)
    let error = #expect(throws: OutputError.self) { try own.claim() }
    #expect("\(try #require(error))".contains("ledger.sqlite is missing although Easel wrote this folder"))
  }

  @Test("An embedding with a number that is not finite counts as missing") func damagedEmbeddings() throws {
    let ledger = try Ledger(url: output.ledger)
    try ledger.record(EmbeddingRow(id: "good", vector: [0.6, 0.8], digest: "1"))
    try ledger.record(EmbeddingRow(id: "damaged", vector: [.nan, 0.8], digest: "1"))
    try ledger.record(EmbeddingRow(id: "none", vector: nil, digest: "1"))
    #expect(try ledger.embeddings().keys.sorted() == ["good", "none"])
  }

  @Test(
    "An entry that another program damaged is one sentence with the image's name",
    arguments: [
      "UPDATE crop SET number = 9223372036854775807", "UPDATE crop SET number = -1",
      "UPDATE image SET time = 9e999",
      "UPDATE crop SET face = '{'", "UPDATE crop SET face = '{}'",
    ])
  func damagedEntries(change: String) throws {
    let ledger = try Ledger(url: output.ledger)
    let id = SourceID(sha256: String(repeating: "a", count: 64))
    var crop = CropRow(
      id: "s", domain: .a, image: id, number: 0,
      face: Sample.Face(detector: "given", score: 1, box: Box(x: 0, y: 0, width: 9, height: 9)), digest: "1")
    crop.cut = Sample.Cut(matrix: .identity, scale: 1, outside: 0)
    try ledger.record(
      ImageRow(
        domain: .a, id: id, source: 0, kind: .photos, file: "/x/a.jpg", path: "a.jpg", sha256: id.rawValue,
        digest: "1"),
      crops: [crop])
    try ledger.finishPass(of: .a, images: [id], copies: [])
    let queue = try DatabaseQueue(path: output.ledger.path)
    try queue.write { try $0.execute(sql: change) }
    try queue.close()
    let sample = try #require(try ledger.samples(of: .a, after: "", limit: 9).first)
    let error = #expect(throws: LedgerError.self) { _ = try sample.decoded() }
    #expect("\(try #require(error))".contains("entry of a.jpg (sample s) is damaged"))
  }

  @Test("Only one process at a time can write to an output folder") func lock() throws {
    let lock = try RunLock(output)
    #expect(throws: OutputError.self) { _ = try RunLock(output) }
    withExtendedLifetime(lock) {}
  }

  @Test("Incomplete files of a killed run are removed") func leftovers() throws {
    do {
      let lock = try RunLock(output)
      #expect(!lock.wasInterrupted)
    }
    #expect(try !RunLock(output).wasInterrupted)
    try Data("4711".utf8).write(to: output.url.appendingPathComponent(".lock"))
    let half = output.samples(.train, .a).appendingPathComponent(".x.png.4711-1.part")
    try AtomicFile.makeFolder(half.deletingLastPathComponent())
    try Data([1]).write(to: half)
    #expect(try RunLock(output).wasInterrupted)
    output.removeLeftovers()
    #expect(!FileManager.default.fileExists(atPath: half.path))
  }
}
