import Imaging
import TestSupport
import Testing

@testable import Capture

struct ScreenTests {
  static let screen = PixelSize(width: 100, height: 60)

  @Test(
    "The captured square stays on the screen",
    arguments: [
      (20, 50, 30, ScreenRect(x: 40, y: 20, width: 20, height: 20)),
      (20, 0, 0, ScreenRect(x: 0, y: 0, width: 20, height: 20)),
      (20, 99, 59, ScreenRect(x: 80, y: 40, width: 20, height: 20)),
      (21, 50, 30, ScreenRect(x: 40, y: 20, width: 21, height: 21)),
      (500, 50, 30, ScreenRect(x: 20, y: 0, width: 60, height: 60)),
    ])
  func screenEdges(side: Int, x: Int, y: Int, expected: ScreenRect) {
    #expect(ScreenRect(side: side, around: x, y, on: Self.screen) == expected)
  }

  @Test("An outline is directly around its rectangle and not in it") func outline() {
    let inside = ScreenRect(x: 10, y: 20, width: 7, height: 5)
    var cover = [[Int]](repeating: [Int](repeating: 0, count: 40), count: 40)
    for line in inside.outline(3) {
      for y in line.y..<line.y + line.height { for x in line.x..<line.x + line.width { cover[y][x] += 1 } }
    }
    for y in 0..<40 {
      for x in 0..<40 {
        let isNear = (7..<20).contains(x) && (17..<28).contains(y)
        let isIn = (10..<17).contains(x) && (20..<25).contains(y)
        #expect(cover[y][x] == (isNear && !isIn ? 1 : 0), "\(x), \(y)")
      }
    }
  }

  @Test("The guide is in the center") func guide() {
    #expect(
      ScreenRect(x: 100, y: 50, width: 200, height: 200).inner(0.7)
        == ScreenRect(x: 130, y: 80, width: 140, height: 140))
  }

  @Test("Removed lines are filled from the pixels on both sides") func removedLines() {
    // Gray that grows to the right and downwards.
    var image = ImageBuffer(width: 30, height: 30, format: .gray, filledWith: [0])
    for y in 0..<30 { for x in 0..<30 { image.bytes[y * 30 + x] = UInt8(3 * x + 4 * y) } }
    var drawn = image
    let lines =
      ScreenRect(x: 8, y: 9, width: 12, height: 10).outline(3) + [
        ScreenRect(x: -5, y: -2, width: 40, height: 3)
      ]
    for line in lines {
      for y in max(0, line.y)..<line.y + line.height {
        for x in max(0, line.x)..<min(30, line.x + line.width) { drawn.bytes[y * 30 + x] = 255 }
      }
    }
    let mended = drawn.withoutLines(lines)
    for index in image.bytes.indices {
      #expect(abs(Int(mended.bytes[index]) - Int(image.bytes[index])) <= 12, "pixel \(index)")
    }
    #expect(image.withoutLines([]).meanDifference(from: image) == 0)
    let outside = image.withoutLines([ScreenRect(x: -50, y: 90, width: 10, height: 3)])
    #expect(outside.meanDifference(from: image) == 0)
  }

  @Test(
    "Pixels of every layout are read",
    arguments: [
      (
        PixelLayout(bitsPerPixel: 32, rowAlignment: 32, isBigEndian: false, masks: [0xFF0000, 0xFF00, 0xFF]),
        [3, 2, 1, 0, 6, 5, 4, 9], [1, 2, 3, 4, 5, 6]
      ),
      (
        PixelLayout(bitsPerPixel: 32, rowAlignment: 32, isBigEndian: true, masks: [0xFF0000, 0xFF00, 0xFF]),
        [0, 1, 2, 3, 9, 4, 5, 6], [1, 2, 3, 4, 5, 6]
      ),
      (
        PixelLayout(bitsPerPixel: 24, rowAlignment: 32, isBigEndian: false, masks: [0xFF0000, 0xFF00, 0xFF]),
        [3, 2, 1, 6, 5, 4, 0, 0], [1, 2, 3, 4, 5, 6]
      ),
      (
        PixelLayout(bitsPerPixel: 16, rowAlignment: 32, isBigEndian: false, masks: [0xF800, 0x7E0, 0x1F]),
        [0x00, 0xF8, 0xFF, 0x07], [255, 0, 0, 0, 255, 255]
      ),
      (
        PixelLayout(
          bitsPerPixel: 32, rowAlignment: 32, isBigEndian: false, masks: [0x3FF0_0000, 0xFFC00, 0x3FF]),
        [0xFF, 0x03, 0x00, 0x00, 0x02, 0x02, 0x08, 0x20], [0, 0, 255, 128, 128, 128]
      ),
    ] as [(PixelLayout, [UInt8], [UInt8])])
  func pixelLayouts(layout: PixelLayout, bytes: [UInt8], expected: [UInt8]) throws {
    let image = try #require(bytes.withUnsafeBytes { layout.image($0, width: 2, height: 1) })
    #expect(image.bytes == expected)
    #expect(bytes.dropLast().withUnsafeBytes { layout.image($0, width: 2, height: 1) } == nil)
    let back = try #require(
      layout.bytes(of: image, row: 0).withUnsafeBytes { layout.image($0, width: 2, height: 1) })
    #expect(back == image)
  }
}
