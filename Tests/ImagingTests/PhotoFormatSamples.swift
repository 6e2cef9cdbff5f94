import Foundation
import Imaging

/// Files of formats that Easel only reads, built byte by byte.
enum PhotoFormatSamples {
  /// A TIFF page: its pixels, and the tags that describe them.
  struct Page {
    var width: Int
    var height: Int
    var bits: Int
    var samples: Int
    /// 0 white is 0, 1 black is 0, 2 RGB, 3 palette, 5 inks.
    var photometric: Int
    var pixels: [UInt8]
    /// More tags: number, type (3 SHORT, 4 LONG, 7 bytes), values.
    var tags: [(tag: Int, type: Int, values: [Int])] = []
  }

  /// An uncompressed little-endian TIFF file.
  static func tiff(_ pages: [Page]) -> [UInt8] {
    var bytes: [UInt8] = [0x49, 0x49, 42, 0]
    func put(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
    var link = 4
    bytes += put(0, 4)
    for page in pages {
      let data = bytes.count
      bytes += page.pixels + (page.pixels.count % 2 == 0 ? [] : [0])
      var tags: [(tag: Int, type: Int, values: [Int])] = [
        (256, 4, [page.width]), (257, 4, [page.height]),
        (258, 3, [Int](repeating: page.bits, count: page.samples)), (259, 3, [1]),
        (262, 3, [page.photometric]),
        (273, 4, [data]), (277, 3, [page.samples]), (278, 4, [page.height]), (279, 4, [page.pixels.count]),
      ]
      tags += page.tags
      tags.sort { $0.tag < $1.tag }
      var entries: [UInt8] = put(tags.count, 2)
      for (tag, type, values) in tags {
        let size = type == 7 ? 1 : type == 3 ? 2 : 4
        let raw = values.flatMap { put($0, size) }
        entries += put(tag, 2) + put(type, 2) + put(values.count, 4)
        if raw.count <= 4 {
          entries += raw + [UInt8](repeating: 0, count: 4 - raw.count)
        } else {
          entries += put(bytes.count, 4)
          bytes += raw + (raw.count % 2 == 0 ? [] : [0])
        }
      }
      bytes.replaceSubrange(link..<link + 4, with: put(bytes.count, 4))
      link = bytes.count + entries.count
      bytes += entries + put(0, 4)
    }
    return bytes
  }

  /// A GIF of 2 x 2 pixels: red, green / blue, transparent; with a second frame if wanted.
  static func gif(animated: Bool) -> [UInt8] {
    let palette: [UInt8] = [255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9]
    let control: [UInt8] = [0x21, 0xF9, 4, 1, 0, 0, 3, 0]
    // LZW with codes of 3 bits: clear, 0, 1, 2, then one of 4 bits each: 3, end.
    let frame: [UInt8] = [0x2C, 0, 0, 0, 0, 2, 0, 2, 0, 0, 2, 3, 0x44, 0x34, 0x05, 0]
    return Array("GIF89a".utf8) + [2, 0, 2, 0, 0x91, 0, 0] + palette + control + frame
      + (animated ? control + frame : []) + [0x3B]
  }

  /// A HEIC file of 64 x 48 pixels: red grows to the right, green downwards, blue is 128.
  static let heic = [UInt8](
    Data(
      base64Encoded: """
        AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAa1tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAA\
        AA5waXRtAAAAAAACAAAAEGlkYXQAAAAAAEAAMAAAADhpbG9jAQAAAERAAAIAAQAAAAAAAAHRAAEAAAAAAAACGgACAAEAAAAAAAAA\
        AQAAAAAAAAAIAAAAOGlpbmYAAAAAAAIAAAAVaW5mZQIAAAEAAQAAaHZjMQAAAAAVaW5mZQIAAAAAAgAAZ3JpZAAAAADYaXBycAAA\
        ALZpcGNvAAAAdmh2Y0MBA3AAAAAAAAAAAAAe8AD8/fj4AAAPAyAAAQAYQAEMAf//A3AAAAMAkAAAAwAAAwAeugJAIQABACpCAQED\
        cAAAAwCQAAADAAADAB6gIIEFlurkprm4EBAwIAAAAwAgAAADACEiAAEABkQBwXPAiQAAABRpc3BlAAAAAAAAAEAAAABAAAAAFGlz\
        cGUAAAAAAAAAQAAAADAAAAAQcGl4aQAAAAADCAgIAAAAGmlwbWEAAAAAAAAAAgABAoECAAICA4QAAAAaaXJlZgAAAAAAAAAOZGlt\
        ZwACAAEAAQAAAiJtZGF0AAACFigBrwY4iR2uTP1iJnM96sGCWbBxB8IqlfAZfKtQ1cO2FtXGE79UlaH1saI0vGlokL5CMEP3oH1N\
        2HGE9W7lvN6Her8GFzn7U6t/5jA9rb+uQnDG8n7khokOrWg6OtA7U69k9he6WbOhJ+Q1IXYPzKNDvPduEgi5ydNYG1oN0gxKSc7i\
        zdYQwH/IwjrVc3aWWp9IMkp++4iMVl+6nKPhQfvX45emBZPEOKNRolJ1qP67/iEMhIoaEiF1kv51fZdcDTTTWHqrCLll0aKvs3eY\
        DrwaTo7JJXFS8ND2lWHeJbkK3fAQEGVtE1lEFb+EzlsfNfluin55rvJqZQKxq/31+uGCP2YYN329jyEIm/Ot9yr+2Msa5p3FF06F\
        3n1LV+cpRFDOp9W77wtTfeogsuIwEtdmf5r3jBsoWPHk4Jq+CMVhikBO4ui0ocBtgDKPcMKP5TY0O5xR15ec60UCE/C3tli/KRDy\
        +9K1cwSzquUHkCFboPADHxhNxZyD97w2IEyTmR4cL/M17vO7aWbRa0lq0FMP1weGBHudgUXe+x6ISvk420PxX3aQLgOm5O3goz7o\
        a0fwf8+/5eIOxPPP5hJvhvgHYiBwD5Vtld/x3+NB942ZeHIUJ7HjFPh3kelTU5c+U8X/1bopL+4j32LjtE2K1+o/6GUe/5tERLSN\
        HvIXS34/sNyCuI+w1hlbunHXglwG+INXOWiceA==
        """) ?? Data())
}
