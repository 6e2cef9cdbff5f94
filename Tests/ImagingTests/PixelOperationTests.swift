import Imaging
import Testing

struct PixelOperationTests {
  @Test("Gray is the luma of Rec. 601") func luma() {
    let colors: [([UInt8], UInt8)] = [
      ([255, 0, 0], 76), ([0, 255, 0], 150), ([0, 0, 255], 29), ([255, 255, 255], 255), ([0, 0, 0], 0),
      ([10, 20, 30], 18), ([201, 99, 3], 119),
    ]
    for (color, gray) in colors {
      let image = ImageBuffer(width: 1, height: 1, format: .rgb, bytes: color)
      #expect(image.converted(to: .gray).bytes == [gray])
    }
  }

  @Test("Conversions add and drop channels") func conversions() {
    let gray = ImageBuffer(width: 2, height: 1, format: .gray, bytes: [1, 2])
    #expect(gray.converted(to: .rgb).bytes == [1, 1, 1, 2, 2, 2])
    #expect(gray.converted(to: .rgba).bytes == [1, 1, 1, 255, 2, 2, 2, 255])
    let rgba = ImageBuffer(width: 1, height: 1, format: .rgba, bytes: [9, 8, 7, 0])
    #expect(rgba.converted(to: .rgb).bytes == [9, 8, 7])
    #expect(rgba.converted(to: .rgb).converted(to: .rgba).bytes == [9, 8, 7, 255])
  }

  @Test("Compositing blends straight alpha") func compositing() {
    let image = ImageBuffer(
      width: 4, height: 1, format: .rgba, bytes: [200, 0, 0, 255, 9, 9, 9, 0, 100, 0, 255, 128, 0, 0, 0, 1])
    #expect(
      image.composited(on: [255, 255, 255]).bytes == [200, 0, 0, 255, 255, 255, 177, 127, 255, 254, 254, 254])
    let gray = ImageBuffer(width: 1, height: 1, format: .gray, bytes: [5])
    #expect(gray.composited(on: [255, 0, 0]).bytes == [5, 5, 5])
  }

  @Test("Alpha can be extracted and restored") func alpha() {
    let image = Samples.picture(width: 5, height: 4, format: .rgba)
    let alpha = image.alpha
    #expect(alpha?[2, 3].first == image[2, 3].last)
    #expect(alpha.map { image.converted(to: .rgb).withAlpha($0) } == image)
    #expect(image.converted(to: .rgb).alpha == nil)
  }

  @Test("A part of an image can be cropped") func part() {
    let image = Samples.picture(width: 9, height: 7, format: .rgb)
    let part = image.cropped(x: 2, y: 3, width: 4, height: 2)
    #expect(part.size == PixelSize(width: 4, height: 2))
    for y in 0..<2 { for x in 0..<4 { #expect(part[x, y].elementsEqual(image[x + 2, y + 3])) } }
  }

  @Test("Flipping mirrors the columns") func flipping() {
    let image = Samples.picture(width: 7, height: 3, format: .rgb)
    let flipped = image.upright(from: .topRight)
    for y in 0..<3 { for x in 0..<7 { #expect(flipped[x, y].elementsEqual(image[6 - x, y])) } }
    #expect(flipped.upright(from: .topRight) == image)
  }

  @Test("Pasting stays within the image") func pasting() {
    let patch = ImageBuffer(width: 2, height: 2, format: .gray, bytes: [1, 2, 3, 4])
    func pasted(_ x: Int, _ y: Int) -> [UInt8] {
      var image = ImageBuffer(width: 3, height: 2, format: .gray, filledWith: [0])
      image.paste(patch, x: x, y: y)
      return image.bytes
    }
    #expect(pasted(1, 0) == [0, 1, 2, 0, 3, 4])
    #expect(pasted(-1, -1) == [4, 0, 0, 0, 0, 0])
    #expect(pasted(2, 1) == [0, 0, 0, 0, 0, 1])
    #expect(pasted(3, 0) == [0, 0, 0, 0, 0, 0])
    #expect(pasted(-2, -5) == [0, 0, 0, 0, 0, 0])
  }

  // Levels worked out from the formula of OpenCV's COLORMAP_JET.
  @Test(
    "The color map jet equals OpenCV's",
    arguments: [
      (0, [0, 0, 128]), (32, [0, 0, 255]), (64, [0, 128, 255]), (96, [2, 255, 254]), (128, [130, 255, 126]),
      (159, [254, 255, 1]), (192, [255, 126, 0]), (255, [128, 0, 0]),
    ])
  func jet(level: Int, color: [Int]) {
    let image = ImageBuffer(width: 1, height: 1, format: .gray, bytes: [UInt8(level)])
    let mapped = ColorMap.jet(image)
    #expect(mapped.format == .rgb)
    for (sample, expected) in zip(mapped.bytes, color) { #expect(abs(Int(sample) - expected) <= 2) }
  }
}
