import Dataset
import Foundation
import GRDB
import Imaging
import TestSupport
import Testing

@testable import Ledger

/// A ledger of an older version: anime faces found by animeface and YuNet, a video, two user crops,
/// duplicates, and a published dataset.
@Suite struct MigrationTests {
  private let folder: TemporaryFolder
  private let ledger: Ledger

  init() throws {
    folder = try TemporaryFolder()
    let url = folder.appending("ledger.sqlite")
    let text = try String(
      contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Fixtures/ledger-before-named-landmarks.sql"), encoding: .utf8)
    let queue = try DatabaseQueue(path: url.path)
    try queue.writeWithoutTransaction { try $0.execute(sql: text) }
    try queue.close()
    ledger = try Ledger(url: url)
  }

  @Test("Points of older records get the names that depend on their detector")
  func namedLandmarks() throws {
    let crops = try Domain.allCases.flatMap { try ledger.crops(of: $0) }
    #expect(crops.count == 28)
    for crop in crops {
      let face = crop.face
      let eyes = try #require(face.landmarks.eyes)
      #expect(eyes.left.x < eyes.right.x && face.landmarks.nose != nil && face.extent == nil)
      switch face.detector {
      case "animeface":
        let (mouth, chin) = (try #require(face.landmarks.mouth), try #require(face.landmarks.chin))
        #expect(mouth.y < chin.y && face.landmarks.five == nil && face.landmarks.mouthCorners == nil)
      case "yunet":
        let corners = try #require(face.landmarks.mouthCorners)
        #expect(corners.left.x < corners.right.x && face.landmarks.chin == nil && face.landmarks.mouth == nil)
      default: Issue.record("no face was found by \(face.detector)")
      }
    }
    #expect(Set(crops.map(\.face.detector)) == ["animeface", "yunet"])
  }

  @Test("User crops of older ledgers keep their face and the crop that they replace")
  func userCrops() throws {
    let moved = try #require(try ledger.userCrop(of: "03bc7edf2b9e6cc7"))
    #expect(moved.chosen.face == nil && moved.chosen.size == 64 && moved.former.face.landmarks.chin != nil)
    let chosen = try #require(try ledger.userCrop(of: "1eaddb2bf47a0453"))
    #expect(chosen.chosen.face?.landmarks.chin?.y == 171.21875)
  }

  @Test("The kept sample of a duplicate is a field")
  func duplicates() throws {
    let duplicates = try ledger.ruleDecisions().values.filter {
      $0.reason == .duplicateOf && $0.detail?.contains("the same picture as") == true
    }
    #expect(!duplicates.isEmpty)
    for decision in duplicates {
      let kept = try #require(decision.duplicateOf)
      #expect(try ledger.sample(kept) != nil && decision.detail?.contains(kept) == true)
    }
  }

  @Test(
    "Detectors, videos, framing, split and published files move from the key-value table to their own tables"
  )
  func typedTables() throws {
    #expect(try ledger.detector(of: .a)?.name == "yunet")
    let anime = try #require(try ledger.detector(of: .b))
    #expect(anime.settings == "animeface detector" && anime.digest.hasPrefix("94b10a1077b9"))
    let film = "23ad1bcd7107d801fbe706e100ca203a328a08e066533408d430cce0976cdb59"
    #expect(try ledger.digest(ofVideo: film, every: "1s", in: .b, at: .survey) == anime.digest)
    #expect(try ledger.digest(ofVideo: film, every: "1s", in: .b, at: .crop)?.hasPrefix("85527e7a") == true)
    #expect(try ledger.framing()?.moved == .b && ledger.framing()?.after.faces == 15)
    let split = try #require(try ledger.split())
    #expect(split.seed == 0 && split.asked == 1 && split.test == [.b: ["0d7032582dcaf2c5"]])
    let published = try ledger.published()
    let image = try #require(published["testB/0d7032582dcaf2c5.png"])
    #expect(image.size ?? 0 > 1000 && image.madeOf?.count == 64 && image.sha256.count == 64)
    #expect(published["metadata.jsonl"].map { $0.madeOf == nil } == true)
    #expect(try ledger.curation()?.digest.hasPrefix("3e83d8f3") == true)
    let tables = try ledger.read {
      try String.fetchAll($0, sql: "SELECT name FROM sqlite_master WHERE type = 'table'")
    }
    #expect(!tables.contains("fact"))
  }

  @Test("A manifest line of an older version is read, with points named by the detector")
  func oldManifest() throws {
    func face(_ detector: String) throws -> Sample.Face {
      let line = """
        {"detector":"\(detector)","score":1,"box":[1,2,3,4],"landmarks":[[1,5],[9,5],[5,7],[5,9],[5,12]],"roll":0}
        """
      return try JSONDecoder().decode(Sample.Face.self, from: Data(line.utf8))
    }
    let (drawn, photographed) = (try face("animeface"), try face("centerface"))
    #expect(drawn.landmarks.chin == Point(x: 5, y: 12) && drawn.landmarks.five == nil)
    #expect(photographed.landmarks.five?.count == 5 && photographed.landmarks.chin == nil)
    let written = String(decoding: try JSONEncoder().encode(drawn), as: UTF8.self)
    #expect(written.contains("\"chin\":[5,12]") && !written.contains("leftMouth"))
    #expect(try JSONDecoder().decode(Sample.Face.self, from: Data(written.utf8)) == drawn)
  }
}
