/// Finds the EXIF orientation and color space in a file's bytes without decoding pixels.
///
/// If the metadata is missing or broken, the image counts as upright and as sRGB.
enum Exif {
  /// The orientation that the file states.
  static func orientation(of bytes: UnsafeBufferPointer<UInt8>, format: ImageFormat) -> Orientation {
    block(bytes, format).flatMap { orientation(inTIFF: UnsafeBufferPointer(rebasing: bytes[$0])) } ?? .topLeft
  }

  /// Whether a camera states that the colors are Adobe RGB, for which it embeds no color profile: interoperability index
  /// `R03` (DCF 2.0, "optional color space").
  static func statesAdobeRGB(_ bytes: UnsafeBufferPointer<UInt8>, format: ImageFormat) -> Bool {
    guard let block = block(bytes, format),
      let tiff = TIFFDirectories(UnsafeBufferPointer(rebasing: bytes[block])),
      let details = tiff.entry(0x8769, in: tiff.first).flatMap(tiff.number),
      let operability = tiff.entry(0xA005, in: details).flatMap(tiff.number),
      let index = tiff.entry(0x0001, in: operability)
    else { return false }
    return tiff.text(index) == "R03"
  }

  private static func block(_ bytes: UnsafeBufferPointer<UInt8>, _ format: ImageFormat) -> Range<Int>? {
    switch format {
    case .jpeg: jpegBlock(bytes)
    case .png: pngBlock(bytes)
    case .webp: webpBlock(bytes)
    case .tiff: 0..<bytes.count
    // HEIC and AVIF files have a rotation of their own, which libheif applies.
    case .heif, .gif, .bmp, .pnm: nil
    }
  }

  private static let marker = Array("Exif\0\0".utf8)

  /// The TIFF block of the first APP1 segment with EXIF (JEITA CP-3451, 4.7.2).
  private static func jpegBlock(_ bytes: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
    var position = 2
    while position + 4 <= bytes.count {
      guard bytes[position] == 0xFF else { return nil }
      let code = bytes[position + 1]
      if code == 0xFF || code == 0x01 || (0xD0...0xD7).contains(code) {
        position += code == 0xFF ? 1 : 2
        continue
      }
      if code == 0xDA || code == 0xD9 { return nil }
      let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
      let (body, end) = (position + 4, position + 2 + length)
      guard length >= 2, end <= bytes.count else { return nil }
      if code == 0xE1, bytes[body..<end].starts(with: marker) { return body + marker.count..<end }
      position = end
    }
    return nil
  }

  /// The body of the eXIf chunk (PNG specification, third edition, 11.3.4.5).
  private static func pngBlock(_ bytes: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
    var position = 8
    while position + 12 <= bytes.count {
      let length = (0..<4).reduce(0) { $0 << 8 | Int(bytes[position + $1]) }
      let (body, end) = (position + 8, position + 8 + length)
      guard end + 4 <= bytes.count else { return nil }
      if bytes[position + 4..<body].elementsEqual("eXIf".utf8) { return body..<end }
      position = end + 4
    }
    return nil
  }

  /// The body of the RIFF chunk "EXIF" (WebP container specification, "Metadata").
  private static func webpBlock(_ bytes: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
    var position = 12
    while position + 8 <= bytes.count {
      let length = (0..<4).reduce(0) { $0 | Int(bytes[position + 4 + $1]) << ($1 * 8) }
      let (body, end) = (position + 8, position + 8 + length)
      guard end <= bytes.count else { return nil }
      if bytes[position..<position + 4].elementsEqual("EXIF".utf8) {
        // Some programs write JPEG's marker before the block.
        return bytes[body..<end].starts(with: marker) ? body + marker.count..<end : body..<end
      }
      position = end + length % 2
    }
    return nil
  }

  /// Tag 0x0112 of the first image file directory.
  static func orientation(inTIFF block: UnsafeBufferPointer<UInt8>) -> Orientation? {
    guard let tiff = TIFFDirectories(block) else { return nil }
    return tiff.entry(0x0112, in: tiff.first).flatMap(tiff.number).flatMap(Orientation.init(rawValue:))
  }
}
