import Foundation
import Imaging
import Testing
import Vision

struct FilterTests {
  static func mask(_ rows: [String]) -> ImageBuffer {
    ImageBuffer(
      width: rows[0].count, height: rows.count, format: .gray,
      bytes: rows.flatMap { $0.map { $0 == "#" ? UInt8(255) : 0 } })
  }

  @Test("Pixels that touch at a corner belong to one component")
  func components() throws {
    let parts = try Components(
      of: Self.mask([
        "##....#",
        "##...#.",
        "....#..",
        ".......",
        "#.....#",
      ]))
    #expect(parts.parts.count == 4)
    #expect(Set(parts.parts.map(\.area)) == [4, 3, 1])
    let square = try #require(parts.parts.first { $0.area == 4 })
    #expect(square.box == Box(x: 0, y: 0, width: 2, height: 2))
    #expect(square.center == Point(x: 0.5, y: 0.5))
    #expect(parts.labels[0] == square.label && parts.labels[8] == square.label && parts.labels[3] == 0)
    for part in parts.parts { #expect(parts.labels.count { $0 == part.label } == part.area) }
    #expect(try Components(of: Self.mask(["....", "...."])).parts.isEmpty)
    #expect(try Components(of: Self.mask(["#"])).parts.count == 1)
  }

  @Test("The maximum number of components is reported")
  func manyComponents() throws {
    var image = ImageBuffer(width: 61, height: 41, format: .gray, filledWith: [0])
    for y in stride(from: 0, to: 41, by: 2) {
      for x in stride(from: 0, to: 61, by: 2) { image.bytes[y * 61 + x] = 1 }
    }
    let components = try Components(of: image)
    #expect(components.parts.count == 31 * 21)
    #expect(components.parts.allSatisfy { $0.area == 1 })
  }

  @Test("Opening removes specks and closing fills holes that are smaller than the disc")
  func morphology() throws {
    var image = ImageBuffer(width: 80, height: 80, format: .gray, filledWith: [0])
    for y in 20..<60 { for x in 20..<60 { image.bytes[y * 80 + x] = 255 } }
    image.bytes[5 * 80 + 5] = 255
    image.bytes[40 * 80 + 40] = 0
    let opened = try image.morphed(.open, radius: 2)
    let closed = try image.morphed(.close, radius: 2)
    #expect(opened.bytes[5 * 80 + 5] == 0 && opened.bytes[30 * 80 + 22] == 255)
    #expect(closed.bytes[40 * 80 + 40] == 255 && closed.bytes[5 * 80 + 5] == 255)
    #expect(try image.morphed(.dilate, radius: 3).bytes[40 * 80 + 17] == 255)
    #expect(try image.morphed(.erode, radius: 3).bytes[30 * 80 + 22] == 0)
    #expect(try image.morphed(.erode, radius: 0) == image)
    #expect(throws: VisionError.self) { try image.morphed(.open, radius: -1) }
  }

  @Test("Distances to zero are exact Euclidean distances")
  func distances() throws {
    var image = ImageBuffer(width: 30, height: 20, format: .gray, filledWith: [255])
    image.bytes[4 * 30 + 3] = 0
    let distances = try image.distanceToZero()
    for (x, y) in [(3, 4), (6, 8), (29, 19), (0, 0)] {
      let expected = Point(x: Double(x), y: Double(y)).distance(to: Point(x: 3, y: 4))
      #expect(abs(Double(distances[x, y]) - expected) < 1e-3)
    }
  }

  @Test("A Gaussian blur preserves the brightness and adds its variance")
  func blur() throws {
    var image = ImageBuffer(width: 101, height: 101, format: .gray, filledWith: [0])
    for y in 45...55 { for x in 45...55 { image.bytes[y * 101 + x] = 255 } }
    let blurred = try image.blurred(sigma: 4)
    let (before, after) = (image, blurred)
    let total = { (image: ImageBuffer) in image.bytes.reduce(0) { $0 + Double($1) } }
    #expect(abs(total(after) / total(before) - 1) < 0.02)
    let spread = { (image: ImageBuffer) in
      (0..<101 * 101).reduce(0.0) { sum, at in
        sum + Double(image.bytes[at]) * pow(Double(at % 101) - 50, 2)
      } / total(image)
    }
    #expect(abs(spread(after) - spread(before) - 16) < 1.5, "variances add up")
    #expect(throws: VisionError.self) { try image.blurred(sigma: .nan) }
    #expect(throws: VisionError.self) { try image.blurred(sigma: 0) }
  }

  @Test("Edges are found at steps of the brightness, and nowhere else")
  func edges() throws {
    var image = ImageBuffer(width: 60, height: 60, format: .gray, filledWith: [0])
    for at in 0..<3600 where at % 60 >= 30 { image.bytes[at] = 255 }
    let edges = try image.edges(low: 50, high: 150)
    #expect((1..<59).allSatisfy { edges.bytes[$0 * 60 + 29] + edges.bytes[$0 * 60 + 30] == 255 })
    #expect(edges.bytes.count { $0 != 0 } <= 120)
    let color = ImageBuffer(width: 4, height: 4, format: .rgb, filledWith: [1, 2, 3])
    #expect(throws: VisionError.self) { try color.edges(low: 1, high: 2) }
  }

  @Test("The guided filter moves the edge of a rough mask to an edge of the guide", arguments: [false, true])
  func guidedFilter(color: Bool) throws {
    // Two colors of equal luma, which only a color guide can distinguish.
    let (left, right): ([UInt8], [UInt8]) = ([200, 60, 60], [60, 132, 60])
    var guide = ImageBuffer(width: 80, height: 60, format: .rgb, filledWith: left)
    for at in 0..<80 * 60 where at % 80 >= 40 {
      guide.bytes.replaceSubrange(at * 3..<at * 3 + 3, with: right)
    }
    let rough = Plane(width: 80, height: 60, values: (0..<80 * 60).map { $0 % 80 >= 43 ? 1 : 0 })
    let refined = try rough.guided(by: color ? guide : guide.converted(to: .gray), radius: 8, epsilon: 1e-4)
    let step = refined[42, 30] - refined[37, 30]
    if color { #expect(step > 0.6) } else { #expect(step < 0.5, "a gray guide has no edge here") }
    #expect(abs(refined[5, 30]) < 0.05 && abs(refined[75, 30] - 1) < 0.05)
  }

  @Test("The guided filter with a gray guide agrees with the paper's equations")
  func guidedFilterEquations() throws {
    let (width, height, radius, epsilon) = (23, 19, 3, 0.01)
    let guide = ImageBuffer(
      width: width, height: height, format: .gray,
      bytes: (0..<width * height).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 11) })
    let input = Plane(
      width: width, height: height,
      values: (0..<width * height).map { Float(UInt8(truncatingIfNeeded: ($0 &* 40503) >> 7)) / 255 })
    let result = try input.guided(by: guide, radius: radius, epsilon: epsilon)

    let mirrored = { (at: Int, count: Int) in at < 0 ? -at : at >= count ? 2 * count - 2 - at : at }
    let mean = { (values: [Double]) -> [Double] in
      (0..<width * height).map { at in
        var sum = 0.0
        for dy in -radius...radius {
          for dx in -radius...radius {
            sum += values[mirrored(at / width + dy, height) * width + mirrored(at % width + dx, width)]
          }
        }
        return sum / Double((2 * radius + 1) * (2 * radius + 1))
      }
    }
    let I = guide.bytes.map { Double($0) / 255 }
    let p = input.values.map(Double.init)
    let (meanI, meanP) = (mean(I), mean(p))
    let (meanIP, meanII) = (mean(zip(I, p).map(*)), mean(zip(I, I).map(*)))
    var (a, b) = (I, I)
    for at in I.indices {
      a[at] = (meanIP[at] - meanI[at] * meanP[at]) / (meanII[at] - meanI[at] * meanI[at] + epsilon)
      b[at] = meanP[at] - a[at] * meanI[at]
    }
    let (meanA, meanB) = (mean(a), mean(b))
    for at in I.indices {
      #expect(abs(meanA[at] * I[at] + meanB[at] - Double(result.values[at])) < 1e-4)
    }
    let other = ImageBuffer(width: 4, height: 4, format: .gray, filledWith: [0])
    #expect(throws: VisionError.self) { try input.guided(by: other, radius: 3, epsilon: 0.1) }
    #expect(throws: VisionError.self) { try input.guided(by: guide, radius: 0, epsilon: 0.1) }
  }
}
