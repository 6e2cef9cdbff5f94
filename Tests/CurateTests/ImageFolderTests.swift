import CurationFixture
import Dataset
import Foundation
import Imaging
import TestSupport
import Testing

/// The lists that Hugging Face's imagefolder loader reads.
///
/// The loader takes `metadata.jsonl` in each folder whose name is a split, refuses images that are not below the list, and
/// infers the type of each column for each split.
@Suite struct ImageFolderTests {
  private let fixture: Fixture

  init() throws { fixture = try Fixture() }

  private func lines(_ split: String) throws -> [[String: String]] {
    let list = fixture.output.imageFolder.appendingPathComponent("\(split)/metadata.jsonl")
    return try String(contentsOf: list, encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode([String: String].self, from: Data($0.utf8))
    }
  }

  private func writeImages(_ count: Int) throws {
    for number in 0..<count {
      try fixture.write(Picture.patches(number), "\(number).png", in: "a")
      try fixture.write(Picture.patches(100 + number), "\(number).png", in: "b")
    }
  }

  private var inputs: [Domain: [URL]] {
    [.a: [fixture.folder.appending("a")], .b: [fixture.folder.appending("b")]]
  }

  @Test("Each split has a list of all its images, and every listed file is below the list")
  func listed() async throws {
    try writeImages(8)
    try await fixture.curate(fixture.settings([.a, .b], test: 2), inputs)
    for split in Split.allCases {
      let kept = try fixture.kept.filter { $0.split == split }
      let lines = try lines(split.rawValue)
      #expect(Set(lines.compactMap { $0["file_name"] }) == Set(kept.compactMap(\.fileName)))
      #expect(Set(lines.map(\.keys).map(Set.init)).count == 1)
      for line in lines {
        let name = try #require(line["file_name"])
        let listed = fixture.output.imageFolder.appendingPathComponent("\(split.rawValue)/\(name)")
        #expect(!name.contains(".."))
        #expect(
          try Data(contentsOf: listed)
            == Data(contentsOf: fixture.output.url.appendingPathComponent(name)))
        #expect(line["domain"] == (name.contains("A/") ? "A" : "B"))
      }
    }
    #expect(try await fixture.curate(fixture.settings([.a, .b], test: 2)).unchanged == 16)
  }

  @Test("Without test images there is no test list, and a domain that is gone has no link")
  func outdated() async throws {
    try writeImages(6)
    try await fixture.curate(fixture.settings([.a, .b], test: 2), inputs)
    try await fixture.curate(fixture.settings([.a], test: 0))
    let folder = fixture.output.imageFolder.path
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder + "/train").sorted()
        == ["metadata.jsonl", "trainA"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/test").isEmpty)
  }

  @Test("A file in the place of a link is kept and reported")
  func inTheWay() async throws {
    try writeImages(6)
    let place = fixture.output.imageFolder.appendingPathComponent("train/trainA")
    try AtomicFile.write(Data("mine".utf8), to: place)
    let summary = try await fixture.curate(fixture.settings([.a, .b], test: 2), inputs)
    #expect(summary.notes.contains { $0.contains("imagefolder/train/trainA") })
    func card() throws -> String {
      try String(contentsOf: fixture.output.url.appendingPathComponent("README.md"), encoding: .utf8)
    }
    #expect(try !card().contains("data_dir"))
    #expect(try Data(contentsOf: place) == Data("mine".utf8))
    try FileManager.default.removeItem(at: place)
    try await fixture.curate(fixture.settings([.a, .b], test: 1))
    #expect(try card().contains("data_dir"))
  }
}
