import Foundation
import Imaging
import Synchronization
import Testing
import Vision

@testable import Crop

/// Finds faces whose eyes are a red and a blue dot on black, if they are nearly upright and 12 to 70 pixels
/// apart.
private struct DotFinder: FaceFinder {
  let name = "dots"

  func find(in image: ImageBuffer) throws -> [DetectedFace] {
    guard let left = center(of: 0, in: image), let right = center(of: 2, in: image) else { return [] }
    let (apart, angle) = (left.distance(to: right), AffineMap.angle(from: left, to: right))
    guard abs(angle) < 20, (12...70).contains(apart) else { return [] }
    let middle = Point(x: (left.x + right.x) / 2, y: (left.y + right.y) / 2)
    let box = Box(x: middle.x - apart, y: middle.y - apart, width: 2 * apart, height: 2 * apart)
    return [
      DetectedFace(
        detector: name, score: 0.9, box: box, extent: box,
        landmarks: DetectedFace.Landmarks(leftEye: left, rightEye: right), roll: angle)
    ]
  }

  /// The centroid of a channel; nil if the channel is black.
  private func center(of channel: Int, in image: ImageBuffer) -> Point? {
    var (sum, x, y) = (0.0, 0.0, 0.0)
    for pixel in 0..<image.width * image.height {
      let value = Double(image.bytes[pixel * 3 + channel])
      sum += value
      x += value * Double(pixel % image.width)
      y += value * Double(pixel / image.width)
    }
    return sum > 300 ? Point(x: x / sum, y: y / sum) : nil
  }
}

/// Remembers the longest side of the images that `inner` searches.
private final class TileFinder: FaceFinder {
  let name = "tiles"
  let longest = Mutex(0)
  private let inner: any FaceFinder

  init(inner: any FaceFinder) { self.inner = inner }

  func find(in image: ImageBuffer) throws -> [DetectedFace] {
    longest.withLock { $0 = max($0, image.width, image.height) }
    return try inner.find(in: image)
  }
}

struct FaceSearchTests {
  static let plan = FaceSearch.Plan(
    sides: [160, 320], minVisible: 12, rotations: [[-30, 30], [-60, 60], [-90, 90], [180]], rotatedSide: 320,
    minRotatedScore: 0.8)

  static func eyes(_ left: Point, _ right: Point, width: Int, height: Int) -> ImageBuffer {
    var image = ImageBuffer(width: width, height: height, format: .rgb, filledWith: [0, 0, 0])
    for (eye, channel) in [(left, 0), (right, 2)] {
      for y in max(0, Int(eye.y) - 30)...min(height - 1, Int(eye.y) + 30) {
        for x in max(0, Int(eye.x) - 30)...min(width - 1, Int(eye.x) + 30) {
          let distance = eye.distance(to: Point(x: Double(x), y: Double(y)))
          image.bytes[(y * width + x) * 3 + channel] = UInt8((255 * exp(-distance * distance / 50)).rounded())
        }
      }
    }
    return image
  }

  @Test("A rotated face is mapped back exactly", arguments: [0, 12, -33, 55, -70, 88, -101, 170, -176])
  func rotatedFaces(degrees: Double) throws {
    let (width, height) = (401, 320)
    let angle = degrees * .pi / 180
    let middle = Point(x: 205.5, y: 150.25)
    let (dx, dy) = (40 * cos(angle), 40 * sin(angle))
    let left = Point(x: middle.x - dx, y: middle.y - dy)
    let right = Point(x: middle.x + dx, y: middle.y + dy)
    let search = FaceSearch(DotFinder(), Self.plan)
    let found = try search.detect(Self.eyes(left, right, width: width, height: height))
    try #require(found.count == 1, "\(degrees)")
    let landmarks = try #require(found[0].landmarks)
    #expect(landmarks.leftEye.distance(to: left) < 0.6, "\(landmarks.leftEye) for \(left)")
    #expect(landmarks.rightEye.distance(to: right) < 0.6)
    #expect(found[0].box.center.distance(to: middle) < 0.6)
    #expect(abs(found[0].box.width - 160) < 2)
    let roll = try #require(found[0].roll)
    #expect(abs(remainder(roll - degrees, 360)) < 1)
  }

  @Test("Large images are searched at several sizes") func severalSizes() throws {
    // The wide face is found only in a small copy, the narrow one only in a larger copy.
    for apart in [500.0, 90] {
      let (left, right) = (Point(x: 700, y: 600), Point(x: 700 + apart, y: 600))
      let found = try FaceSearch(DotFinder(), Self.plan).detect(
        Self.eyes(left, right, width: 1600, height: 1200))
      let landmarks = try #require(found.first?.landmarks, "\(apart)")
      #expect(landmarks.leftEye.distance(to: left) < 1.5 && landmarks.rightEye.distance(to: right) < 1.5)
    }
    #expect(
      try FaceSearch(DotFinder(), Self.plan).detect(
        ImageBuffer(width: 900, height: 3, format: .gray, filledWith: [0])
      ).isEmpty)
  }

  @Test(
    "A large copy is searched in tiles of limited size, and a face at their edges is found once",
    arguments: [(1000, 800), (1360, 800), (1440, 1400), (3980, 40), (1500, 2980), (3060, 1520)])
  func tiles(x: Int, y: Int) throws {
    var plan = Self.plan
    plan.minFace = 12
    let finder = TileFinder(inner: DotFinder())
    let (left, right) = (Point(x: Double(x), y: Double(y)), Point(x: Double(x + 40), y: Double(y)))
    let found = try FaceSearch(finder, plan).detect(Self.eyes(left, right, width: 4060, height: 3040))
    #expect(found.count == 1)
    let landmarks = try #require(found.first?.landmarks)
    #expect(landmarks.leftEye.distance(to: left) < 0.6 && landmarks.rightEye.distance(to: right) < 0.6)
    #expect(finder.longest.withLock { $0 } == 1536)
  }

  @Test("The largest searched copy is just large enough for the smallest wanted face") func searchSizes() {
    var plan = Self.plan
    let sizes = { plan.sizes(of: PixelSize(width: $0, height: $0 / 2)).map(\.width) }
    #expect(sizes(100) == [100])
    #expect(sizes(160) == [160])
    #expect(sizes(200) == [160, 200])
    #expect(sizes(2000) == [160, 320])
    #expect(sizes(5000) == [160, 320, 938], "a face of 64 pixels has 12 in this copy")
    #expect(sizes(200_000).last == 4096)
    plan.minFace = 8
    #expect(sizes(2000) == [160, 320, 2000])
    #expect(sizes(300) == [160, 300])
  }

  @Test("A small face needs a higher score than a large one, if the plan says so")
  func smallFaces() throws {
    var plan = Self.plan
    plan.rotations = []
    // The same eyes, 40 pixels apart: a face of 80 pixels.
    let (left, right) = (Point(x: 100, y: 100), Point(x: 140, y: 100))
    let (near, far) = (
      Self.eyes(left, right, width: 200, height: 200), Self.eyes(left, right, width: 640, height: 200)
    )
    for (score, count) in [(0.95, 0), (0.9, 1)] {
      plan.smallFaces = (share: 0.25, minScore: score)
      let search = FaceSearch(DotFinder(), plan)
      #expect(try search.detect(near).count == 1, "80 of 200 pixels is not small")
      #expect(try search.detect(far).count == count)
    }
  }

  @Test("Of overlapping faces the one with the highest score remains") func overlaps() {
    func face(_ x: Double, _ side: Double, _ score: Double) -> DetectedFace {
      let box = Box(x: x, y: 0, width: side, height: side)
      return DetectedFace(detector: "t", score: score, box: box, extent: box)
    }
    let faces = [
      face(0, 100, 0.6), face(10, 100, 0.9), face(300, 50, 0.7), face(310, 20, 0.95), face(90, 100, 0.5),
    ]
    let kept = withoutOverlaps(faces)
    #expect(kept.map(\.score) == [0.95, 0.9, 0.5])
    #expect(withoutOverlaps(faces.reversed()) == kept, "the order of the input does not matter")
    #expect(withoutOverlaps([]).isEmpty)
  }
}
