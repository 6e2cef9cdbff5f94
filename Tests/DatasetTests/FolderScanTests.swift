import Foundation
import Imaging
import TestSupport
import Testing

@testable import Dataset

#if canImport(Glibc)
  import Glibc
#endif

struct FolderScanTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ names: String...) throws {
    for name in names { try AtomicFile.write(Data("x".utf8), to: folder.appending(name)) }
  }

  @Test("Captions, metadata and the video of a Live Photo are skipped, other files are not")
  func companions() throws {
    try write(
      "a.jpg", "a.json", "a.jpg.json", "a.txt", "a.MOV", "a.AAE", "a.xmp", "Thumbs.db", ".DS_Store",
      "LICENSE",
      "b.mp4", "strange.xyz", "in/c.png", "in/desktop.ini")
    let scan = FolderScan(folder.url.path)
    #expect(scan.files == ["a.jpg", "b.mp4", "in/c.png", "strange.xyz"])
    #expect(scan.companions.count == 9)
  }

  @Test("Datasets, runs and the output folder are excluded from a scan")
  func ownFiles() throws {
    try write(
      "a.png", "data/ledger.sqlite", "data/trainA/b.png", "run/settings.yaml", "run/log.jsonl",
      "run/checkpoints/x.safetensors", "run/samples/c.png", "results/d.png", "kept/settings.yaml",
      "kept/e.png")
    #expect(
      FolderScan(folder.url.path, excluding: folder.appending("results")).files == ["a.png", "kept/e.png"])
    #expect(
      PlainInputs([folder.url.path], excluding: folder.appending("results")).files.map(\.name) == [
        "a", "kept/e",
      ])
    // A folder that the user names is searched.
    #expect(FolderScan(folder.appending("data").path).files == ["trainA/b.png"])
  }

  @Test("A file name that is not UTF-8 is found, opened, digested and used for a result")
  func nonUTF8Names() throws {
    // "テスト" in Shift-JIS, and a UTF-8 name with a character that represents a byte.
    let names: [[UInt8]] = [
      [0x83, 0x65, 0x83, 0x58, 0x83, 0x67] + Array(".png".utf8), Array("a\u{100083}.png".utf8),
      Array("é.png".utf8), [0xFF, 0x2E, 0x70],
    ]
    for name in names {
      let path = Array(folder.url.path.utf8) + [0x2F] + name
      let file = (path.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer {
        fopen($0.baseAddress, "w")
      }
      let opened = try #require(file)
      fputs("abc", opened)
      fclose(opened)
      let text = SystemPath.string(path)
      #expect(SystemPath.bytes(text) == path)
      #expect(try Digest(ofFile: text) == Digest(of: "abc"))
    }
    let scan = FolderScan(folder.url.path)
    #expect(Set(scan.files.map { SystemPath.bytes($0) }) == Set(names))
    #expect(SystemPath.readable("x/" + SystemPath.string(names[0])) == "x/\\x83e\\x83X\\x83g.png")
    // The result has the same bytes as its stem.
    let target = folder.appending("out").appendingPathComponent(
      SystemPath.string(Array(names[0].dropLast(4))) + ".png")
    try AtomicFile.write(Data("y".utf8), to: target)
    #expect(
      FolderScan.names(in: folder.appending("out").path).map { $0.map { SystemPath.bytes($0) } } == [names[0]]
    )
  }

  @Test("File names of the maximum length get results, shortened if necessary")
  func longNames() throws {
    let long = String(repeating: "あ", count: 83)  // 249 bytes
    let fits = String(repeating: "い", count: 80)  // 240 bytes
    try write(long + ".jpeg", fits + ".jpg")
    let names = PlainInputs([folder.url.path]).files.map(\.name)
    #expect(names.contains(fits))
    let shortened = try #require(names.first { $0 != fits })
    #expect(shortened.utf8.count <= 246 && shortened.hasPrefix("あああ"))
    for name in names { try AtomicFile.write(Data(), to: folder.appending("out/\(name)_1.png")) }
    #expect(FolderScan(folder.appending("out").path).files.count == 2)
  }

  @Test("A pipe is rejected without waiting, and a read error reports the system's message")
  func pipes() throws {
    let pipe = folder.appending("pipe").path
    #expect(mkfifo(pipe, 0o600) == 0)
    let refused = #expect(throws: ImagingError.self) { try Digest(ofFile: pipe) }
    #expect(refused?.code == .notAnImage && refused?.reason == "a pipe, not a file")
    // A process's memory is a regular file, and reading it from address 0 fails with EIO.
    let failed = #expect(throws: ImagingError.self) { try Digest(ofFile: "/proc/self/mem") }
    #expect(failed?.sentence == "the file could not be read: Input/output error")
  }
}
