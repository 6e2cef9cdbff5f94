import Imaging
import Testing

@testable import Translate

struct EvaluationTests {
  private let inputs: [[Float]] = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]]

  @Test(
    "Recognition is 1 if each translation resembles its own input most, and 0.5 if all translations are equal"
  )
  func recognition() throws {
    // Another brightness of all features, as between domains, changes nothing.
    let kept = inputs.map { $0.map { $0 * 0.5 + 7 } }
    #expect(try #require(Evaluation.recognition(inputs, kept)) == 1)
    let forgotten = inputs.map { _ in [Float](repeating: 0.3, count: 3) }
    #expect(try #require(Evaluation.recognition(inputs, forgotten)) == 0.5)
    let swapped = [kept[1], kept[0], kept[3], kept[2]]
    #expect(try #require(Evaluation.recognition(inputs, swapped)) < 0.5)
    #expect(Evaluation.recognition([[1]], [[1]]) == nil)
  }

  @Test("Structure is kept by another color and lost by a shift")
  func structure() {
    func square(x: Int, color: [UInt8]) -> ImageBuffer {
      var image = ImageBuffer(width: 64, height: 64, format: .rgb, filledWith: [255, 255, 255])
      image.paste(ImageBuffer(width: 20, height: 20, format: .rgb, filledWith: color), x: x, y: 20)
      return image
    }
    let image = square(x: 10, color: [0, 0, 0])
    #expect(EdgeCorrelation.between(image, square(x: 10, color: [200, 40, 90])) > 0.95)
    #expect(EdgeCorrelation.between(image, square(x: 36, color: [0, 0, 0])) < 0.5)
    let blank = ImageBuffer(width: 64, height: 64, format: .rgb, filledWith: [9, 9, 9])
    #expect(EdgeCorrelation.between(image, blank) == 0)
  }
}
