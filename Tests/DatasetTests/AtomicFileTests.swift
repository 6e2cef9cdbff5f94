import Foundation
import TestSupport
import Testing

@testable import Dataset

struct AtomicFileTests {
  private struct Broken: Error {}

  private func append(_ text: String, to file: borrowing AtomicFile.Writer) throws {
    try Array(text.utf8).withUnsafeBytes { try file.append($0) }
  }

  private func names(in folder: TemporaryFolder) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
  }

  @Test("A file is written in pieces, and its folders are created") func pieces() throws {
    let folder = try TemporaryFolder()
    let file = folder.appending("a/b/c.txt")
    try AtomicFile.write(to: file) { writer in
      for piece in ["one ", "", "two"] { try append(piece, to: writer) }
    }
    #expect(try String(contentsOf: file, encoding: .utf8) == "one two")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.appending("a/b").path) == ["c.txt"])
  }

  @Test("A new file replaces the old one") func replaces() throws {
    let folder = try TemporaryFolder()
    let file = folder.appending("file")
    try AtomicFile.write(Data(repeating: 1, count: 300_000), to: file)
    try AtomicFile.write(Data([2]), to: file)
    #expect(try Data(contentsOf: file) == Data([2]))
    #expect(try names(in: folder) == ["file"])
  }

  @Test("After an error while writing, only the old file exists") func errorInBetween() throws {
    let folder = try TemporaryFolder()
    let file = folder.appending("file")
    try AtomicFile.write(Data([1]), to: file)
    #expect(throws: Broken.self) {
      try AtomicFile.write(to: file) { writer in
        try append("half", to: writer)
        throw Broken()
      }
    }
    #expect(try Data(contentsOf: file) == Data([1]))
    #expect(try names(in: folder) == ["file"])
  }

  @Test("The file has its name only after everything is written") func nameComesLast() throws {
    let folder = try TemporaryFolder()
    let file = folder.appending("file")
    try AtomicFile.write(to: file) { writer in
      try append("half", to: writer)
      #expect(!FileManager.default.fileExists(atPath: file.path))
      let parts = try names(in: folder)
      #expect(parts.count == 1 && parts[0].hasPrefix(".easel-") && parts[0].hasSuffix(".part"))
    }
    #expect(try names(in: folder) == ["file"])
  }

  @Test("Only the temporary files of killed runs are removed") func leftovers() throws {
    let folder = try TemporaryFolder()
    for name in [".a.png.12-34.part", "kept.part", ".kept", "kept.png"] {
      try Data().write(to: folder.appending(name))
    }
    AtomicFile.removeLeftovers(in: folder.url)
    AtomicFile.removeLeftovers(in: folder.appending("none"))
    #expect(try names(in: folder) == [".kept", "kept.part", "kept.png"])
  }

  @Test("A file in the place of a folder is an error that names it") func fileForFolder() throws {
    let folder = try TemporaryFolder()
    try Data([1]).write(to: folder.appending("file"))
    for path in ["file/inner", "file/deep/inner"] {
      let error = #expect(throws: WriteError.self) {
        try AtomicFile.write(Data([2]), to: folder.appending(path))
      }
      #expect(error?.code == ENOTDIR)
      #expect(error?.path.hasPrefix(folder.appending("file").path) == true)
    }
    #expect(try Data(contentsOf: folder.appending("file")) == Data([1]))
  }

  @Test("A folder in the place of a file is an error that names it") func folderForFile() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write(Data(), to: folder.appending("folder/inner"))
    let error = #expect(throws: WriteError.self) {
      try AtomicFile.write(Data(), to: folder.appending("folder"))
    }
    #expect(error?.code == EISDIR)
    #expect(try names(in: folder) == ["folder"])
  }

  @Test("A location without write permission is reported") func unwritable() throws {
    // The kernel's own folder takes no files, not even from root.
    let url = URL(fileURLWithPath: "/proc/easel/file")
    let error = #expect(throws: WriteError.self) { try AtomicFile.write(Data([1]), to: url) }
    #expect(error?.description.hasPrefix("/proc/easel") == true)
  }

  @Test(
    "For a read-only folder the error says what to do",
    .enabled(if: getuid() != 0, "root may write everywhere")) func readOnlyFolder() throws
  {
    let folder = try TemporaryFolder()
    #expect(chmod(folder.url.path, 0o555) == 0)
    defer { chmod(folder.url.path, 0o755) }
    let error = #expect(throws: WriteError.self) {
      try AtomicFile.write(Data([1]), to: folder.appending("file"))
    }
    #expect(error?.code == EACCES)
    #expect(error?.description.hasSuffix("choose another output folder") == true)
  }

  @Test("The error for a full disk differs from other errors") func fullDisk() throws {
    #expect(WriteError(path: "/out/x", code: ENOSPC).description.contains("the disk is full"))
    #expect(WriteError(path: "/out/x", code: EROFS).description.hasSuffix("choose another output folder"))
    #expect(WriteError(path: "/out/x", code: EIO).description.hasPrefix("/out/x: "))
  }
}
