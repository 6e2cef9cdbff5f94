import CurationFixture
import Dataset
import Foundation
import Imaging
import Ledger
import TestSupport
import Testing

@testable import Curate

@Suite struct ArchiveTests {
  private let fixture: Fixture

  init() throws { fixture = try Fixture() }

  private var input: URL { fixture.folder.appending("in") }

  private func members(of archive: String) throws -> [String: Data] {
    let url = fixture.output.url.appendingPathComponent(archive)
    let bytes = try Data(contentsOf: url)
    return Dictionary(
      uniqueKeysWithValues: try TarIndex(path: url.path).members.map {
        ($0.name, bytes[$0.offset..<$0.offset + $0.size])
      })
  }

  @Test("A dataset above the limit is written as archives with the same images, and back as files")
  func archives() async throws {
    for number in 0..<12 { try fixture.write(Picture.patches(number), "\(number).png") }
    var settings = fixture.settings(test: 2)
    try await fixture.curate(settings, [.a: [input]])
    let files = try fixture.files(in: fixture.output)
    settings.curate.archivesAbove = 5
    try await fixture.curate(settings)
    let kept = try fixture.kept
    #expect(kept.count == 12)
    let written = try fixture.files(in: fixture.output)
    #expect(!files.keys.filter { $0.hasPrefix("imagefolder/") }.isEmpty)
    let links = fixture.output.imageFolder.path + "/train"
    #expect(!written.keys.contains { $0.hasPrefix("imagefolder/") })
    #expect(try FileManager.default.contentsOfDirectory(atPath: links).isEmpty)
    #expect(
      Set(written.keys.filter { $0.hasPrefix("train") || $0.hasPrefix("test") })
        == ["trainA/00000.tar", "testA/00000.tar"])
    let (train, test) = (try members(of: "trainA/00000.tar"), try members(of: "testA/00000.tar"))
    #expect(train.count == 2 * kept.count { $0.split == .train } && test.count == 4)
    for sample in kept {
      let folder = "\(sample.split?.rawValue ?? "")A"
      #expect(sample.fileName == "\(folder)/00000.tar/\(sample.id).png")
      let archive = sample.split == .test ? test : train
      #expect(archive["\(sample.id).png"] == files["\(folder)/\(sample.id).png"])
      #expect(archive["\(sample.id).cls"] == Data("0".utf8))
    }
    let page = try String(contentsOf: fixture.output.report, encoding: .utf8)
    #expect(page.contains("data:image/jpeg;base64"))

    #expect(try await fixture.curate(settings).unchanged == 12)
    // A rejected sample changes its own archive only, and the archives' bytes do not depend on earlier runs.
    let before =
      try FileManager.default.attributesOfItem(
        atPath: fixture.output.url.appendingPathComponent("testA/00000.tar").path)[.systemFileNumber] as? Int
    let rejected = try #require(kept.first { $0.split == .train })
    try fixture.ledger.record(.init(id: rejected.id, author: .person, keep: false))
    try await fixture.curate(settings)
    #expect(try members(of: "trainA/00000.tar").count == train.count - 2)
    let after =
      try FileManager.default.attributesOfItem(
        atPath: fixture.output.url.appendingPathComponent("testA/00000.tar").path)[.systemFileNumber] as? Int
    #expect(before == after)
    try fixture.ledger.record([], withdrawingPersonDecisionsAbout: [rejected.id])
    settings.curate.archivesAbove = 12
    try await fixture.curate(settings)
    let back = try fixture.files(in: fixture.output).filter { $0.key.hasSuffix(".png") }
    #expect(back == files.filter { $0.key.hasSuffix(".png") })
    #expect(!FileManager.default.fileExists(atPath: fixture.output.url.path + "/trainA/00000.tar"))
  }

  @Test("Archives have about 10,000 samples of a range of IDs, and a removed sample changes one of them")
  func pieces() throws {
    func archives(_ kept: [Selection.Kept]) -> [String: [String]] {
      Dictionary(
        uniqueKeysWithValues: PublishedPieces(kept, archivesAbove: 0).map {
          ($0.archive ?? "", $0.samples.map(\.id))
        })
    }
    let kept = (0..<36_000).map { number in
      Selection.Kept(
        id: String(Digest(of: "\(number)").hex.prefix(16)), domain: .a, isTest: number % 36 == 0,
        author: .rule,
        group: number, character: nil)
    }.sorted { $0.id < $1.id }
    let all = archives(kept)
    #expect(Set(all.keys) == Set(["testA/00000.tar"] + (0..<4).map { "trainA/0000\($0).tar" }))
    #expect(all["testA/00000.tar"]?.count == 1000)
    let train = (0..<4).map { all["trainA/0000\($0).tar"] ?? [] }
    #expect(train.allSatisfy { (8_400...9_100).contains($0.count) })
    #expect(train.flatMap { $0 } == kept.filter { !$0.isTest }.map(\.id))
    let fewer = archives(kept.filter { $0.id != train[2][5] })
    #expect(all.filter { fewer[$0.key] != $0.value }.map(\.key) == ["trainA/00002.tar"])
    #expect(
      PublishedPieces(kept, archivesAbove: 36_000).allSatisfy { $0.archive == nil && $0.samples.count <= 512 }
    )
  }

  @Test("Dot products of many vectors have the bits of single ones")
  func dotProducts() {
    var random = CounterRandom(3)
    let vectors = (0..<11).map { _ in (0..<19).map { _ in Float(random.unit()) - 0.5 } }
    let packed = PackedVectors(vectors)
    var found: [[Int]: Float] = [:]
    packed.dotProducts(of: 0..<11) { found[[$0, $1]] = $2 }
    #expect(found.count == 55)
    for (pair, product) in found {
      #expect(pair[0] < pair[1] && product == IdentityClusters.cosine(vectors[pair[0]], vectors[pair[1]]))
    }
    var others = 0
    packed.dotProducts(of: 2..<9, with: PackedVectors(Array(vectors[..<3]))) { own, other, product in
      others += 1
      #expect(product == IdentityClusters.cosine(vectors[own], vectors[other]))
    }
    #expect(others == 21)
  }
}
