/// The header of an uncompressed Windows bitmap (BITMAPCOREHEADER to BITMAPV5HEADER), and its decoder.
///
/// It reads 1, 4, 8, 16, 24 and 32 bits a pixel, bottom-up and top-down, with BITFIELDS masks. The fourth
/// byte of 32-bit pixels is alpha only if a mask defines it.
struct Bitmap {
  /// Columns and rows.
  let size: PixelSize
  /// Gray for a gray palette, RGBA for an alpha mask, else RGB.
  let format: ImageBuffer.Format

  private let isTopDown: Bool
  private let bits: Int
  private let start: Int
  private let palette: [(red: UInt8, green: UInt8, blue: UInt8)]
  private let masks: [UInt32]

  /// Reads the header and the palette.
  init(_ bytes: UnsafeBufferPointer<UInt8>) throws(ImagingError) {
    func number(_ position: Int, _ count: Int) throws(ImagingError) -> Int {
      guard position + count <= bytes.count else {
        throw ImagingError(.truncated, reason: "the header has only \(bytes.count) bytes")
      }
      return (0..<count).reduce(0) { $0 | Int(bytes[position + $1]) << ($1 * 8) }
    }
    let headerSize = try number(14, 4)
    let isCore = headerSize == 12
    let width = isCore ? try number(18, 2) : Int(Int32(truncatingIfNeeded: try number(18, 4)))
    let height = isCore ? try number(20, 2) : Int(Int32(truncatingIfNeeded: try number(22, 4)))
    let bits = try number(isCore ? 24 : 28, 2)
    let compression = headerSize >= 40 ? try number(30, 4) : 0
    guard width > 0, height != 0 else {
      throw ImagingError(.damaged, reason: "the header declares \(width) x \(height) pixels")
    }
    guard [0, 3, 6].contains(compression) else {
      throw ImagingError(.notAnImage, reason: "a compressed BMP file; convert it to PNG")
    }
    guard [1, 4, 8, 16, 24, 32].contains(bits), compression == 0 || bits == 16 || bits == 32 else {
      throw ImagingError(.damaged, reason: "the header declares \(bits) bits a pixel")
    }
    size = PixelSize(width: width, height: abs(height))
    isTopDown = height < 0
    self.bits = bits
    start = try number(10, 4)

    if bits <= 8 {
      let entry = isCore ? 3 : 4
      let declared = headerSize >= 40 ? try number(46, 4) : 0
      let count = declared == 0 ? 1 << bits : min(declared, 1 << bits)
      var palette: [(red: UInt8, green: UInt8, blue: UInt8)] = []
      for index in 0..<count {
        let color = try number(14 + headerSize + index * entry, 3)
        palette.append((UInt8(color >> 16), UInt8(color >> 8 & 255), UInt8(color & 255)))
      }
      self.palette = palette
      masks = []
      format = palette.allSatisfy { $0.red == $0.green && $0.green == $0.blue } ? .gray : .rgb
      return
    }
    palette = []
    var masks: [UInt32] = bits == 16 ? [0x7C00, 0x3E0, 0x1F, 0] : [0xFF0000, 0xFF00, 0xFF, 0]
    if compression != 0 {
      let hasAlpha = compression == 6 || headerSize >= 56
      for index in 0..<(hasAlpha ? 4 : 3) { masks[index] = UInt32(try number(54 + index * 4, 4)) }
    }
    self.masks = masks
    format = masks[3] == 0 ? .rgb : .rgba
  }

  /// Decodes the pixels of the file whose header this is.
  func decode(_ bytes: UnsafeBufferPointer<UInt8>) throws(ImagingError) -> ImageBuffer {
    let stride = (size.width * bits + 31) / 32 * 4
    guard start >= 14, start + stride * size.height <= bytes.count else {
      throw ImagingError(
        .truncated, reason: "it has \(bytes.count) bytes instead of \(start + stride * size.height)")
    }
    var image = ImageBuffer(
      width: size.width, height: size.height, format: format,
      filledWith: [UInt8](repeating: 0, count: format.rawValue))
    for y in 0..<size.height {
      let row = start + (isTopDown ? y : size.height - 1 - y) * stride
      let rebased = UnsafeBufferPointer(rebasing: bytes[row..<row + stride])
      let target = y * size.width * format.rawValue
      switch bits {
      case 1, 4, 8: try decodeIndices(rebased, into: &image.bytes, at: target)
      case 24:
        for x in 0..<size.width {
          for channel in 0..<3 { image.bytes[target + x * 3 + channel] = rebased[x * 3 + 2 - channel] }
        }
      default: decodeFields(rebased, into: &image.bytes, at: target)
      }
    }
    return image
  }

  private func decodeIndices(
    _ row: UnsafeBufferPointer<UInt8>, into output: inout [UInt8], at start: Int
  ) throws(ImagingError) {
    let perByte = 8 / bits
    var target = start
    for x in 0..<size.width {
      let index = Int(row[x / perByte]) >> (8 - bits - x % perByte * bits) & ((1 << bits) - 1)
      guard index < palette.count else {
        throw ImagingError(.damaged, reason: "color \(index) is not in the palette of \(palette.count)")
      }
      output[target] = palette[index].red
      if format == .rgb {
        output[target + 1] = palette[index].green
        output[target + 2] = palette[index].blue
      }
      target += format.rawValue
    }
  }

  private func decodeFields(_ row: UnsafeBufferPointer<UInt8>, into output: inout [UInt8], at start: Int) {
    let width = bits / 8
    for x in 0..<size.width {
      let pixel = (0..<width).reduce(UInt32(0)) { $0 | UInt32(row[x * width + $1]) << UInt32($1 * 8) }
      for channel in 0..<format.rawValue {
        let mask = masks[channel]
        guard mask != 0 else { continue }
        let shift = UInt32(mask.trailingZeroBitCount)
        let (value, maximum) = (UInt64((pixel & mask) >> shift), UInt64(mask >> shift))
        output[start + x * format.rawValue + channel] = UInt8((value * 255 + maximum / 2) / maximum)
      }
    }
  }
}
