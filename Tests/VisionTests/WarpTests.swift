import Foundation
import Imaging
import Testing
import Vision

struct WarpTests {
  /// A gray image with Gaussian dots of standard deviation `sigma` at the given positions.
  static func dots(_ places: [Point], sigma: Double, width: Int, height: Int) -> ImageBuffer {
    var bytes = [UInt8](repeating: 0, count: width * height)
    // Each dot is the product of a horizontal and a vertical Gaussian.
    func bell(_ center: Double, _ count: Int) -> [Double] {
      (0..<count).map { exp(-pow(Double($0) - center, 2) / (2 * sigma * sigma)) }
    }
    for place in places {
      let (across, down) = (bell(place.x, width), bell(place.y, height))
      for y in 0..<height where down[y] > 1e-3 {
        for x in 0..<width where across[x] > 1e-3 {
          bytes[y * width + x] = max(bytes[y * width + x], UInt8((255 * across[x] * down[y]).rounded()))
        }
      }
    }
    return ImageBuffer(width: width, height: height, format: .gray, bytes: bytes)
  }

  /// The centroid of the brightness within `radius` of `place`.
  static func centroid(of image: ImageBuffer, near place: Point, radius: Double) -> Point? {
    var (sum, x, y) = (0.0, 0.0, 0.0)
    let (rows, columns) = (
      Int(place.y - radius)...Int(place.y + radius), Int(place.x - radius)...Int(place.x + radius)
    )
    for row in rows.clamped(to: 0...image.height - 1) {
      for column in columns.clamped(to: 0...image.width - 1) {
        let point = Point(x: Double(column), y: Double(row))
        guard point.distance(to: place) <= radius else { continue }
        let value = Double(image.bytes[row * image.width + column])
        (sum, x, y) = (sum + value, x + value * point.x, y + value * point.y)
      }
    }
    return sum > 0 ? Point(x: x / sum, y: y / sum) : nil
  }

  @Test(
    "A dot is mapped exactly to the position given by the matrix",
    arguments: [0.07, 0.12, 0.31, 0.5, 0.77, 1, 1.9, 3.3], [-117.0, -30, 0, 45, 90])
  func exactPositions(scale: Double, degrees: Double) throws {
    let places = [Point(x: 150.25, y: 120), Point(x: 410, y: 133.5), Point(x: 260.5, y: 330)]
    // A dot that is much smaller than a target pixel has no measurable position.
    let sigma = max(2.5, 0.7 / scale)
    let source = Self.dots(places, sigma: sigma, width: 520, height: 420)
    let side = max(48, Int(520 * scale))
    let middle = Point(x: 273.6, y: 194.5)
    let map = AffineMap.translation(x: -middle.x, y: -middle.y)
      .then(.scaling(scale)).then(.rotation(degrees: degrees))
      .then(.translation(x: Double(side) / 2 + 0.3, y: Double(side) / 2 - 0.4))
    let target = try source.warped(by: map, to: PixelSize(width: side, height: side), interpolation: .linear)
    for place in places {
      let expected = map(place)
      let margin = 3.5 * sigma * scale + 1.5
      guard expected.x > margin, expected.y > margin, expected.x < Double(side) - margin,
        expected.y < Double(side) - margin
      else { continue }
      let found = try #require(Self.centroid(of: target, near: expected, radius: margin))
      #expect(found.distance(to: expected) < 0.08, "\(place) at \(scale), \(degrees)")
    }
  }

  @Test("The identity map keeps every byte") func identity() throws {
    let bytes = (0..<(31 * 17 * 3)).map { UInt8(truncatingIfNeeded: $0 &* 7919) }
    let image = ImageBuffer(width: 31, height: 17, format: .rgb, bytes: bytes)
    #expect(try image.warped(by: .identity, to: image.size) == image)
    #expect(try image.warped(by: .identity, to: image.size, border: .reflect, interpolation: .cubic) == image)
  }

  @Test("A reduced checkerboard is gray without a moiré pattern", arguments: [0.45, 0.23, 0.11, 0.04, 0.012])
  func reducing(scale: Double) throws {
    let side = 1200
    var bytes = [UInt8](repeating: 0, count: side * side)
    for y in 0..<side { for x in 0..<side where (x + y) % 2 == 0 { bytes[y * side + x] = 255 } }
    let board = ImageBuffer(width: side, height: side, format: .gray, bytes: bytes)
    let size = Int(1200 * scale) - 2
    let map = AffineMap.scaling(scale).then(.rotation(degrees: 20))
      .then(.translation(x: Double(size) / 3, y: -Double(size) / 6))
    let small = try board.warped(by: map, to: PixelSize(width: size, height: size), border: .constant([128]))
    let worst = small.bytes.map { abs(Int($0) - 128) }.max() ?? 255
    #expect(worst <= 28, "largest difference from gray: \(worst)")
  }

  @Test("Reducing by a whole number gives the means of the blocks") func blockMeans() throws {
    let bytes = (0..<(64 * 64)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 64) }
    let image = ImageBuffer(width: 64, height: 64, format: .gray, bytes: bytes)
    // Block k covers source pixels 4k to 4k + 3, whose center is 4k + 1.5.
    let map = AffineMap(0.25, 0, -0.375, 0, 0.25, -0.375)
    let warped = try image.warped(by: map, to: PixelSize(width: 16, height: 16))
    let area = try image.openCVResized(to: PixelSize(width: 16, height: 16), by: .area)
    #expect(zip(warped.bytes, area.bytes).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
  }

  @Test("The border has the requested color, edge pixels or mirrored pixels") func borders() throws {
    let image = ImageBuffer(width: 8, height: 8, format: .rgb, filledWith: [10, 200, 30])
    let map = AffineMap.translation(x: 20, y: 20)
    let size = PixelSize(width: 48, height: 48)
    let white = try image.warped(by: map, to: size, border: .constant([255, 255, 254]))
    #expect(Array(white[0, 0]) == [255, 255, 254])
    #expect(Array(white[24, 24]) == [10, 200, 30])
    #expect(Array(try image.warped(by: map, to: size, border: .edge)[0, 47]) == [10, 200, 30])
    #expect(Array(try image.warped(by: map, to: size, border: .reflect)[47, 0]) == [10, 200, 30])
    #expect(throws: VisionError.self) { try image.warped(by: map, to: size, border: .constant([0])) }
  }

  @Test("The colors of transparent pixels do not bleed into the image") func transparentPixels() throws {
    var image = ImageBuffer(width: 40, height: 40, format: .rgba, filledWith: [0, 255, 0, 0])
    for pixel in 0..<1600 where pixel % 40 < 20 {
      image.bytes.replaceSubrange((pixel * 4)..<(pixel * 4 + 4), with: [200, 100, 50, 255])
    }
    let small = try image.warped(by: .scaling(0.37), to: PixelSize(width: 14, height: 14))
    let resized = try image.openCVResized(to: PixelSize(width: 13, height: 13), by: .area)
    for result in [small, resized] {
      var halves = 0
      for y in 1..<12 {
        for x in 0..<13 {
          let pixel = Array(result[x, y])
          if pixel[3] > 20 {
            #expect(abs(Int(pixel[0]) - 200) <= 2 && abs(Int(pixel[1]) - 100) <= 2, "\(pixel)")
          }
          if pixel[3] > 20 && pixel[3] < 235 { halves += 1 }
        }
      }
      #expect(halves > 0, "the edge is soft")
    }
  }

  @Test("Invalid sizes and maps are rejected") func invalidTargets() throws {
    let image = ImageBuffer(width: 8, height: 8, format: .gray, filledWith: [9])
    let sizes = [(0, 5), (5, -1), (Int.max, 2), (1 << 20, 1 << 20)]
    for (width, height) in sizes {
      let size = PixelSize(width: width, height: height)
      #expect(throws: VisionError.self) { try image.warped(by: .identity, to: size) }
      #expect(throws: VisionError.self) { try image.openCVResized(to: size, by: .linear) }
    }
    let size = PixelSize(width: 4, height: 4)
    let maps = [
      AffineMap(0, 0, 0, 0, 0, 0), AffineMap(1, 1, 0, 1, 1, 0), AffineMap(.nan, 0, 0, 0, 1, 0),
      AffineMap(1, 0, .infinity, 0, 1, 0),
    ]
    for map in maps { #expect(throws: VisionError.self) { try image.warped(by: map, to: size) } }
    let far = try image.warped(by: .translation(x: 1e9, y: -1e9), to: size, border: .constant([77]))
    #expect(far.bytes.allSatisfy { $0 == 77 })
    #expect(throws: VisionError.self) {
      try image.warped(by: .translation(x: 1e9, y: 0), to: size, border: .edge)
    }
    #expect(throws: VisionError.self) { try image.warped(by: .scaling(1e-6), to: size) }
    for scale in [0.0005, 0.01] {
      let tiny = try image.warped(by: .scaling(scale), to: size, border: .constant([77]))
      #expect(tiny.bytes.dropFirst().allSatisfy { $0 == 77 }, "all but the corner is border at \(scale)")
    }
  }

  @Test("Very wide images can be warped and resized") func wideImages() throws {
    var wide = ImageBuffer(width: 70_000, height: 3, format: .gray, filledWith: [0])
    wide.bytes[70_000 + 65_000] = 255
    let part = try wide.warped(by: .translation(x: -64_990, y: 0), to: PixelSize(width: 20, height: 3))
    #expect(part.bytes[20 + 10] == 255)
    let small = try wide.openCVResized(to: PixelSize(width: 700, height: 1), by: .area)
    #expect(small.width == 700)
  }
}
