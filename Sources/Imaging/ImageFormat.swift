/// The image formats that Easel reads.
public enum ImageFormat: String, Sendable, Codable, CaseIterable {
  /// JPEG, baseline and progressive.
  case jpeg
  /// PNG, 1 to 16 bits a sample; the first frame of an animation.
  case png
  /// WebP, lossy and lossless; the first frame of an animation.
  case webp
  /// HEIC and AVIF, through libheif.
  case heif
  /// GIF; the first frame of an animation.
  case gif
  /// TIFF, 1 to 16 bits a sample; the first of several pages.
  case tiff
  /// Windows bitmap, uncompressed.
  case bmp
  /// Netpbm: PBM, PGM and PPM, plain and raw.
  case pnm

  /// Recognizes the format by the first bytes; file names are ignored, because PNG files called `.jpg` are
  /// common.
  ///
  /// - Parameter bytes: The file's beginning; 32 bytes are enough.
  /// - Returns: The format whose signature the bytes begin with.
  /// - Throws: `ImagingError` with `empty-file`, `not-an-image` (with the name of a known other format), or
  ///   `unreadable` for a PNG signature that a transfer has changed.
  public static func detect(_ bytes: some Collection<UInt8>) throws(ImagingError) -> ImageFormat {
    let head = Array(bytes.prefix(32))
    guard !head.isEmpty else { throw ImagingError(.empty, reason: "no bytes") }
    if head.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return .png }
    if head.starts(with: [0xFF, 0xD8, 0xFF]) { return .jpeg }
    if head.starts(with: "RIFF"), head.dropFirst(8).starts(with: "WEBP") { return .webp }
    if head.starts(with: "GIF87a") || head.starts(with: "GIF89a") { return .gif }
    if tiffMarks.contains(where: { head.starts(with: $0) }) { return .tiff }
    if head.dropFirst(4).starts(with: "ftyp"), heifBrands.contains(Array(head.dropFirst(8).prefix(4))) {
      return .heif
    }
    if isBitmap(head) { return .bmp }
    if isNetpbm(head) { return .pnm }
    if isTruncated(head) {
      throw ImagingError(.truncated, reason: "it has only \(head.count) bytes")
    }
    if head.dropFirst().starts(with: "PNG") {
      throw ImagingError(.damaged, reason: "the PNG signature was changed, as by a transfer in text mode")
    }
    throw ImagingError(.notAnImage, reason: otherFormat(head))
  }

  /// Little and big endian, each also with 64-bit offsets.
  private static let tiffMarks: [[UInt8]] = [
    [0x49, 0x49, 0x2A, 0], [0x4D, 0x4D, 0, 0x2A], [0x49, 0x49, 0x2B, 0], [0x4D, 0x4D, 0, 0x2B],
  ]
  /// HEVC and AV1 pictures, sequences of them, and the general brands for both.
  private static let heifBrands = Set(
    ["heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "msf1", "avif", "avis"].map {
      Array($0.utf8)
    })

  /// Whether the bytes are an incomplete signature.
  private static func isTruncated(_ head: [UInt8]) -> Bool {
    let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    if head.count < 8, png.starts(with: head) { return true }
    if head.count < 3, [0xFF, 0xD8, 0xFF].starts(with: head) { return true }
    return head.count < 12 && head.count >= 4 && head.starts(with: "RIFF")
      && Array("WEBP".utf8).starts(with: head.dropFirst(8))
  }

  private static func isBitmap(_ head: [UInt8]) -> Bool {
    // Many texts begin with "BM", so the header's size must be a known one or be truncated.
    guard head.starts(with: "BM") else { return false }
    guard head.count >= 18 else { return !head.dropFirst(2).allSatisfy { (32..<127).contains($0) } }
    let size = Int(head[14]) | Int(head[15]) << 8 | Int(head[16]) << 16 | Int(head[17]) << 24
    return [12, 16, 40, 52, 56, 64, 108, 124].contains(size)
  }

  private static func isNetpbm(_ head: [UInt8]) -> Bool {
    guard head.count >= 3, head[0] == UInt8(ascii: "P") else { return false }
    return (UInt8(ascii: "1")...UInt8(ascii: "6")).contains(head[1])
      && (head[2] == UInt8(ascii: "#") || [9, 10, 11, 12, 13, 32].contains(head[2]))
  }

  private static func otherFormat(_ head: [UInt8]) -> String {
    switch true {
    case head.dropFirst(4).starts(with: "ftyp"): return "a video; name it under videos"
    case head.starts(with: [0x1A, 0x45, 0xDF, 0xA3]): return "a video; name it under videos"
    case head.starts(with: "RIFF"), head.starts(with: "OggS"): return "a sound or video file"
    case head.starts(with: [0xFF, 0x0A]), head.dropFirst(4).starts(with: "JXL "):
      return "a JPEG XL file; convert it to PNG"
    case head.starts(with: [0, 0, 0, 0x0C, 0x6A, 0x50]): return "a JPEG 2000 file; convert it to PNG"
    case head.starts(with: "8BPS"): return "a Photoshop file; convert it to PNG"
    case head.starts(with: "P7\n"): return "a PAM file; convert it to PNG"
    case head.starts(with: [0x8A, 0x4D, 0x4E, 0x47]): return "an MNG file; convert it to PNG"
    case head.starts(with: [0, 0, 1, 0]): return "an icon file; convert it to PNG"
    case head.starts(with: "<svg"), head.starts(with: "<?xml"): return "an SVG or XML file; convert it to PNG"
    case head.starts(with: "%PDF"): return "a PDF file; convert it to PNG"
    case head.starts(with: "PK\u{3}\u{4}"): return "a ZIP archive; unpack it first"
    default: return "its first bytes belong to no known format"
    }
  }
}

extension Collection where Element == UInt8 {
  /// Whether the bytes begin with the ASCII `text`.
  fileprivate func starts(with text: String) -> Bool { starts(with: text.utf8) }
}
