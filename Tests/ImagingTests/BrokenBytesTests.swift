import Imaging
import TestSupport
import Testing

struct BrokenBytesTests {
  private static func files() throws -> [(name: String, bytes: [UInt8])] {
    let image = Samples.picture(width: 24, height: 17, format: .rgb)
    return [
      ("PNG", try image.png()), ("JPEG", try image.jpeg(quality: 80)),
      ("grey JPEG", try image.converted(to: .gray).jpeg()), ("progressive JPEG", Samples.progressiveJPEG),
      ("CMYK JPEG", Samples.cmykJPEG), ("WebP", try image.webp()),
      ("lossless WebP", try image.webp(.lossless)),
      ("WebP with alpha", try Samples.picture(width: 24, height: 17, format: .rgba).webp()),
      ("animated WebP", Samples.animatedWebP), ("BMP", BitmapTests.file(bits: 24, width: 5, height: 4)),
      ("PPM", Array("P6 3 2 255\n".utf8) + [UInt8](repeating: 9, count: 18)),
    ]
  }

  @Test("A file that is truncated anywhere is rejected") func truncatedFiles() throws {
    for (name, bytes) in try Self.files() {
      #expect((try? ImageCodec.decode(bytes)) != nil, "\(name)")
      for count in 0..<bytes.count {
        let code = Samples.errorCode { () throws(ImagingError) in
          try ImageCodec.decode(Array(bytes[..<count]))
        }
        #expect(code != nil, "\(count) of \(bytes.count) bytes of \(name)")
        // With a complete signature, the file counts as truncated.
        if count >= 18 { #expect(code == .truncated, "\(count) of \(bytes.count) bytes of \(name)") }
      }
    }
  }

  @Test("A truncated JPEG with an end marker counts as truncated") func closedJPEG() throws {
    let bytes = try Samples.picture(width: 64, height: 64, format: .rgb).jpeg(quality: 80)
    let cut = Array(bytes[..<(bytes.count * 2 / 3)]) + [0xFF, 0xD9]
    #expect(Samples.errorCode { () throws(ImagingError) in try ImageCodec.decode(cut) } == .truncated)
  }

  @Test("Padding between the segments of a JPEG is accepted") func padding() throws {
    let bytes = try Samples.gradient(width: 16, height: 16).jpeg()
    // Behind the JFIF segment, before the next marker.
    let end = 4 + Int(bytes[4]) << 8 + Int(bytes[5])
    let padded = Array(bytes[..<end]) + [0, 0, 0] + Array(bytes[end...])
    #expect(try ImageCodec.decode(padded).image == ImageCodec.decode(bytes).image)
    #expect(try ImageCodec.decode(bytes + [1, 2, 3]).image == ImageCodec.decode(bytes).image)
  }

  @Test("Changed bytes never crash a decoder or change the declared size") func changedBytes() throws {
    var random = SplitMix64(state: 20)
    let files = try Self.files()
    var refused = 0
    for turn in 0..<2200 {
      var bytes = files[turn % files.count].bytes
      for _ in 0...Int.random(in: 0..<4, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
      }
      do {
        let decoded = try ImageCodec.decode(bytes, pixelLimit: 1_000_000)
        #expect(decoded.image.size == decoded.header.size)
        #expect(decoded.image.format == decoded.header.pixels)
      } catch { refused += 1 }
    }
    // Every PNG is covered by checksums; JPEG and WebP hide much.
    #expect(refused > 500)
  }

  @Test("Every changed byte of a PNG is detected") func changedPNG() throws {
    let bytes = try Samples.picture(width: 12, height: 9, format: .rgba).png()
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= 0x10
      #expect((try? ImageCodec.decode(changed)) == nil, "byte \(index)")
    }
  }
}
