/// The header of a Netpbm file, P1 to P6, and its decoder.
///
/// Samples with any maximum from 1 to 65,535 are scaled to 8 bits with rounding. If a file has several
/// images, the first is read.
struct Netpbm {
  /// Columns and rows.
  let size: PixelSize
  /// RGB for P3 and P6, else gray.
  let format: ImageBuffer.Format

  private let kind: UInt8
  private let maximum: Int
  private let start: Int

  /// Reads the header.
  init(_ bytes: UnsafeBufferPointer<UInt8>) throws(ImagingError) {
    guard bytes.count > 2 else { throw ImagingError(.truncated, reason: "the header is incomplete") }
    kind = bytes[1] - UInt8(ascii: "0")
    var reader = Reader(bytes: bytes, position: 2)
    let width = try reader.number("width")
    let height = try reader.number("height")
    let isBits = kind == 1 || kind == 4
    maximum = isBits ? 1 : try reader.number("maximum")
    guard width > 0, height > 0, (1...65_535).contains(maximum) else {
      throw ImagingError(
        .damaged, reason: "the header declares \(width) x \(height) pixels up to \(maximum)")
    }
    size = PixelSize(width: width, height: height)
    format = kind == 3 || kind == 6 ? .rgb : .gray
    // One white space ends the header; raw samples follow immediately.
    start = reader.position + 1
  }

  /// Decodes the pixels of the file whose header this is.
  func decode(_ bytes: UnsafeBufferPointer<UInt8>) throws(ImagingError) -> ImageBuffer {
    let count = size.area * format.rawValue
    let width = maximum > 255 ? 2 : 1
    let needed = kind == 4 ? (size.width + 7) / 8 * size.height : kind >= 5 ? count * width : count
    guard bytes.count - start >= needed else {
      throw ImagingError(
        .truncated, reason: "it has \(max(0, bytes.count - start)) bytes of pixels instead of \(needed)")
    }
    var samples: [UInt8] = []
    samples.reserveCapacity(count)
    var reader = Reader(bytes: bytes, position: start)
    for index in 0..<count {
      switch kind {
      case 1: samples.append(try reader.bit() ? 0 : 255)
      case 4:
        let (y, x) = index.quotientAndRemainder(dividingBy: size.width)
        let byte = bytes[start + y * ((size.width + 7) / 8) + x / 8]
        samples.append(byte >> UInt8(7 - x % 8) & 1 == 1 ? 0 : 255)
      case 2, 3: samples.append(try scaled(try reader.number("a sample")))
      default:
        let position = start + index * width
        let value = width == 1 ? Int(bytes[position]) : Int(bytes[position]) << 8 | Int(bytes[position + 1])
        samples.append(try scaled(value))
      }
    }
    return ImageBuffer(width: size.width, height: size.height, format: format, bytes: samples)
  }

  private func scaled(_ value: Int) throws(ImagingError) -> UInt8 {
    guard value <= maximum else {
      throw ImagingError(.damaged, reason: "a sample of \(value) where \(maximum) is the maximum")
    }
    return maximum == 255 ? UInt8(value) : UInt8((value * 255 + maximum / 2) / maximum)
  }

  /// Reads numbers between white space and comments.
  private struct Reader {
    let bytes: UnsafeBufferPointer<UInt8>
    var position: Int

    mutating func skipSpace() throws(ImagingError) {
      while position < bytes.count {
        if bytes[position] == UInt8(ascii: "#") {
          while position < bytes.count, bytes[position] != 10, bytes[position] != 13 { position += 1 }
        } else if ![9, 10, 11, 12, 13, 32].contains(bytes[position]) {
          return
        } else {
          position += 1
        }
      }
      throw ImagingError(.truncated, reason: "the numbers are incomplete")
    }

    mutating func number(_ name: String) throws(ImagingError) -> Int {
      try skipSpace()
      let first = position
      var value = 0
      while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
        value = value * 10 + Int(bytes[position] - UInt8(ascii: "0"))
        guard value < 1 << 31 else { throw ImagingError(.damaged, reason: "\(name) is too large") }
        position += 1
      }
      guard position > first else { throw ImagingError(.damaged, reason: "\(name) is not a number") }
      return value
    }

    mutating func bit() throws(ImagingError) -> Bool {
      try skipSpace()
      defer { position += 1 }
      switch bytes[position] {
      case UInt8(ascii: "0"): return false
      case UInt8(ascii: "1"): return true
      default: throw ImagingError(.damaged, reason: "a bit is neither 0 nor 1")
      }
    }
  }
}
