import Foundation
import Imaging
import Testing
import Translate

@Suite struct PasteBackTests {
  /// Waves that change by more than ten levels with a shift of half a pixel.
  private func level(_ place: Point, _ channel: Int) -> UInt8 {
    let phase = Double(channel) + sin(place.x * 0.26) + cos(place.y * 0.21)
    return UInt8((127.5 + 100 * sin(phase)).rounded())
  }

  private func picture(_ width: Int, _ height: Int, _ back: AffineMap = .identity) -> ImageBuffer {
    var bytes: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        let place = back(Point(x: Double(x), y: Double(y)))
        for channel in 0..<3 { bytes.append(level(place, channel)) }
      }
    }
    return ImageBuffer(width: width, height: height, format: .rgb, bytes: bytes)
  }

  /// A square of the image about (70, 60), rotated by 20 degrees, as a crop of 64 pixels.
  private func map(scale: Double) -> AffineMap {
    AffineMap.translation(x: -70, y: -60).then(.rotation(degrees: -20)).then(.scaling(scale))
      .then(.translation(x: 31.5, y: 31.5))
  }

  private func isInside(_ place: Point, margin: Double) -> Bool {
    let range = -0.5 + margin...63.5 - margin
    return range.contains(place.x) && range.contains(place.y)
  }

  @Test(
    "A crop is pasted back at its position",
    arguments: [0.8, 1, 1.6])
  func cropGoesBackWhere(scale: Double) throws {
    let map = map(scale: scale)
    let original = picture(140, 120)
    let crop = picture(64, 64, try #require(map.inverse))
    let mask = ImageBuffer(width: 64, height: 64, format: .gray, filledWith: [255])
    let blank = ImageBuffer(width: 140, height: 120, format: .rgb, filledWith: [9, 9, 9])
    let pasted = blank.pasting(crop, mask: mask, matrix: map)
    var (compared, farthest) = (0, 0)
    for y in 0..<120 {
      for x in 0..<140 {
        let place = map(Point(x: Double(x), y: Double(y)))
        if !isInside(place, margin: 0) { #expect(Array(pasted[x, y]) == [9, 9, 9]) }
        // The outer twentieth fades.
        guard isInside(place, margin: 5) else { continue }
        compared += 1
        for (new, old) in zip(pasted[x, y], original[x, y]) {
          farthest = max(farthest, abs(Int(new) - Int(old)))
        }
      }
    }
    #expect(compared > 500)
    #expect(farthest <= 6, "half a pixel's shift would give more than ten levels")
  }

  @Test("Pixels outside the mask stay unchanged") func whatMaskLeavesOut() {
    let original = picture(140, 120).withAlpha(
      ImageBuffer(width: 140, height: 120, format: .gray, filledWith: [77]))
    let black = ImageBuffer(width: 64, height: 64, format: .rgb, filledWith: [0, 0, 0])
    var mask = ImageBuffer(width: 64, height: 64, format: .gray, filledWith: [0])
    #expect(original.pasting(black, mask: mask, matrix: map(scale: 1)) == original)
    // The left half is foreground.
    for y in 0..<64 { for x in 0..<32 { mask.bytes[y * 64 + x] = 255 } }
    let pasted = original.pasting(black, mask: mask, matrix: map(scale: 1))
    var changed = 0
    for y in 0..<120 {
      for x in 0..<140 {
        let place = map(scale: 1)(Point(x: Double(x), y: Double(y)))
        if pasted[x, y] != original[x, y] {
          changed += 1
          #expect(isInside(place, margin: 0) && place.x < 32)
        }
        #expect(pasted[x, y].last == 77)
      }
    }
    #expect(changed > 1000)
  }

  @Test("The foreground colors of a cutout on white are recovered") func figureOnWhiteGets() {
    let color: [UInt8] = [200, 30, 90]
    var alpha = ImageBuffer(width: 256, height: 1, format: .gray, filledWith: [0])
    for x in 0..<256 { alpha.bytes[x] = UInt8(x) }
    let figure = ImageBuffer(width: 256, height: 1, format: .rgb, filledWith: color).withAlpha(alpha)
    let result = figure.composited(on: [255, 255, 255]).cutOutOfWhite(alpha: alpha)
    #expect(result.alpha == alpha)
    for x in 0..<256 where x > 0 {
      for channel in 0..<3 {
        // One level on white corresponds to 255 / alpha levels of the foreground.
        let distance = abs(Int(result[x, 0][result[x, 0].startIndex + channel]) - Int(color[channel]))
        #expect(distance <= 255 / (2 * x) + 1, "alpha \(x)")
      }
    }
    #expect(Array(result[0, 0]) == [255, 255, 255, 0])
  }
}
