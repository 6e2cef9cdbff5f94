/// Finds the EXIF orientation in a file's bytes without decoding pixels.
///
/// If the metadata is missing or broken, the image counts as upright.
enum Exif {
  /// The orientation that the file states.
  static func orientation(of bytes: UnsafeBufferPointer<UInt8>, format: ImageFormat) -> Orientation {
    let block: Range<Int>? =
      switch format {
      case .jpeg: jpegBlock(bytes)
      case .png: pngBlock(bytes)
      case .webp: webpBlock(bytes)
      case .tiff: 0..<bytes.count
      // HEIC and AVIF files have a rotation of their own, which libheif applies.
      case .heif, .gif, .bmp, .pnm: nil
      }
    return block.flatMap { orientation(inTIFF: UnsafeBufferPointer(rebasing: bytes[$0])) } ?? .topLeft
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
    guard block.count >= 8 else { return nil }
    let bigEndian: Bool
    switch (block[0], block[1]) {
    case (0x4D, 0x4D): bigEndian = true
    case (0x49, 0x49): bigEndian = false
    default: return nil
    }
    func number(_ position: Int, bytes count: Int) -> Int? {
      guard position >= 0, position + count <= block.count else { return nil }
      return (0..<count).reduce(0) { sum, index in
        sum << 8 | Int(block[position + (bigEndian ? index : count - 1 - index)])
      }
    }
    guard number(2, bytes: 2) == 42, let directory = number(4, bytes: 4),
      let count = number(directory, bytes: 2)
    else { return nil }
    for index in 0..<count {
      let entry = directory + 2 + index * 12
      guard let tag = number(entry, bytes: 2) else { return nil }
      guard tag == 0x0112 else { continue }
      // The standard requires a SHORT. Some programs write a LONG, a BYTE or a signed number, and other
      // readers accept those.
      let lengths = [1: 1, 3: 2, 4: 4, 6: 1, 8: 2, 9: 4]
      return number(entry + 2, bytes: 2).flatMap { lengths[$0] }
        .flatMap { number(entry + 8, bytes: $0) }.flatMap(Orientation.init(rawValue:))
    }
    return nil
  }
}
