import Foundation
import Imaging
import TestSupport

/// A small set of figures for tests: discs with one color for each character, over stripes.
struct MaskData {
  let folder: TemporaryFolder
  var url: URL { folder.url }

  init(characters: Int = 8) throws {
    folder = try TemporaryFolder()
    var lines = ["file\tsource\tlicence\tkind\tcharacter"]
    var faces = ["file\tx0\ty0\tx1\ty1"]
    for number in 0..<characters {
      let color: [UInt8] = [UInt8((40 + number * 20) % 256), UInt8((200 + number * 36) % 256), 90]
      let name = "figure-\(number).png"
      try Data(Self.disc(color).png()).write(to: folder.appending(name))
      let source = number < characters - 2 ? "drawn" : "other"
      lines.append("\(name)\t\(source)\tCC0\tsprite\tcharacter-\(number)")
      faces.append("\(name)\t40\t30\t88\t78")
    }
    for number in 0..<2 {
      let name = "background-\(number).png"
      let bytes = (0..<96 * 96 * 3).map { UInt8(($0 / 3 % 96 / 8 + number) % 2 * 160 + 40) }
      try Data(ImageBuffer(width: 96, height: 96, format: .rgb, bytes: bytes).png()).write(
        to: folder.appending(name))
      lines.append("\(name)\tbackgrounds\tCC0\tbackground\t")
    }
    try (lines.joined(separator: "\n") + "\n").write(
      to: folder.appending("manifest.tsv"), atomically: true, encoding: .utf8)
    try (faces.joined(separator: "\n") + "\n").write(
      to: folder.appending("faces.tsv"), atomically: true, encoding: .utf8)
  }

  /// An opaque disc of `color` on a transparent background.
  static func disc(_ color: [UInt8]) -> ImageBuffer {
    var image = ImageBuffer(width: 128, height: 128, format: .rgba, filledWith: [0, 0, 0, 0])
    for y in 0..<128 {
      for x in 0..<128 where (x - 64) * (x - 64) + (y - 64) * (y - 64) < 48 * 48 {
        image.bytes.replaceSubrange((y * 128 + x) * 4..<(y * 128 + x) * 4 + 4, with: color + [255])
      }
    }
    return image
  }
}
