import Foundation
import Imaging
import TestSupport
import Testing

struct PhotoFormatTests {
  private typealias Page = PhotoFormatSamples.Page

  private func decode(_ page: Page) throws -> ImageBuffer {
    try ImageCodec.decode(PhotoFormatSamples.tiff([page])).image
  }

  @Test("TIFF samples of 1 to 16 bits are scaled to 8 bits", arguments: [1, 2, 4, 8, 10, 12, 14, 16])
  func tiffBits(bits: Int) throws {
    let maximum = (1 << bits) - 1
    let values = [0, maximum / 3, maximum * 2 / 3, maximum]
    var packed = [UInt8](repeating: 0, count: (4 * bits + 7) / 8)
    for (index, value) in values.enumerated() {
      if bits == 16 {
        (packed[index * 2], packed[index * 2 + 1]) = (UInt8(value & 255), UInt8(value >> 8))
        continue
      }
      for bit in 0..<bits where value >> (bits - 1 - bit) & 1 == 1 {
        packed[(index * bits + bit) / 8] |= 0x80 >> UInt8((index * bits + bit) % 8)
      }
    }
    let expected = values.map { UInt8(($0 * 255 + maximum / 2) / maximum) }
    let image = try decode(Page(width: 4, height: 1, bits: bits, samples: 1, photometric: 1, pixels: packed))
    #expect(image.bytes == expected)
    let inverted = try decode(
      Page(width: 4, height: 1, bits: bits, samples: 1, photometric: 0, pixels: packed))
    #expect(inverted.bytes == expected.map { 255 - $0 })
  }

  @Test("TIFF files with RGB, straight or premultiplied alpha, palettes and CMYK are read")
  func tiffColors() throws {
    let rgb = try decode(
      Page(width: 2, height: 1, bits: 8, samples: 3, photometric: 2, pixels: [1, 2, 3, 250, 4, 5]))
    #expect(rgb.bytes == [1, 2, 3, 250, 4, 5])
    let straight = try decode(
      Page(
        width: 1, height: 1, bits: 8, samples: 4, photometric: 2, pixels: [200, 100, 50, 128],
        tags: [(338, 3, [2])]))
    #expect(straight.format == .rgba && straight.bytes == [200, 100, 50, 128])
    let premultiplied = try decode(
      Page(
        width: 1, height: 1, bits: 8, samples: 4, photometric: 2, pixels: [100, 50, 25, 128],
        tags: [(338, 3, [1])]))
    #expect(premultiplied.bytes == [199, 100, 50, 128])
    let palette = (0..<768).map { $0 == 1 ? 65535 : $0 == 258 ? 65535 : 0 }
    let indexed = try decode(
      Page(
        width: 2, height: 1, bits: 8, samples: 1, photometric: 3, pixels: [1, 2], tags: [(320, 3, palette)]))
    #expect(indexed.bytes == [255, 0, 0, 0, 255, 0])
    let inks = try decode(
      Page(width: 2, height: 1, bits: 8, samples: 4, photometric: 5, pixels: [255, 0, 0, 0, 0, 0, 0, 255]))
    #expect(inks.bytes == [0, 255, 255, 0, 0, 0])
  }

  @Test("The first page of a TIFF is read, and further pages are reported; a thumbnail is no page")
  func tiffPages() throws {
    let page = Page(width: 1, height: 1, bits: 8, samples: 1, photometric: 1, pixels: [77])
    var thumbnail = page
    thumbnail.tags = [(254, 4, [1])]
    let several = try ImageCodec.decode(PhotoFormatSamples.tiff([page, page]))
    #expect(several.image.bytes == [77])
    #expect(several.note == "only the first page was used")
    #expect(try ImageCodec.decode(PhotoFormatSamples.tiff([page, thumbnail])).note == nil)
    // A file that begins with its thumbnail is a camera's raw file.
    let raw = #expect(throws: ImagingError.self) {
      try ImageCodec.decode(PhotoFormatSamples.tiff([thumbnail, page]))
    }
    #expect(raw?.code == .notAnImage && raw?.reason.contains("raw") == true)
  }

  @Test("A TIFF's orientation is applied, and a truncated TIFF is rejected")
  func tiffOrientationAndDamage() throws {
    let page = Page(
      width: 2, height: 1, bits: 8, samples: 1, photometric: 1, pixels: [10, 20], tags: [(274, 3, [6])])
    let decoded = try ImageCodec.decode(PhotoFormatSamples.tiff([page]))
    #expect(decoded.orientation == .rightTop && decoded.image.size == PixelSize(width: 1, height: 2))
    let bytes = PhotoFormatSamples.tiff([
      Page(
        width: 40, height: 40, bits: 8, samples: 1, photometric: 1, pixels: [UInt8](repeating: 1, count: 1600)
      )
    ])
    for count in stride(from: 8, to: bytes.count - 1, by: 7) {
      #expect(throws: ImagingError.self) { try ImageCodec.decode(Array(bytes[..<count])) }
    }
  }

  @Test("The first frame of a GIF is read with transparency, and an animation is reported")
  func gif() throws {
    let still = try ImageCodec.decode(PhotoFormatSamples.gif(animated: false))
    #expect(still.format == .gif && still.note == nil)
    #expect(still.image.format == .rgba)
    #expect(still.image.bytes == [255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 0, 0, 0, 0])
    let animated = try ImageCodec.decode(PhotoFormatSamples.gif(animated: true))
    #expect(animated.image == still.image)
    #expect(animated.note == "only the first frame of the animation was used")
    let bytes = PhotoFormatSamples.gif(animated: false)
    for count in 6..<bytes.count - 4 {
      #expect(throws: ImagingError.self, "\(count)") { try ImageCodec.decode(Array(bytes[..<count])) }
    }
  }

  @Test("HEIC pictures are read")
  func heic() throws {
    let decoded = try ImageCodec.decode(PhotoFormatSamples.heic)
    #expect(decoded.format == .heif && decoded.image.size == PixelSize(width: 64, height: 48))
    for (x, y) in [(5, 5), (60, 5), (30, 40)] {
      let expected = [x * 255 / 63, y * 255 / 47, 128]
      for (sample, wanted) in zip(decoded.image[x, y], expected) { #expect(abs(Int(sample) - wanted) <= 12) }
    }
    for count in stride(from: 40, to: PhotoFormatSamples.heic.count, by: 50) {
      #expect(throws: ImagingError.self) { try ImageCodec.decode(Array(PhotoFormatSamples.heic[..<count])) }
    }
  }
}
