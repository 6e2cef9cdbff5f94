import Dataset
import Foundation
import Imaging
import Testing

@testable import Crop

struct FramingFitTests {
  /// A mean face with `room` pixels of picture on each side of its extent.
  private func face(room: Double, height: Double = 100) -> SurveyedFace {
    let face = DetectedFace.mean(
      unit: height / LandmarkTemplate.height, moved: .translation(x: 500, y: 500))
    let extent = FaceExtent(of: face, align: .eyes)
    let box = extent.box
    return SurveyedFace(
      extent: extent, roll: 0,
      region: Box(
        x: box.x - room, y: box.y - room, width: box.width + 2 * room, height: box.height + 2 * room))
  }

  @Test("Faces with enough space around them keep photo2cartoon's margins")
  func wideFraming() throws {
    let faces = (0..<20).map { _ in face(room: 200) }
    let fit = try #require(FramingFit.solve([.a: faces, .b: faces], limit: 0.1))
    #expect(fit.margins == 1)
    #expect(fit.costs.allSatisfy { $0.beyond == 0 })
  }

  @Test("The fitted framing is the widest one within the limit for both domains")
  func widestFraming() throws {
    // Domain B has more room, so A decides.
    let a = (0..<40).map { face(room: Double($0)) }
    let b = (0..<40).map { _ in face(room: 300) }
    let fit = try #require(FramingFit.solve([.a: a, .b: b], limit: 0.1))
    #expect(fit.margins > 0 && fit.margins < 1)
    let rule = FramingRule(.photo2cartoon)
    func beyond(_ margins: Double) -> Int {
      a.count { $0.outside(rule.with(margins: margins)) > FittedFraming.maxOutside }
    }
    #expect(beyond(fit.margins) <= 4)
    #expect(beyond(fit.margins + 0.02) > 4)
    let cost = try #require(fit.costs.first { $0.framing == "fit" && $0.domain == .a })
    #expect(cost.faces == 40 && cost.beyond == Double(beyond(fit.margins)) / 40)
    let plain = try #require(fit.costs.first { $0.framing == "photo2cartoon" && $0.domain == .a })
    #expect(plain.beyond > cost.beyond)
    #expect(try #require(FramingFit.solve([.a: a.shuffled(), .b: b], limit: 0.1)) == fit)
  }

  @Test("The fitted framing is never narrower than brows to chin; without faces there is none")
  func narrowestFraming() throws {
    let cut = (0..<10).map { _ in face(room: -20) }
    #expect(try #require(FramingFit.solve([.a: cut], limit: 0.1)).margins == 0)
    #expect(FramingFit.solve([.a: [], .b: []], limit: 0.1) == nil)
  }

  @Test("Faces that do not fit get no crop with a white border, but get one with other borders")
  func facesThatDoNotFit() throws {
    let picture = ImageBuffer(width: 200, height: 200, format: .rgb, filledWith: [90, 90, 90])
    let known = DetectedFace.mean(unit: 40, moved: .translation(x: 30, y: 100))
    let detection = DetectionResult(detector: "known", size: picture.size, faces: [known])
    var settings = CropSettings(domain: .a)
    settings.minFace = 20
    let rule = FramingRule(.photo2cartoon)
    let strict = FaceSelection(settings: settings, rule: rule, maxOutside: 0.05)
    let rejected = try #require(strict.locate(detection).faces.first)
    #expect(rejected.reason == .outsidePicture && rejected.square == nil)
    let free = try #require(FaceSelection(settings: settings, rule: rule).locate(detection).faces.first)
    #expect(free.reason == nil && free.square != nil)
  }

  @Test("A face whose eyes, nose or mouth are outside the picture gets no crop, whatever the framing")
  func cutFaces() throws {
    var settings = CropSettings(domain: .a)
    settings.minFace = 20
    // The center of a face whose inner part is about 40 pixels wide, in a picture of 200 x 200, and the reason.
    for (x, y, reason) in [
      (100.0, 100.0, nil), (2, 100, Reason.faceCutOff), (198, 100, .faceCutOff), (100, 195, .faceCutOff),
      (100, -10, .faceCutOff),
    ] as [(Double, Double, Reason?)] {
      let mean = DetectedFace.mean(unit: 40)
      let eyes = try #require(mean.landmarks)
      let center = Point(x: (eyes.leftEye.x + eyes.rightEye.x) / 2, y: eyes.leftEye.y)
      let moved = DetectedFace.mean(unit: 40, moved: .translation(x: x - center.x, y: y - center.y))
      let detection = DetectionResult(
        detector: "known", size: PixelSize(width: 200, height: 200), faces: [moved])
      for framing in [CropSettings.Framing.photo2cartoon, .arcface] {
        let face = try #require(
          FaceSelection(settings: settings, rule: FramingRule(framing)).locate(detection).faces.first)
        #expect(face.reason == reason, "\(x), \(y), \(framing)")
      }
    }
  }

  @Test("The fitted framing can be written into the settings")
  func writtenFraming() throws {
    let fit = FittedFraming(limit: 0.1, margins: 0.34, costs: [])
    #expect(CropSettings.Framing("\(fit.framing)") == fit.framing)
    #expect(CropSettings.Framing("fit") == .fit(limit: 0.1))
    #expect(CropSettings.Framing("{ fit: 0.05 }") == .fit(limit: 0.05))
    #expect(CropSettings.Framing("{ fit: 0.6 }") == nil)
  }
}
