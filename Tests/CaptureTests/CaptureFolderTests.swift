import Dataset
import Foundation
import Imaging
import TestSupport
import Testing

@testable import Capture

struct CaptureFolderTests {
  static let picture = ImageBuffer(width: 2, height: 2, format: .rgb, filledWith: [1, 2, 3])

  static func record(_ window: String? = nil) -> CaptureRecord {
    CaptureRecord(
      fileName: "", time: "2026-01-01T00:00:00.000Z", window: window,
      frame: Box(x: 0, y: 0, width: 2, height: 2), face: nil)
  }

  @Test(
    "Numbering continues after the files in the folder",
    arguments: [
      ([], "0001.png"), (["0009.png", "notes.txt"], "0010.png"), (["7.jpg"], "0008.png"),
      (["12345.png", "0002.png"], "12346.png"), (["a1.png", "1b.png", ".png"], "0001.png"),
      (["99999999999999999999.png", "3.png"], "0004.png"), (["４２.png"], "0001.png"),
    ])
  func numbering(names: [String], next: String) throws {
    let folder = try TemporaryFolder()
    for name in names { try Data().write(to: folder.appending(name)) }
    #expect(CaptureFolder(folder.url).nextName == next)
  }

  @Test("Every picture has a record, and undo removes both") func undo() throws {
    let folder = try TemporaryFolder()
    // A line that a killed process left unfinished, in a folder that is not there yet.
    var captures = CaptureFolder(folder.appending("new/ö"))
    try FileManager.default.createDirectory(at: captures.url, withIntermediateDirectories: true)
    try Data(#"{"file_name":"00"#.utf8).write(to: captures.records)
    let first = try captures.save(Self.picture, Self.record("a \"title\"\nof two lines"))
    let second = try captures.save(Self.picture, Self.record())
    let lines = try String(contentsOf: captures.records, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 3 && lines[0] == #"{"file_name":"00"#)
    let records = try lines.dropFirst().map {
      try JSONDecoder().decode(CaptureRecord.self, from: Data($0.utf8))
    }
    #expect(records == [first.1, second.1])
    #expect(lines[2].contains(#""window":null"#) && lines[2].contains(#""face":null"#))
    #expect(try captures.undo() == .removed(second.0))
    #expect(
      try String(contentsOf: captures.records, encoding: .utf8).split(separator: "\n") == Array(lines[..<2]))
    #expect(FileManager.default.fileExists(atPath: first.0.path))
    // The number is free again.
    #expect(captures.nextName == "0002.png")
  }

  @Test("Undo does not remove a picture that was changed since") func changedFile() throws {
    let folder = try TemporaryFolder()
    var captures = CaptureFolder(folder.url)
    let (file, _) = try captures.save(Self.picture, Self.record())
    try Data("mine now".utf8).write(to: file)
    #expect(try captures.undo() == .changed(file))
    #expect(try Data(contentsOf: file) == Data("mine now".utf8))
    #expect(try captures.undo() == .nothing)
  }

  @Test("A folder without write permission is an error") func readOnlyFolder() throws {
    let folder = try TemporaryFolder()
    try Data().write(to: folder.appending("file"))
    var captures = CaptureFolder(folder.appending("file"))
    #expect(throws: WriteError.self) { try captures.save(Self.picture, Self.record()) }
  }

  @Test("The file of records is not a picture of a screenshots source") func records() throws {
    let folder = try TemporaryFolder()
    var captures = CaptureFolder(folder.url)
    _ = try captures.save(Self.picture, Self.record())
    #expect(FolderScan(folder.url.path).files == ["0001.png"])
  }
}
