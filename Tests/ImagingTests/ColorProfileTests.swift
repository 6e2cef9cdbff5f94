import Foundation
import Imaging
import TestSupport
import Testing

/// Embedded color profiles are converted to sRGB in all formats.
struct ColorProfileTests {
  /// Adobe RGB (1998) relative to D50: red, green and blue as columns of X, Y, Z.
  private static let adobe = [
    [0.60974, 0.20528, 0.14919], [0.31111, 0.62567, 0.06322], [0.01947, 0.06087, 0.74457],
  ]
  private static let srgb = [
    [0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410],
  ]
  private static let gamma = 2.19921875

  private static func big(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * (count - 1 - $0))) }
  }

  /// A version 4 profile with a matrix and one gamma.
  static let profile: [UInt8] = {
    func fixed(_ value: Double) -> [UInt8] { big(Int((value * 65536).rounded()), 4) }
    func xyz(_ values: [Double]) -> [UInt8] { Array("XYZ ".utf8) + big(0, 4) + values.flatMap(fixed) }
    let text = Array("own".utf16).flatMap { big(Int($0), 2) }
    let name =
      Array("mluc".utf8) + big(0, 4) + big(1, 4) + big(12, 4) + Array("enUS".utf8) + big(text.count, 4)
      + big(28, 4) + text
    let curve = Array("curv".utf8) + big(0, 4) + big(1, 4) + big(Int(gamma * 256), 2)
    var tags: [(String, [UInt8])] = [("desc", name), ("cprt", name), ("wtpt", xyz([0.9642, 1, 0.8249]))]
    for (index, key) in ["r", "g", "b"].enumerated() {
      tags += [(key + "XYZ", xyz(adobe.map { $0[index] })), (key + "TRC", curve)]
    }
    var (table, body): ([UInt8], [UInt8]) = (big(tags.count, 4), [])
    for (key, data) in tags {
      table += Array(key.utf8) + big(132 + 12 * tags.count + body.count, 4) + big(data.count, 4)
      body += data + [UInt8](repeating: 0, count: (4 - data.count % 4) % 4)
    }
    var head = big(128 + table.count + body.count, 4) + big(0, 4) + big(0x0400_0000, 4)
    head += Array("mntrRGB XYZ ".utf8) + [2024, 1, 1, 0, 0, 0].flatMap { big($0, 2) } + Array("acsp".utf8)
    head += [UInt8](repeating: 0, count: 28) + fixed(0.9642) + fixed(1) + fixed(0.8249)
    head += [UInt8](repeating: 0, count: 128 - head.count)
    return head + table + body
  }()

  private static let stored: [UInt8] = [
    200, 60, 60, 60, 160, 70, 90, 90, 180, 128, 128, 128, 0, 0, 0, 255, 255, 255,
  ]

  /// The sRGB samples of `stored`, by the definition of both spaces.
  private static func expected() -> [Int] {
    let m = srgb
    let determinant =
      m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
      + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
    func cofactor(_ row: Int, _ column: Int) -> Double {
      let (a, b) = ((row + 1) % 3, (row + 2) % 3)
      let (c, d) = ((column + 1) % 3, (column + 2) % 3)
      return m[a][c] * m[b][d] - m[a][d] * m[b][c]
    }
    return stride(from: 0, to: stored.count, by: 3).flatMap { start in
      let light = (0..<3).map { pow(Double(stored[start + $0]) / 255, gamma) }
      let xyz = adobe.map { row in zip(row, light).map(*).reduce(0, +) }
      return (0..<3).map { channel in
        let sum = (0..<3).map { cofactor($0, channel) / determinant * xyz[$0] }.reduce(0, +)
        let value = min(max(sum, 0), 1)
        let sample = value <= 0.0031308 ? 12.92 * value : 1.055 * pow(value, 1 / 2.4) - 0.055
        return Int((sample * 255).rounded())
      }
    }
  }

  private func expect(_ image: ImageBuffer, within limit: Int, _ name: String) {
    #expect(image.size == PixelSize(width: 6, height: 1) && image.format == .rgb, "\(name)")
    for (sample, wanted) in zip(image.bytes, Self.expected()) {
      #expect(abs(Int(sample) - wanted) <= limit, "\(name): \(image.bytes), not \(Self.expected())")
    }
  }

  /// The six colors of a decoded JPEG that was written from `stored`, with additional segments.
  private static func colors(ofJPEGWith segments: [(marker: UInt8, body: [UInt8])]) throws -> ImageBuffer {
    // Each color fills a block, so that compression changes it little.
    var wide = ImageBuffer(width: 96, height: 16, format: .rgb, filledWith: [0, 0, 0])
    for y in 0..<16 {
      for x in 0..<96 {
        for channel in 0..<3 { wide.bytes[(y * 96 + x) * 3 + channel] = Self.stored[x / 16 * 3 + channel] }
      }
    }
    let jpeg = try wide.jpeg(quality: 100)
    let added: [UInt8] = segments.flatMap { segment -> [UInt8] in
      [0xFF, segment.marker] + big(segment.body.count + 2, 2) + segment.body
    }
    let decoded = try ImageCodec.decode(Array(jpeg[..<2]) + added + Array(jpeg[2...])).image
    return ImageBuffer(
      width: 6, height: 1, format: .rgb, bytes: (0..<6).flatMap { Array(decoded[$0 * 16 + 8, 8]) })
  }

  /// An EXIF segment whose interoperability index is `index`, in the byte order of Canon or Nikon.
  private static func exif(_ index: String, bigEndian: Bool) -> [UInt8] {
    func number(_ value: Int, _ count: Int) -> [UInt8] {
      bigEndian ? big(value, count) : big(value, count).reversed()
    }
    func directory(_ tag: Int, _ type: Int, _ count: Int, _ value: [UInt8]) -> [UInt8] {
      number(1, 2) + number(tag, 2) + number(type, 2) + number(count, 4) + value + number(0, 4)
    }
    return Array("Exif\0\0".utf8) + Array((bigEndian ? "MM" : "II").utf8) + number(42, 2) + number(8, 4)
      + directory(0x8769, 4, 1, number(26, 4)) + directory(0xA005, 4, 1, number(44, 4))
      + directory(0x0001, 2, 4, Array(index.utf8) + [0])
  }

  @Test("A camera's JPEG that is Adobe RGB by its EXIF data is converted to sRGB", arguments: [true, false])
  func adobeByExif(bigEndian: Bool) throws {
    let adobe = (marker: UInt8(0xE1), body: Self.exif("R03", bigEndian: bigEndian))
    expect(try Self.colors(ofJPEGWith: [adobe]), within: 4, "R03")
    // sRGB cameras write R98.
    let plain = try Self.colors(ofJPEGWith: [])
    #expect(try Self.colors(ofJPEGWith: [(0xE1, Self.exif("R98", bigEndian: bigEndian))]) == plain)
    // Every shorter block, whose positions then lead outside, is read as sRGB.
    for count in 6..<adobe.body.count - 6 {
      #expect(try Self.colors(ofJPEGWith: [(0xE1, Array(adobe.body[..<count]))]) == plain, "\(count) bytes")
    }
    // A profile decides, whatever the EXIF data says.
    let marker = Array("ICC_PROFILE\0".utf8) + [1, 1] + Self.profile
    let both = try Self.colors(ofJPEGWith: [adobe, (0xE2, marker)])
    #expect(try both == Self.colors(ofJPEGWith: [(0xE2, marker)]))
  }

  @Test("A color profile in a PNG, TIFF, WebP or JPEG file is converted to sRGB")
  func containers() throws {
    let image = ImageBuffer(width: 6, height: 1, format: .rgb, bytes: Self.stored)
    let profile = Self.profile
    // A zlib stream of one stored block.
    var (a, b): (Int, Int) = (1, 0)
    for byte in profile { (a, b) = ((a + Int(byte)) % 65521, (b + a + Int(byte)) % 65521) }
    let length = [UInt8(profile.count & 255), UInt8(profile.count >> 8)]
    let stream = [0x78, 0x01, 0x01] + length + length.map { ~$0 } + profile + Self.big(b << 16 | a, 4)
    let png = try image.png()
    let chunk = Samples.pngChunk("iCCP", Array("own\0\0".utf8) + stream)
    expect(try ImageCodec.decode(Array(png[..<33]) + chunk + Array(png[33...])).image, within: 1, "PNG")

    let page = PhotoFormatSamples.Page(
      width: 6, height: 1, bits: 8, samples: 3, photometric: 2, pixels: Self.stored,
      tags: [(34675, 7, profile.map(Int.init))])
    expect(try ImageCodec.decode(PhotoFormatSamples.tiff([page])).image, within: 1, "TIFF")

    func little(_ value: Int) -> [UInt8] { Self.big(value, 4).reversed() }
    let simple = try image.webp(.lossless)
    let padded = profile + (profile.count % 2 == 0 ? [] : [0])
    let body =
      Array("WEBPVP8X".utf8) + [10, 0, 0, 0, 0x20, 0, 0, 0, 5, 0, 0, 0, 0, 0] + Array("ICCP".utf8)
      + little(profile.count) + padded + Array(simple[12...])
    expect(
      try ImageCodec.decode(Array("RIFF".utf8) + little(body.count) + body).image, within: 1, "WebP")

    let marker = Array("ICC_PROFILE\0".utf8) + [1, 1] + profile
    expect(try Self.colors(ofJPEGWith: [(0xE2, marker)]), within: 4, "JPEG")
  }

  @Test("A broken color profile is ignored")
  func brokenProfiles() throws {
    let page = PhotoFormatSamples.Page(
      width: 6, height: 1, bits: 8, samples: 3, photometric: 2, pixels: Self.stored,
      tags: [(34675, 7, Self.profile.prefix(200).map(Int.init))])
    #expect(try ImageCodec.decode(PhotoFormatSamples.tiff([page])).image.bytes == Self.stored)
  }
}
