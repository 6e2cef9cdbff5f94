import Foundation
import Imaging

/// Small files that Easel's encoders cannot create.
enum Samples {
  /// 8 x 8 JPEG with Adobe's inverted inks: cyan above, white below but for a half black red at the right.
  static let cmykJPEG = bytes(
    """
    /9j/7gAOQWRvYmUAZAAAAAAA/9sAQwABAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB\
    AQEBAQEBAQEBAQEBAQEB/8AAFAgACAAIBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//E\
    ALUQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2\
    Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrC\
    w8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4EQwBNAFkASwAAPwCP/iBj/wCsov8A5pN/+VxX79f8\
    Fzv+C53/AA5c/wCGXf8AjF3/AIaT/wCGk/8Ahdv/ADW3/hTv/CF/8Kd/4VH/ANUj+Kf/AAkf/CR/8LT/AOoF/ZH9hf8AMU/t\
    T/iXfv1/wXO/4Lnf8OXP+GXf+MXf+Gk/+Gk/+F2/81t/4U7/AMIX/wAKd/4VH/1SP4p/8JH/AMJH/wALT/6gX9kf2F/zFP7U\
    /wCJd/Xx+3R+3R/wxb/wq7/i13/Cyv8AhZX/AAm//M7/APCHf2L/AMId/wAIj/1KPir+0f7R/wCEq/6cPsf2D/l6+1f6P//Z
    """)

  /// 32 x 24 progressive JPEG.
  static let progressiveJPEG = bytes(
    """
    /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVtVkVGZIhl\
    bXd7gYKBTmCNl4x9lnN+gXz/2wBDARUXFx4aHjshITt8U0ZTfHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8\
    fHx8fHx8fHx8fHx8fHz/wgARCAAYACADASIAAhEBAxEB/8QAFwABAQEBAAAAAAAAAAAAAAAAAAIBA//EABYBAQEBAAAAAAAA\
    AAAAAAAAAAEAAv/aAAwDAQACEAMQAAAB59CCamKE3DL/AP/EABsQAAICAwEAAAAAAAAAAAAAAAECABADESFB/9oACAEBAAEF\
    AlxqFBm9wExusew15f8A/8QAFBEBAAAAAAAAAAAAAAAAAAAAIP/aAAgBAwEBPwEf/8QAFREBAQAAAAAAAAAAAAAAAAAAESD/\
    2gAIAQIBAT8BWP/EACUQAAECBAQHAAAAAAAAAAAAAAEAEQIQITEiMkFRcXKBkbHR8P/aAAgBAQAGPwJ4rLDCANyrk8Ayo/cl\
    VywJz0C3+0kH5ivPqf8A/8QAIRABAAIBAwQDAAAAAAAAAAAAAQARMSFBUWGBkdGx8PH/2gAIAQEAAT8huXUWFiIiwNnAm4pI\
    KK+JvMAi9sOWUdV6Lx2RtKduftEvU9h2iXnVXDdi9RG3k08cE6H56+Z//9oADAMBAAIAAwAAABCEz17/xAAYEQEBAQEBAAAA\
    AAAAAAAAAAABABExkf/aAAgBAwEBPxAAuw6bc8v/xAAYEQADAQEAAAAAAAAAAAAAAAAAARGh8P/aAAgBAgEBPxBsHIRC7T//\
    xAAhEAEBAAIBBAIDAAAAAAAAAAABESExAEFRcZFhoYGx8P/aAAgBAQABPxCChQqW/jiJu8uJ9TgOBGRBO6xnviobQC3wkPvl\
    YYoTJUvnOOGp5tZ/Iz1/RiR1oUvbqefd3xLVyyIY9FN3fbnkSVIlNjB7vs5khCk0dsfAedfHBNkZUiG66Pfr7UMaHMXBRiHw\
    1Ksa5//Z
    """)

  /// 6 x 4 lossless WebP animation of two frames, red and blue.
  static let animatedWebP = bytes(
    """
    UklGRoQAAABXRUJQVlA4WAoAAAACAAAABQAAAwAAQU5JTQYAAAAAAAAAAABBTk1GKAAAAAAAAAAAAAUAAAMAAGQAAAJWUDhM\
    DwAAAC8FwAAABxD9j/4HIqL/AQBBTk1GKAAAAAAAAAAAAAUAAAMAAGQAAABWUDhMDwAAAC8FwAAABxDR//4HIqL/AQA=
    """)

  private static func bytes(_ base64: String) -> [UInt8] {
    Data(base64Encoded: base64).map { [UInt8]($0) } ?? []
  }

  /// A picture with structure in every direction, by a formula that other programs can repeat.
  static func picture(width: Int, height: Int, format: ImageBuffer.Format) -> ImageBuffer {
    var samples: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        for channel in 0..<format.rawValue {
          let sum = x * 7 + y * 13 + channel * 29
          samples.append(UInt8((sum + x * y * 3) % 251))
        }
      }
    }
    return ImageBuffer(width: width, height: height, format: format, bytes: samples)
  }

  /// A smooth picture for lossy codecs.
  static func gradient(width: Int, height: Int) -> ImageBuffer {
    var image = ImageBuffer(width: width, height: height, format: .rgb, filledWith: [0, 0, 0])
    for y in 0..<height {
      for x in 0..<width {
        let pixel = (y * width + x) * 3
        image.bytes[pixel] = UInt8(x * 255 / max(1, width - 1))
        image.bytes[pixel + 1] = UInt8(y * 255 / max(1, height - 1))
        image.bytes[pixel + 2] = 100
      }
    }
    return image
  }

  /// A TIFF block with an orientation only.
  static func exif(_ orientation: Int, bigEndian: Bool = false) -> [UInt8] {
    let value = UInt8(orientation)
    return bigEndian
      ? [0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, value, 0, 0, 0, 0, 0, 0]
      : [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, value, 0, 0, 0, 0, 0, 0, 0]
  }

  /// A PNG chunk with its checksum.
  static func pngChunk(_ name: String, _ body: [UInt8]) -> [UInt8] {
    let covered = Array(name.utf8) + body
    var sum: UInt32 = 0xFFFF_FFFF
    for byte in covered {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
    }
    return bigEndian(UInt32(body.count)) + covered + bigEndian(~sum)
  }

  /// A PNG signature and header for an image of this size, without data.
  static func pngHeader(width: UInt32, height: UInt32) -> [UInt8] {
    [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
      + pngChunk("IHDR", bigEndian(width) + bigEndian(height) + [8, 2, 0, 0, 0])
  }

  private static func bigEndian(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  /// The 64-bit FNV-1a digest in hexadecimal.
  static func digest(_ bytes: [UInt8]) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    let text = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - text.count) + text
  }

  /// The code of the error that `body` throws; nil if it throws none.
  static func errorCode(_ body: () throws(ImagingError) -> some Any) -> ImagingError.Code? {
    do throws(ImagingError) { _ = try body() } catch { return error.code }
    return nil
  }
}
