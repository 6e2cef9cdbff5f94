import Dataset
import Foundation
import Ledger
import TestSupport
import Testing

@testable import Curate

/// The annotation lists of CelebAMask-HQ archives in the published layout.
struct AnnotationTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      at: folder.appending("CelebA-HQ-img"), withIntermediateDirectories: true)
  }

  private func write(_ text: String, _ list: String) throws {
    try Data(text.utf8).write(to: folder.appending("CelebAMask-HQ-\(list)-anno.txt"))
  }

  /// The annotations of photos, and the problems in the lists.
  private func told(
    _ names: [String], kind: SourceKind = .celebamaskHQ
  ) -> (answers: [Sample.Annotations?], notes: [String]) {
    var lists = AnnotationLists()
    let answers = names.map { name in
      lists.annotations(
        of: ImageRow(
          domain: .a, id: SourceID(sha256: name), source: 0, kind: kind,
          file: folder.appending("CelebA-HQ-img/\(name)").path, path: name, sha256: name, digest: "d"))
    }
    return (answers, lists.notes)
  }

  @Test("Attributes and poses are read by the photographs' names")
  func attributesAndPoses() throws {
    try write("30000\nBald Big_Lips Young\n0.jpg -1  1  1\r\n1.jpg -1 -1 -1\n", "attribute")
    try write("30000\nYaw Pitch Roll\n0.jpg 12.5 -3.25 0\n", "pose")
    let (answers, notes) = told(["0.jpg", "1.jpg", "2.jpg"])
    #expect(answers[0]?.attributes == ["Big_Lips", "Young"])
    #expect(answers[0]?.pose == .init(yaw: 12.5, pitch: -3.25, roll: 0))
    #expect(answers[1]?.attributes == [] && answers[1]?.pose == nil)
    #expect(answers[2] == nil && notes.isEmpty)
    #expect(told(["0.jpg"], kind: .photos).answers == [nil], "other sources have no such lists")
  }

  @Test("Broken lines of a list are skipped, and the first is reported")
  func brokenLines() throws {
    try write("3\nBald Young\n0.jpg 1\n1.jpg 1 yes\n2.jpg -1 1\n", "attribute")
    try write("3\nYaw Pitch Roll\n0.jpg 1 2 nan\n2.jpg 1 2 3\n", "pose")
    let (answers, notes) = told(["0.jpg", "2.jpg"])
    #expect(answers[0] == nil)
    #expect(answers[1]?.attributes == ["Young"] && answers[1]?.pose?.roll == 3)
    try #require(notes.count == 2)
    #expect(notes[0].contains("attribute-anno.txt:3:") && notes[1].contains("pose-anno.txt:3:"))
  }

  @Test("An archive without lists is accepted")
  func noLists() throws {
    #expect(told(["0.jpg"]).answers == [nil] && told(["0.jpg"]).notes.isEmpty)
    try Data([0xFF, 0xFE, 0x00]).write(to: folder.appending("CelebAMask-HQ-pose-anno.txt"))
    #expect(told(["0.jpg"]).answers == [nil] && told(["0.jpg"]).notes.count == 1)
  }
}
