import Dataset
import Foundation
import Imaging
import TestSupport
import Testing

@testable import Crop

/// A detector that returns the given faces.
struct KnownFaces: FaceDetector {
  let name = "known"
  let faces: [DetectedFace]
  func detect(_ image: ImageBuffer) throws -> [DetectedFace] { faces }
}

extension DetectedFace {
  /// The upright mean face with the midpoint of its eyes at the origin and its mouth `unit` pixels below,
  /// mapped by `map`.
  static func mean(unit: Double, moved map: AffineMap = .identity) -> DetectedFace {
    let scaled = AffineMap.scaling(unit).then(map)
    let points = [
      LandmarkTemplate.leftEye, LandmarkTemplate.rightEye, LandmarkTemplate.nose, LandmarkTemplate.leftMouth,
      LandmarkTemplate.rightMouth,
    ].map { scaled($0) }
    let center = scaled(Point(x: 0, y: 0.697))
    let (width, height) = (1.94 * unit * map.scale, LandmarkTemplate.height * unit * map.scale)
    let box = Box(x: center.x - width / 2, y: center.y - height / 2, width: width, height: height)
    return DetectedFace(
      detector: "known", score: 1, box: box, extent: box, landmarks: Landmarks(five: points))
  }
}

struct FramingTests {
  static let all: [CropSettings.Framing] = [
    .photo2cartoon, .danbooru, .ffhq, .arcface, .box(1.5), .margins(up: 0.5, down: 0.2, sides: 0.4), .matched,
  ]

  /// The positions of the mean face's points in a crop, in sides from its top left corner.
  private func places(_ framing: CropSettings.Framing) -> (eyes: Double, mouth: Double, apart: Double) {
    let face = DetectedFace.mean(unit: 100)
    let map = CropSquare(FramingRule(framing), around: FaceExtent(of: face, align: .eyes)).map(toSide: 1000)
    let five = [Point(x: -48.5, y: 0), Point(x: 48.5, y: 0), Point(x: 0, y: 100)].map { map($0) }
    return ((five[0].y + 0.5) / 1000, (five[2].y + 0.5) / 1000, (five[1].x - five[0].x) / 1000)
  }

  @Test("Each framing places the mean face as its published source does") func publishedFramings() {
    // ArcFace's template has its eyes at 0.461, its mouth at 0.824, but a longer face than the mean one.
    let arcface = places(.arcface)
    #expect(abs(arcface.eyes - 0.461) < 0.015 && abs(arcface.mouth - 0.824) < 0.015)
    #expect(abs(arcface.apart - 0.315) < 0.02)
    // FFHQ: half a side is the larger of 2 eye distances and 1.8 eye-mouth ways, about eyes + 0.1 of that way.
    let ffhq = places(.ffhq)
    #expect(abs(ffhq.eyes - (0.5 - 0.1 / 3.88)) < 0.001 && abs(ffhq.mouth - ffhq.eyes - 1 / 3.88) < 0.001)
    // photo2cartoon: brows at 0.8 / 2.1, chin at 1.8 / 2.1 of the height.
    let cartoon = places(.photo2cartoon)
    #expect(abs(cartoon.eyes - (0.8 + 0.1752) / 2.1) < 0.001)
    #expect(places(.margins(up: 0.8, down: 0.3, sides: 0.3)) == cartoon)
    #expect(places(.matched) == cartoon)
    // danbooru: 1.75 boxes a side, the box's middle 0.35 of it below the crop's.
    let (danbooru, box) = (places(.danbooru), places(.box(1.75)))
    #expect(abs(danbooru.eyes - box.eyes - 0.2) < 0.001 && danbooru.apart == box.apart)
  }

  @Test("Alignment removes any rotation of the face", arguments: [0.0, 33, -90, 150, 180]) func alignment(
    degrees: Double
  ) {
    let turn = AffineMap.rotation(degrees: degrees).then(.translation(x: 300, y: 200))
    let face = DetectedFace.mean(unit: 60, moved: turn)
    for align in [CropSettings.Alignment.eyes, .similarity] {
      for framing in Self.all {
        let rule = FramingRule(framing)
        let map = CropSquare(rule, around: FaceExtent(of: face, align: align)).map(toSide: 256)
        let plain = CropSquare(rule, around: FaceExtent(of: .mean(unit: 60), align: .none)).map(toSide: 256)
        for place in [Point(x: -26, y: 0), Point(x: 26, y: 0), Point(x: 10, y: 60)] {
          #expect(map(turn(place)).distance(to: plain(place)) < 1e-6, "\(framing) \(degrees)")
        }
      }
    }
  }

  @Test("The similarity fit has the least squared error") func similarityFit() throws {
    var face = DetectedFace.mean(unit: 50, moved: .rotation(degrees: 20))
    // A nose that is far off changes the fit a little. No similar rotation, scale or shift fits better.
    face.landmarks?.nose = Point(x: 30, y: 5)
    let landmarks = try #require(face.landmarks)
    let fit = try #require(LandmarkTemplate.fit(to: landmarks))
    func error(_ map: AffineMap) -> Double {
      let pairs = [
        (LandmarkTemplate.leftEye, landmarks.leftEye), (LandmarkTemplate.rightEye, landmarks.rightEye),
        (LandmarkTemplate.nose, landmarks.nose), (LandmarkTemplate.leftMouth, landmarks.leftMouth),
        (LandmarkTemplate.rightMouth, landmarks.rightMouth),
      ]
      return pairs.reduce(0) { sum, pair in
        let away = pair.1.map { map(pair.0).distance(to: $0) } ?? 0
        return sum + away * away
      }
    }
    let minimum = error(fit)
    for other in [
      AffineMap.rotation(degrees: 0.2), .rotation(degrees: -0.2), .scaling(1.005), .scaling(0.995),
      .translation(x: 0.2, y: 0), .translation(x: -0.2, y: 0), .translation(x: 0, y: 0.2),
      .translation(x: 0, y: -0.2),
    ] {
      #expect(error(fit.then(other)) > minimum)
    }
    #expect(LandmarkTemplate.fit(to: .init(leftEye: Point(x: 1, y: 1), rightEye: Point(x: 1, y: 1))) == nil)
  }

  @Test("Five, 28 and 68 points and a box alone give the same extent") func extents() throws {
    let five = FaceExtent(of: .mean(unit: 100), align: .eyes)
    var box = DetectedFace.mean(unit: 100)
    box.landmarks = nil
    let alone = FaceExtent(of: box, align: .eyes)
    #expect(abs(five.height - alone.height) < 1 && abs(five.width - alone.width) < 1)
    #expect(five.center.distance(to: alone.center) < 1 && five.eyes.distance(to: alone.eyes) < 1)
    // 68 points whose brows, chin and cheeks are the mean face's.
    var points = [Point](repeating: Point(x: 0, y: 20), count: 68)
    for index in 36..<42 { points[index] = Point(x: -48.5 + Double(index % 2), y: 0) }
    for index in 42..<48 { points[index] = Point(x: 48.5 + Double(index % 2), y: 0) }
    (points[0], points[16]) = (Point(x: -97, y: 0), Point(x: 97, y: 0))
    (points[8], points[19]) = (Point(x: 0, y: 177), Point(x: -40, y: -37.6))
    var many = DetectedFace.mean(unit: 100)
    many.points = points
    let whole = FaceExtent(of: many, align: .eyes)
    #expect(whole.center.distance(to: five.center) < 1 && abs(whole.height - five.height) < 1)
    #expect(abs(whole.width - five.width) < 1 && whole.eyes.distance(to: five.eyes) < 1)
    // 28 points: outline, brows, eyes, nose, mouth.
    var few = [Point](repeating: Point(x: 0, y: 20), count: 28)
    (few[0], few[2], few[4], few[6]) = (points[0], points[8], points[16], points[19])
    for index in 11..<17 { few[index] = Point(x: -48.5, y: 0) }
    for index in 17..<23 { few[index] = Point(x: 48.5, y: 0) }
    many.points = few
    let drawn = FaceExtent(of: many, align: .eyes)
    #expect(drawn.center.distance(to: five.center) < 1 && abs(drawn.height - five.height) < 1)
    #expect(FaceParts([Point](repeating: Point(x: 0, y: 0), count: 5)) == nil)
  }

  /// A gray field with bright spots, and the positions of their centers.
  private static func spots(_ size: PixelSize) -> (image: ImageBuffer, places: [Point]) {
    var image = ImageBuffer(width: size.width, height: size.height, format: .rgb, filledWith: [60, 60, 60])
    var places: [Point] = []
    for row in 0..<size.height / 40 {
      for column in 0..<size.width / 40 {
        let place = Point(
          x: Double(20 + 40 * column) + 0.3 * Double(row % 3), y: Double(20 + 40 * row) - 0.25)
        places.append(place)
        for y in max(0, Int(place.y) - 12)...min(size.height - 1, Int(place.y) + 12) {
          for x in max(0, Int(place.x) - 12)...min(size.width - 1, Int(place.x) + 12) {
            let away = place.distance(to: Point(x: Double(x), y: Double(y)))
            let value = UInt8(60 + 180 * exp(-away * away / 18))
            for channel in 0..<3 { image.bytes[(y * size.width + x) * 3 + channel] = value }
          }
        }
      }
    }
    return (image, places)
  }

  /// The centroid of the light around `place`; nil if a spot there is not completely in the image.
  private static func middle(_ image: ImageBuffer, near place: Point, radius: Double) -> Point? {
    let reach = Int(radius.rounded(.up))
    let (cx, cy) = (Int(place.x.rounded()), Int(place.y.rounded()))
    guard cx - reach >= 0, cy - reach >= 0, cx + reach < image.width, cy + reach < image.height else {
      return nil
    }
    var (sum, x, y) = (0.0, 0.0, 0.0)
    for row in cy - reach...cy + reach {
      for column in cx - reach...cx + reach {
        let light = max(0, Double(image.bytes[(row * image.width + column) * image.channels]) - 64)
        (sum, x, y) = (sum + light, x + light * Double(column), y + light * Double(row))
      }
    }
    return sum > 0 ? Point(x: x / sum, y: y / sum) : nil
  }

  @Test("The crop matrix is exact for every EXIF orientation", arguments: 1...8) func orientations(value: Int)
    throws
  {
    let orientation = try #require(Orientation(rawValue: value))
    let stored = PixelSize(width: 640, height: 480)
    let (picture, places) = Self.spots(orientation.upright(stored))
    // The picture is rotated by the inverse of the orientation and stored with the orientation's tag.
    let undone = try #require(
      Orientation.allCases.first { picture.upright(from: $0).upright(from: orientation) == picture })
    let jpeg = try picture.upright(from: undone).jpeg(quality: 98)
    let exif: [UInt8] =
      Array("Exif\0\0MM\0*\0\0\0\u{8}\0\u{1}".utf8) + [1, 0x12, 0, 3, 0, 0, 0, 1, 0, UInt8(value), 0, 0]
      + [0, 0, 0, 0]
    let file = Array(jpeg[..<2]) + [0xFF, 0xE1, 0, UInt8(exif.count + 2)] + exif + Array(jpeg[2...])
    let read = try ImageCodec.decode(file)
    #expect(read.orientation == orientation && read.image.size == picture.size)

    let turn = AffineMap.rotation(degrees: Double(value) * 17 - 60)
      .then(.translation(x: Double(picture.width) * 0.45, y: Double(picture.height) * 0.48))
    let detector = KnownFaces(faces: [.mean(unit: 66, moved: turn)])
    for framing in Self.all {
      for align in CropSettings.Alignment.allCases {
        for border in CropSettings.Border.allCases {
          var settings = CropSettings(domain: .a)
          (settings.framing, settings.align, settings.border) = (framing, align, border)
          let cropper = FaceCropper(
            FaceLocator(settings: settings, detector: detector, isVideoFrame: false), size: 256)
          let cut = try #require(try cropper.cut(read.image).faces.first)
          let (crop, matrix) = (try #require(cut.pixels), try #require(cut.cut?.matrix))
          var seen = 0
          for place in places {
            let expected = matrix(place)
            guard let found = Self.middle(crop, near: expected, radius: 11 * matrix.scale) else { continue }
            seen += 1
            #expect(found.distance(to: expected) < 0.5, "\(framing) \(align) \(border) \(place)")
          }
          #expect(seen >= 4)
        }
      }
    }
  }

  @Test("A crop of a face of 4000 pixels has no aliasing") func aliasing() throws {
    // Squares of two pixels, black and white: reduced by 20 they are an even gray, or a false pattern if
    // pixels are skipped.
    let side = 4400
    var stripes = ImageBuffer(width: side, height: side, format: .gray, filledWith: [0])
    for y in 0..<side {
      for x in 0..<side where (x / 2 + y / 2) % 2 == 0 { stripes.bytes[y * side + x] = 255 }
    }
    let turn = AffineMap.rotation(degrees: 11).then(.translation(x: 2200, y: 1900))
    let detector = KnownFaces(faces: [.mean(unit: 1150, moved: turn)])
    var settings = CropSettings(domain: .a)
    (settings.framing, settings.border) = (.photo2cartoon, .edge)
    let cut = try #require(
      try FaceCropper(
        FaceLocator(settings: settings, detector: detector, isVideoFrame: false), size: 256
      ).cut(stripes)
        .faces.first)
    let crop = try #require(cut.pixels)
    let inside = crop.cropped(x: 40, y: 40, width: 176, height: 176)
    #expect(inside.bytes.allSatisfy { abs(Int($0) - 127) < 26 })
  }
}
