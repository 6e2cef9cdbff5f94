import Imaging
import TestSupport
import Testing

struct DecodingTests {
  @Test("Lossless formats keep every sample", arguments: [ImageBuffer.Format.gray, .rgb, .rgba])
  func lossless(format: ImageBuffer.Format) throws {
    let image = Samples.picture(width: 37, height: 23, format: format)
    for level in [0, 1, 2, 6, 9] {
      #expect(try ImageCodec.decode(image.png(.init(level: level))).image == image)
    }
    let webp = try ImageCodec.decode(image.webp(.lossless))
    #expect(webp.format == .webp)
    #expect(webp.image == (format == .gray ? image.converted(to: .rgb) : image))
  }

  @Test("The same image always gives the same bytes") func deterministic() throws {
    let image = Samples.picture(width: 64, height: 48, format: .rgb)
    #expect(try image.png() == image.png())
    #expect(try image.jpeg() == image.jpeg())
    #expect(try image.webp() == image.webp())
    #expect(try image.png(.small).count < image.png(.init(level: 0)).count)
  }

  @Test("Lossy formats stay close to the image") func lossy() throws {
    let image = Samples.gradient(width: 120, height: 80)
    #expect(try ImageCodec.decode(image.jpeg(quality: 95)).image.meanDifference(from: image) < 1.5)
    #expect(try ImageCodec.decode(image.webp(.lossy(95))).image.meanDifference(from: image) < 2.5)
    let gray = image.converted(to: .gray)
    let decoded = try ImageCodec.decode(gray.jpeg(quality: 95)).image
    #expect(decoded.format == .gray)
    #expect(decoded.meanDifference(from: gray) < 1)
  }

  @Test(
    "The quality of a JPEG is estimated from its tables", arguments: [1, 10, 25, 50, 75, 85, 92, 95, 100])
  func jpegQuality(quality: Int) throws {
    let found = try ImageCodec.decode(Samples.gradient(width: 16, height: 16).jpeg(quality: quality))
      .jpegQuality
    #expect(abs(try #require(found) - quality) <= (quality < 5 ? 5 : 0))
  }

  @Test("An image with alpha cannot be written as JPEG") func alphaJPEG() {
    let image = Samples.picture(width: 4, height: 4, format: .rgba)
    #expect(Samples.errorCode { () throws(ImagingError) in try image.jpeg() } == .unwritable)
  }

  @Test("Images with too many columns for a format are rejected") func longSides() {
    let image = ImageBuffer(width: 70_000, height: 1, format: .gray, filledWith: [7])
    #expect(Samples.errorCode { () throws(ImagingError) in try image.jpeg() } == .unwritable)
    #expect(Samples.errorCode { () throws(ImagingError) in try image.webp() } == .unwritable)
    #expect((try? ImageCodec.decode(image.png()).image) == image)
  }

  @Test("Adobe's inverted CMYK becomes RGB") func invertedInks() throws {
    let decoded = try ImageCodec.decode(Samples.cmykJPEG)
    let image = decoded.image
    #expect(image.format == .rgb)
    for (x, y, expected) in [(0, 0, [0, 255, 255]), (0, 7, [255, 255, 255]), (7, 7, [127, 0, 0])] {
      for (sample, wanted) in zip(image[x, y], expected) { #expect(abs(Int(sample) - wanted) <= 2) }
    }
  }

  @Test("A progressive JPEG is decoded") func progressive() throws {
    let image = try ImageCodec.decode(Samples.progressiveJPEG).image
    #expect(image.size == PixelSize(width: 32, height: 24))
    #expect(image.meanDifference(from: Samples.picture(width: 32, height: 24, format: .rgb)) < 50)
  }

  @Test("The first frame of an animation is decoded, and this is reported") func animation() throws {
    let decoded = try ImageCodec.decode(Samples.animatedWebP)
    #expect(decoded.note == "only the first frame of the animation was used")
    #expect(decoded.image == ImageBuffer(width: 6, height: 4, format: .rgba, filledWith: [255, 0, 0, 255]))
    #expect(try ImageCodec.decode(Samples.gradient(width: 6, height: 4).webp()).note == nil)
  }

  @Test("Thumbnails have at least the requested side") func thumbnails() throws {
    let bytes = try Samples.gradient(width: 403, height: 301).jpeg()
    for (side, size) in [
      (38, PixelSize(width: 51, height: 38)), (39, PixelSize(width: 101, height: 76)),
      (100, PixelSize(width: 202, height: 151)), (200, PixelSize(width: 403, height: 301)),
      (1000, PixelSize(width: 403, height: 301)),
    ] {
      let decoded = try ImageCodec.decode(bytes, minimumSide: side)
      #expect(decoded.image.size == size)
      #expect(decoded.header.size == PixelSize(width: 403, height: 301))
    }
  }

  @Test("Size and format are read from the header only") func headers() throws {
    let image = Samples.picture(width: 33, height: 21, format: .rgba)
    let png = try ImageCodec.inspect(Array(image.png().prefix(50)))
    #expect((png.format, png.size, png.pixels) == (.png, image.size, .rgba))
    let header = try ImageCodec.inspect(Samples.gradient(width: 40, height: 30).jpeg(quality: 80))
    #expect((header.format, header.size, header.pixels) == (.jpeg, PixelSize(width: 40, height: 30), .rgb))
    #expect(header.jpegQuality == 80)
  }

  @Test("An image with too many pixels is rejected by its header") func sizeBombs() {
    let png = Samples.pngHeader(width: 30_000, height: 30_000) + Samples.pngChunk("IDAT", [0x78, 0x9C])
    let bitmap: [UInt8] =
      [0x42, 0x4D] + [UInt8](repeating: 0, count: 8) + [54, 0, 0, 0, 40, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0]
      + [1, 0, 24, 0] + [UInt8](repeating: 0, count: 24)
    let netpbm = Array("P6 2000000000 2000000000 255\n".utf8)
    for bytes in [png, bitmap, netpbm] {
      #expect(Samples.errorCode { () throws(ImagingError) in try ImageCodec.decode(bytes) } == .tooLarge)
    }
    let image = Samples.picture(width: 100, height: 100, format: .gray)
    #expect(
      Samples.errorCode { () throws(ImagingError) in try ImageCodec.decode(try image.png(), pixelLimit: 9_999)
      }
        == .tooLarge)
    #expect((try? ImageCodec.decode(image.png(), pixelLimit: 10_000)) != nil)
  }

  @Test("Other formats are rejected by name") func otherFormats() throws {
    for (bytes, name) in [
      ([0, 0, 0, 24] + Array("ftypisom".utf8), "video"), ([0x1A, 0x45, 0xDF, 0xA3], "video"),
      (Array("%PDF-1.4".utf8), "PDF"), (Array("hello".utf8), "no known"),
    ] as [([UInt8], String)] {
      let error = #expect(throws: ImagingError.self) { try ImageCodec.decode(bytes) }
      #expect(error?.code == .notAnImage)
      #expect(error?.reason.contains(name) == true, "\(name)")
    }
    #expect(Samples.errorCode { () throws(ImagingError) in try ImageCodec.decode([]) } == .empty)
  }
}
