import Dataset
import Foundation
import Imaging
import Testing
import Vision

@testable import Mask

/// The assumed position of heads, and the border of images inside crops.
struct HeadTests {
  private let eyes = Landmarks(leftEye: Point(x: 40, y: 50), rightEye: Point(x: 72, y: 50))
  private let box = Box(x: 26, y: 30, width: 60, height: 60)

  @Test("A mouth and a chin are not mistaken for the corners of a mouth") func mouthAndChin() {
    var points = eyes
    (points.mouth, points.chin) = (Point(x: 56, y: 72), Point(x: 56, y: 86))
    let drawn = FaceGuide(box: box, landmarks: points).measured
    // Only the eyes are used, because chins are estimated; the box limits how small the face can be.
    #expect(abs(drawn.height - 45) < 0.01 && abs(drawn.center.y - 59.45) < 0.01)
    points = eyes
    (points.leftMouth, points.rightMouth) = (Point(x: 46, y: 80), Point(x: 66, y: 80))
    let photo = FaceGuide(box: box, landmarks: points).measured
    #expect(abs(photo.height - 30 / 0.53) < 0.01 && abs(photo.center.y - (50 + 30 * 0.35 / 0.53)) < 0.01)
    // In profile the corners of a mouth nearly meet, and one may be a little below the other.
    (points.leftMouth, points.rightMouth) = (Point(x: 46, y: 79), Point(x: 47, y: 81))
    let profile = FaceGuide(box: box, landmarks: points).measured
    #expect(abs(profile.height - photo.height) < 4)
    #expect(FaceGuide(box: box).measured == box)
    #expect(FaceGuide(box: box, landmarks: eyes).measured == box, "eyes alone do not give a height")
  }

  @Test("Anime faces are higher and smaller in their crops than faces in photos") func animeFraming() {
    let size = PixelSize(width: 256, height: 256)
    let (photo, drawn) = (FaceGuide.framed(size, shape: .photo), FaceGuide.framed(size, shape: .anime))
    #expect(abs(drawn.box.height / 256 - 0.4) < 0.005 && abs(drawn.box.center.y / 256 - 0.55) < 0.005)
    #expect(photo.box.height > drawn.box.height && photo.box.center.y > drawn.box.center.y)
  }

  @Test("Padding is replaced by edge pixels, and the mask ends at the border") func paddingIsReplaced() throws
  {
    let size = PixelSize(width: 64, height: 64)
    var crop = ImageBuffer(width: 64, height: 64, format: .rgb, filledWith: [255, 255, 255])
    // An image of 32 columns, darker to the right, with white padding on both sides.
    for y in 0..<64 {
      for x in 16..<48 {
        for channel in 0..<3 { crop.bytes[(y * 64 + x) * 3 + channel] = UInt8(200 - 4 * (x - 16)) }
      }
    }
    var subject = MaskSubject(
      crop,
      origin: .init(
        file: URL(fileURLWithPath: "/none"), kind: .photos, parts: [],
        matrix: .translation(x: 16, y: 0), size: PixelSize(width: 32, height: 64)))
    #expect(ImageBorder(subject) == nil, "without white padding nothing is replaced")
    subject.ignoresOutside = true
    let edge = try #require(ImageBorder(subject))
    let filled = edge.extrapolated(crop)
    func level(_ x: Int) -> UInt8 { filled.bytes[(20 * 64 + x) * 3] }
    #expect(level(2) == level(18) && level(60) == level(46) && level(30) == crop.bytes[(20 * 64 + 30) * 3])
    #expect(level(2) < 200)
    let trimmed = edge.trimmed(
      Plane(width: 64, height: 64, values: [Float](repeating: 1, count: size.area)))
    #expect(trimmed[15, 20] == 0 && trimmed[48, 20] == 0)
    #expect(trimmed[17, 20] == 1 && trimmed[46, 20] == 1)
    #expect((0.25...0.75).contains(trimmed[16, 20]))
  }
}
