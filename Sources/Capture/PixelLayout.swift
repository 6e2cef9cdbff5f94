import Imaging

/// The layout of a screen's pixels in memory.
struct PixelLayout: Equatable {
  /// Bits from one pixel to the next: 8, 16, 24 or 32.
  var bitsPerPixel: Int
  /// Rows begin at multiples of this number of bits.
  var rowAlignment: Int
  /// Whether a pixel's first byte is its highest.
  var isBigEndian: Bool
  /// The bits of red, green and blue in a pixel's number.
  var masks: [UInt32]

  /// Bytes from one row to the next.
  func rowBytes(width: Int) -> Int {
    (width * bitsPerPixel + rowAlignment - 1) / rowAlignment * (rowAlignment / 8)
  }

  /// Reads `width` times `height` pixels; nil if there are fewer.
  func image(_ bytes: UnsafeRawBufferPointer, width: Int, height: Int) -> ImageBuffer? {
    let (row, pixel) = (rowBytes(width: width), bitsPerPixel / 8)
    guard width > 0, height > 0, bytes.count >= row * height else { return nil }
    let channels = masks.map { (mask: $0, shift: UInt32($0.trailingZeroBitCount), levels: levels(of: $0)) }
    let samples = [UInt8](unsafeUninitializedCapacity: width * height * 3) { out, count in
      for y in 0..<height {
        for x in 0..<width {
          let start = y * row + x * pixel
          var value: UInt32 = 0
          for byte in 0..<pixel {
            value = value << 8 | UInt32(bytes[start + (isBigEndian ? byte : pixel - 1 - byte)])
          }
          for channel in channels {
            out[count] = channel.levels[Int((value & channel.mask) >> channel.shift)]
            count += 1
          }
        }
      }
    }
    return ImageBuffer(width: width, height: height, format: .rgb, bytes: samples)
  }

  /// The value of a pixel of this color; unused bits are set, so that the pixel is opaque.
  func pixel(_ color: [UInt8]) -> UInt32 {
    var value = ~masks.reduce(0, |)
    for (mask, level) in zip(masks, color) {
      let shift = UInt32(mask.trailingZeroBitCount)
      value |= ((UInt32(level) * (mask >> shift) + 127) / 255) << shift
    }
    return bitsPerPixel < 32 ? value & (1 << UInt32(bitsPerPixel) - 1) : value
  }

  /// The 8-bit level of each value of a channel.
  private func levels(of mask: UInt32) -> [UInt8] {
    let top = Int(mask >> UInt32(mask.trailingZeroBitCount))
    return (0...top).map { UInt8(($0 * 255 + top / 2) / top) }
  }
}
