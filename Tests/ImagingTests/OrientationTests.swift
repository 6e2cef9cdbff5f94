import Foundation
import Imaging
import TestSupport
import Testing

struct OrientationTests {
  // 2 x 3, stored so that each orientation brings a at the top left: a b / c d / e f when upright.
  private static let upright = ImageBuffer(width: 2, height: 3, format: .gray, bytes: Array("abcdef".utf8))
  private static let stored: [(Orientation, Int, String)] = [
    (.topLeft, 2, "abcdef"), (.topRight, 2, "badcfe"), (.bottomRight, 2, "fedcba"),
    (.bottomLeft, 2, "efcdab"), (.leftTop, 3, "acebdf"), (.rightTop, 3, "bdface"),
    (.rightBottom, 3, "fdbeca"), (.leftBottom, 3, "ecafdb"),
  ]

  @Test("Each orientation is reversed") func undone() {
    #expect(Self.stored.map(\.0) == Orientation.allCases)
    for (orientation, width, letters) in Self.stored {
      let image = ImageBuffer(width: width, height: 6 / width, format: .gray, bytes: Array(letters.utf8))
      #expect(image.upright(from: orientation) == Self.upright, "\(orientation)")
    }
  }

  @Test("The orientation is read from JPEG, PNG and WebP", arguments: 1...8)
  func containers(value: Int) throws {
    let image = Samples.picture(width: 9, height: 5, format: .rgb)
    let orientation = try #require(Orientation(rawValue: value))
    let jpeg = try Samples.gradient(width: 9, height: 5).jpeg()
    let exif = Array("Exif\0\0".utf8) + Samples.exif(value, bigEndian: value % 2 == 0)
    let tagged = Array(jpeg[..<2]) + [0xFF, 0xE1, 0, UInt8(exif.count + 2)] + exif + Array(jpeg[2...])
    let png = try image.png()
    let chunk = Samples.pngChunk("eXIf", Samples.exif(value, bigEndian: value % 2 == 1))
    let taggedPNG = Array(png[..<33]) + chunk + Array(png[33...])
    for (file, plain) in [
      (tagged, jpeg), (taggedPNG, png), (try webp(image, value), try image.webp(.lossless)),
    ] {
      let decoded = try ImageCodec.decode(file)
      #expect(decoded.orientation == orientation)
      #expect(decoded.image == (try ImageCodec.decode(plain)).image.upright(from: orientation))
      #expect(decoded.header.size == decoded.image.size)
    }
  }

  /// Puts a lossless image into an extended container with an EXIF chunk.
  private func webp(_ image: ImageBuffer, _ value: Int) throws -> [UInt8] {
    let simple = try image.webp(.lossless)
    let exif = Samples.exif(value)
    let extended: [UInt8] =
      Array("VP8X".utf8) + [10, 0, 0, 0, 8, 0, 0, 0] + [UInt8(image.width - 1), 0, 0]
      + [UInt8(image.height - 1), 0, 0]
    let body =
      Array("WEBP".utf8) + extended + Array(simple[12...]) + Array("EXIF".utf8)
      + [UInt8(exif.count), 0, 0, 0] + exif
    return Array("RIFF".utf8) + (0..<4).map { UInt8(truncatingIfNeeded: body.count >> ($0 * 8)) } + body
  }

  @Test("Broken orientation tags count as upright") func brokenTags() throws {
    let jpeg = try Samples.gradient(width: 9, height: 5).jpeg()
    for block in [Samples.exif(0), Samples.exif(9), Array(Samples.exif(6).prefix(15)), [1, 2, 3]] {
      let exif = Array("Exif\0\0".utf8) + block
      let tagged = Array(jpeg[..<2]) + [0xFF, 0xE1, 0, UInt8(exif.count + 2)] + exif + Array(jpeg[2...])
      #expect(try ImageCodec.decode(tagged).orientation == .topLeft)
    }
  }

  @Test(
    "Photographs stored in all orientations are decoded to the same image",
    .enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"), arguments: ["Landscape", "Portrait"])
  func photos(name: String) throws {
    let folder = try #require(TestData.images).appendingPathComponent("exif-orientation")
    let first = try ImageFile.read(folder.appendingPathComponent("\(name)_1.jpg"))
    for value in 0...8 {
      let file = try ImageFile.read(folder.appendingPathComponent("\(name)_\(value).jpg"))
      #expect(file.orientation.rawValue == max(1, value))
      #expect(file.image.size == first.image.size)
      #expect(file.image.meanDifference(from: first.image) < 6, "\(name)_\(value)")
    }
  }
}
