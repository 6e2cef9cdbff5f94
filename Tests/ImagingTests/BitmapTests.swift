import Imaging
import Testing

struct BitmapTests {
  private static func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
  }

  /// A bitmap with a 40-byte header over pixels that count up.
  static func file(
    bits: Int, width: Int, height: Int, compression: Int = 0, extra: [UInt8] = [], rows: [UInt8]? = nil
  ) -> [UInt8] {
    let stride = (width * bits + 31) / 32 * 4
    let pixels = rows ?? (0..<stride * abs(height)).map { UInt8($0 % 256) }
    let start = 54 + extra.count
    return Array("BM".utf8) + little(start + pixels.count, 4) + little(0, 4) + little(start, 4)
      + little(40, 4)
      + little(width, 4) + little(height, 4) + little(1, 2) + little(bits, 2) + little(compression, 4)
      + little(pixels.count, 4) + little(0, 4) + little(0, 4) + little(0, 4) + little(0, 4) + extra + pixels
  }

  @Test("Rows of a bitmap start at the bottom unless the height is negative") func rowOrder() throws {
    let rows: [UInt8] = [1, 2, 3, 4, 5, 6, 0, 0, 11, 12, 13, 14, 15, 16, 0, 0]
    let upward = try ImageCodec.decode(Self.file(bits: 24, width: 2, height: 2, rows: rows))
    #expect(upward.format == .bmp)
    #expect(upward.image.bytes == [13, 12, 11, 16, 15, 14, 3, 2, 1, 6, 5, 4])
    let downward = try ImageCodec.decode(Self.file(bits: 24, width: 2, height: -2, rows: rows)).image
    #expect(downward.bytes == [3, 2, 1, 6, 5, 4, 13, 12, 11, 16, 15, 14])
  }

  @Test(
    "Palette indices of a bitmap become their colors",
    arguments: [(1, [0b0100_0000, 0, 0, 0]), (4, [0x01, 0, 0, 0]), (8, [0, 1, 0, 0])] as [(Int, [UInt8])])
  func palettes(bits: Int, row: [UInt8]) throws {
    let colors = [30, 20, 10, 0] + [UInt8](repeating: 200, count: ((1 << bits) - 1) * 4)
    let image = try ImageCodec.decode(
      Self.file(bits: bits, width: 2, height: 1, extra: colors, rows: row)
    ).image
    #expect(image.format == .rgb)
    #expect(image.bytes == [10, 20, 30, 200, 200, 200])
    let grays: [UInt8] = (0..<1 << bits).flatMap { [UInt8($0), UInt8($0), UInt8($0), 0] as [UInt8] }
    let gray = try ImageCodec.decode(Self.file(bits: bits, width: 2, height: 1, extra: grays, rows: row))
      .image
    #expect(gray == ImageBuffer(width: 2, height: 1, format: .gray, bytes: [0, 1]))
  }

  @Test("Bit fields of a bitmap are scaled to 8 bits") func bitFields() throws {
    let fiveFiveFive = Self.file(bits: 16, width: 1, height: 1, rows: [0x1F, 0x7C, 0, 0])
    #expect(try ImageCodec.decode(fiveFiveFive).image.bytes == [255, 0, 255])
    let masks = Self.little(0xF800, 4) + Self.little(0x7E0, 4) + Self.little(0x1F, 4)
    let fiveSixFive = Self.file(
      bits: 16, width: 1, height: 1, compression: 3, extra: masks, rows: [0xE0, 0x03, 0, 0])
    #expect(try ImageCodec.decode(fiveSixFive).image.bytes == [0, 125, 0])
    let alpha = [0xFF, 0xFF00, 0xFF0000, 0xFF00_0000].flatMap { Self.little($0, 4) }
    let rgba = Self.file(bits: 32, width: 1, height: 1, compression: 6, extra: alpha, rows: [1, 2, 3, 4])
    #expect(
      try ImageCodec.decode(rgba).image
        == ImageBuffer(width: 1, height: 1, format: .rgba, bytes: [1, 2, 3, 4]))
    let plain = Self.file(bits: 32, width: 1, height: 1, rows: [1, 2, 3, 0])
    #expect(try ImageCodec.decode(plain).image.bytes == [3, 2, 1])
  }

  @Test("Broken bitmaps are rejected") func brokenBitmaps() {
    let palette: [UInt8] = [0, 0, 0, 0]
    var missingColor = Self.file(bits: 8, width: 1, height: 1, extra: palette, rows: [7, 0, 0, 0])
    missingColor[46] = 1
    for (bytes, code) in [
      (missingColor, ImagingError.Code.damaged), (Self.file(bits: 7, width: 1, height: 1), .damaged),
      (Self.file(bits: 24, width: 0, height: 1), .damaged),
      (Self.file(bits: 8, width: 1, height: 1, compression: 1), .notAnImage),
    ] {
      #expect(Samples.errorCode { () throws(ImagingError) in try ImageCodec.decode(bytes) } == code)
    }
  }
}

struct NetpbmTests {
  @Test(
    "Netpbm samples are scaled to 8 bits",
    arguments: [
      ("P2\n# a comment\n2 1 # another\n15\n0 15\n", ImageBuffer.Format.gray, [0, 255]),
      ("P3 1 1 255 1 2 3", .rgb, [1, 2, 3]),
      ("P1 3 1 1 0\n1", .gray, [0, 255, 0]),
      ("P5 2 1 255\nAB", .gray, [65, 66]),
      ("P6 1 1 255\nABC", .rgb, [65, 66, 67]),
      ("P5 1 1 65535\nAA", .gray, [65]),
      ("P4 3 2\n@A", .gray, [255, 0, 255, 255, 0, 255]),
    ] as [(String, ImageBuffer.Format, [UInt8])])
  func samples(text: String, format: ImageBuffer.Format, samples: [UInt8]) throws {
    let decoded = try ImageCodec.decode(Array(text.utf8))
    #expect(decoded.format == .pnm)
    #expect(decoded.image.format == format)
    #expect(decoded.image.bytes == samples)
  }

  @Test(
    "Broken Netpbm files are rejected",
    arguments: [
      ("P5 2 2 255\nabc", ImagingError.Code.truncated), ("P2 2 1 255 1", .truncated), ("P5 2", .truncated),
      ("P2 1 1 10 11", .damaged), ("P5 0 1 255\n", .damaged), ("P5 1 1 70000\nab", .damaged),
      ("P5 x 1 255\n", .damaged), ("P1 1 1 2", .damaged), ("P5 99999999999999999999 1 255\n", .damaged),
    ])
  func brokenFiles(text: String, code: ImagingError.Code) {
    #expect(Samples.errorCode { () throws(ImagingError) in try ImageCodec.decode(Array(text.utf8)) } == code)
  }
}
