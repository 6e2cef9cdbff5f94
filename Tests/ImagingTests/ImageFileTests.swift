import Foundation
import Imaging
import TestSupport
import Testing

struct ImageFileTests {
  @Test("A file is recognized by its bytes, independent of its name") func bytesNotNames() throws {
    let folder = try TemporaryFolder()
    let image = Samples.picture(width: 8, height: 6, format: .rgb)
    let url = folder.appending("a photo [1].jpg")
    try Data(image.png()).write(to: url)
    let decoded = try ImageFile.read(url)
    #expect(decoded.format == .png)
    #expect(decoded.image == image)
    #expect(try ImageFile.inspect(path: url.path).size == image.size)
    #expect(try ImageFile.bytes(path: url.path) == image.png())
  }

  @Test("Folders, pipes and devices are rejected without waiting") func irregularFiles() throws {
    let folder = try TemporaryFolder()
    let pipe = folder.appending("pipe.png").path
    #expect(mkfifo(pipe, 0o600) == 0)
    let empty = folder.appending("empty.png")
    try Data().write(to: empty)
    for (path, code, word) in [
      (folder.url.path, ImagingError.Code.notAnImage, "folder"), (pipe, .notAnImage, "pipe"),
      ("/dev/zero", .notAnImage, "device"), (empty.path, .empty, ""),
      (folder.appending("none.png").path, .missing, ""),
      (empty.appendingPathComponent("below").path, .missing, ""),
    ] {
      let error = #expect(throws: ImagingError.self) { try ImageFile.read(path: path) }
      #expect(error?.code == code)
      #expect(error?.path == path)
      #expect(word.isEmpty || error?.reason.contains(word) == true)
      #expect(throws: try #require(error)) { try ImageFile.inspect(path: path) }
      #expect(throws: try #require(error)) { try ImageFile.bytes(path: path) }
    }
  }

  @Test(
    "A file without read permission is reported",
    .enabled(if: getuid() != 0, "the superuser may read every file"))
  func permission() throws {
    let folder = try TemporaryFolder()
    let url = folder.appending("locked.png")
    try Data(Samples.gradient(width: 4, height: 4).png()).write(to: url)
    #expect(chmod(url.path, 0) == 0)
    #expect(Samples.errorCode { () throws(ImagingError) in try ImageFile.read(url) } == .permissionDenied)
  }

  @Test(
    "Files collected from other projects are decoded or rejected with the right reason",
    .enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"))
  func collectedFiles() throws {
    let folder = try #require(TestData.images).appendingPathComponent("duplicates")
    let refused: [String: ImagingError.Code] = [
      "LICENSE": .notAnImage,
      "ukbench09268_corrupt.jpg": .notAnImage,
    ]
    let formats: [String: ImageFormat] = [
      "copyleft.tiff": .tiff, "giphy.gif": .gif, "Iggy.1024.ppm": .pnm, "baboon.pgm": .pnm,
      "marbles.pbm": .pnm, "alpha_channel_image.png": .png,
      "ukbench09380.webp": .webp, "ukbench09380.bmp": .jpeg, "ukbench09380.svg": .jpeg,
    ]
    let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
    var count = 0
    for case let url as URL in files where !url.hasDirectoryPath {
      count += 1
      let name = url.lastPathComponent
      if let code = refused[name] {
        #expect(Samples.errorCode { () throws(ImagingError) in try ImageFile.read(url) } == code, "\(name)")
      } else {
        let decoded = try ImageFile.read(url)
        if let format = formats[name] { #expect(decoded.format == format, "\(name)") }
        #expect(try ImageFile.inspect(path: url.path) == decoded.header)
      }
    }
    #expect(count > 25)
  }
}
