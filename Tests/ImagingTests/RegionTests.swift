import Imaging
import TestSupport
import Testing

struct RegionTests {
  private static let size = PixelSize(width: 403, height: 301)

  /// The same picture in every format that can be written.
  private static func files() throws -> [(String, [UInt8])] {
    let rgb = Samples.gradient(width: size.width, height: size.height)
    let page = PhotoFormatSamples.Page(
      width: size.width, height: size.height, bits: 8, samples: 3, photometric: 2, pixels: rgb.bytes)
    return [
      ("PNG", try rgb.png()), ("JPEG", try rgb.jpeg(quality: 98)), ("WebP", try rgb.webp(.lossless)),
      ("TIFF", PhotoFormatSamples.tiff([page])),
    ]
  }

  @Test(
    "An image with too many samples is reduced, each pixel to the mean of a box",
    arguments: [2, 4, 8, 16])
  func reduced(box: Int) throws {
    let source = Samples.gradient(width: Self.size.width, height: Self.size.height)
    let (width, height) = ((Self.size.width + box - 1) / box, (Self.size.height + box - 1) / box)
    for (name, file) in try Self.files() {
      let decoded = try ImageCodec.decode(file, sampleLimit: width * height * 3)
      #expect(decoded.box == box, "\(name)")
      #expect(decoded.image.size == PixelSize(width: width, height: height), "\(name)")
      #expect(decoded.header.size == Self.size)
      let place = decoded.toSource(Point(x: 3, y: 5))
      #expect(
        place == Point(x: Double(3 * box) + Double(box - 1) / 2, y: Double(5 * box) + Double(box - 1) / 2))
      let mean = (0..<box * box).map { Int(source[3 * box + $0 % box, 5 * box + $0 / box].first ?? 0) }
        .reduce(0, +)
      #expect(abs(Int(decoded.image[3, 5].first ?? 0) - mean / (box * box)) <= 3, "\(name)")
    }
  }

  @Test(
    "A region has the same pixels as in the whole image, for every orientation",
    arguments: 1...8)
  func regions(value: Int) throws {
    let image = Samples.gradient(width: Self.size.width, height: Self.size.height)
    let png = try image.png()
    let tagged = Array(png[..<33]) + Samples.pngChunk("eXIf", Samples.exif(value)) + Array(png[33...])
    let whole = try ImageCodec.decode(tagged).image
    let region = PixelRegion(x: 130, y: 90, width: 70, height: 60)
    for box in [1, 2, 4] {
      let part = try ImageCodec.decode(tagged, region: region, box: box)
      #expect(part.image.size.area * box * box < whole.size.area)
      let back = try #require(part.toSource.inverse)
      for place in [Point(x: 131, y: 91), Point(x: 198, y: 148), Point(x: 160, y: 120)] {
        let own = back(place)
        let (x, y) = (Int(own.x.rounded()), Int(own.y.rounded()))
        try #require((0..<part.image.width).contains(x) && (0..<part.image.height).contains(y))
        let wanted = whole[Int(place.x), Int(place.y)]
        for (a, b) in zip(part.image[x, y], wanted) { #expect(abs(Int(a) - Int(b)) <= box * 2) }
      }
    }
    let outside = PixelRegion(x: 2000, y: 0, width: 10, height: 10)
    #expect(throws: ImagingError.self) { try ImageCodec.decode(tagged, region: outside, box: 1) }
  }

  @Test("A region of a JPEG, WebP or TIFF equals that of the whole image")
  func formats() throws {
    for (name, file) in try Self.files() {
      let whole = try ImageCodec.decode(file).image
      let part = try ImageCodec.decode(
        file, region: PixelRegion(x: 100, y: 100, width: 150, height: 80), box: 1)
      let origin = part.toSource(Point(x: 0, y: 0))
      #expect(origin == Point(x: 64, y: 64), "\(name)")
      let same = whole.cropped(x: 64, y: 64, width: part.image.width, height: part.image.height)
      #expect(part.image.meanDifference(from: same) < 0.5, "\(name)")
    }
  }
}
