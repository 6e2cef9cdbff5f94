import Foundation
import Imaging
import TestSupport
import Testing
import Vision

struct GrabCutTests {
  /// A sprite's head and shoulders on a photo, with the true mask.
  static func composite() throws -> (image: ImageBuffer, truth: [Bool]) {
    let sprite = try Samples.image("renpy-sprites/the_question/sylvie green normal.png")
    let background = try Samples.image("renpy-sprites/the_question/bg meadow.jpg")
    let size = PixelSize(width: 256, height: 256)
    let scale = 0.42
    let left = 256 - Double(sprite.width) * scale
    let front = try sprite.warped(by: AffineMap(scale, 0, left / 2, 0, scale, 24), to: size)
    var image = try background.converted(to: .rgb).openCVResized(to: size, by: .area)
    for pixel in 0..<size.area {
      let alpha = Double(front.bytes[pixel * 4 + 3]) / 255
      for channel in 0..<3 {
        let (f, b) = (Double(front.bytes[pixel * 4 + channel]), Double(image.bytes[pixel * 3 + channel]))
        image.bytes[pixel * 3 + channel] = UInt8((alpha * f + (1 - alpha) * b).rounded())
      }
    }
    return (image, (0..<size.area).map { front.bytes[$0 * 4 + 3] >= 128 })
  }

  static func intersectionOverUnion(_ classes: [UInt8], _ truth: [Bool]) -> Double {
    var (both, either) = (0.0, 0.0)
    for (value, inside) in zip(classes, truth) {
      let found = value == 1 || value == 3
      both += found && inside ? 1 : 0
      either += found || inside ? 1 : 0
    }
    return both / either
  }

  /// The upright box around what is true.
  static func box(around truth: [Bool], width: Int) -> Box {
    let columns = truth.indices.filter { truth[$0] }.map { $0 % width }
    let rows = truth.indices.filter { truth[$0] }.map { $0 / width }
    let (x, y) = (columns.min() ?? 0, rows.min() ?? 0)
    return Box(
      x: Double(x), y: Double(y), width: Double((columns.max() ?? 0) + 1 - x),
      height: Double((rows.max() ?? 0) + 1 - y))
  }

  @Test(.enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"))
  func cutsASpriteOutOfAMeadow() throws {
    let (image, truth) = try Self.composite()
    // What a rough idea of a portrait gives: sure in the middle of the truth, sure far away from it.
    let mask = ImageBuffer(width: 256, height: 256, format: .gray, bytes: truth.map { $0 ? 255 : 0 })
    let (core, reach) = (try mask.morphed(.erode, radius: 12), try mask.morphed(.dilate, radius: 14))
    var classes = (0..<truth.count).map { at -> UInt8 in
      core.bytes[at] != 0 ? 1 : reach.bytes[at] == 0 ? 0 : 2
    }
    #expect(Self.intersectionOverUnion(classes, truth) < 0.8, "the start is not the answer")
    try grabCut(image, classes: &classes)
    let found = Self.intersectionOverUnion(classes, truth)
    #expect(found > 0.9, "\(found)")

    var fromBox = [UInt8](repeating: 0, count: truth.count)
    try grabCut(image, classes: &fromBox, box: Self.box(around: truth, width: 256))
    let boxed = Self.intersectionOverUnion(fromBox, truth)
    #expect(boxed > 0.8, "\(boxed)")
  }

  @Test(.enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"))
  func givesTheSameMaskOnEveryThread() async throws {
    let (image, truth) = try Self.composite()
    let box = Self.box(around: truth, width: 256)
    let masks = try await withThrowingTaskGroup(of: [UInt8].self) { group in
      for _ in 0..<4 {
        group.addTask {
          var classes = [UInt8](repeating: 0, count: 256 * 256)
          for _ in 0..<2 { try grabCut(image, classes: &classes, box: box, iterations: 2) }
          return classes
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(Set(masks).count == 1)
  }

  @Test func refusesWhatHasNoAnswer() throws {
    let image = ImageBuffer(width: 16, height: 16, format: .rgb, filledWith: [1, 2, 3])
    var classes = [UInt8](repeating: 0, count: 256)
    #expect(throws: VisionError.self, "all background") { try grabCut(image, classes: &classes) }
    classes = [UInt8](repeating: 9, count: 256)
    #expect(throws: VisionError.self, "no classes") { try grabCut(image, classes: &classes) }
    classes = [0]
    #expect(throws: VisionError.self, "too few") { try grabCut(image, classes: &classes) }
    classes = [UInt8](repeating: 0, count: 256)
    let boxes = [
      Box(x: -5, y: -5, width: 99, height: 99), Box(x: 20, y: 20, width: 5, height: 5),
      Box(x: .nan, y: 0, width: .nan, height: 3), Box(x: 3, y: 3, width: -2, height: 4),
    ]
    for box in boxes {
      #expect(throws: VisionError.self, "\(box)") { try grabCut(image, classes: &classes, box: box) }
    }
    let flat = ImageBuffer(width: 16, height: 16, format: .gray, filledWith: [1])
    #expect(throws: VisionError.self) { try grabCut(flat, classes: &classes) }
  }
}
