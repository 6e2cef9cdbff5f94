import Dataset
import Foundation
import Imaging
import TestSupport
import Testing
import Vision

@testable import Crop

struct AlignmentTests {
  @Test(.enabled(if: DetectorFiles.ready("yunet"), "EASEL_MODELS or EASEL_TEST_DATA is not set"))
  func turnedFacesComeOutLevel() throws {
    let detector = try DetectorTests.detector("yunet")
    let people = ["Tony_Blair", "Colin_Powell", "George_W_Bush", "Vladimir_Putin"]
    var pictures = try DetectorFiles.images("celeba-hq", most: 6).map {
      $0.resized(to: PixelSize(width: 320, height: 320))
    }
    for person in people { pictures += try DetectorFiles.images("lfw/\(person)", most: 2) }
    for align in [CropSettings.Alignment.eyes, .similarity] {
      var settings = CropSettings(domain: .a)
      (settings.align, settings.minFace) = (align, 24)
      let cropper = FaceCropper(
        FaceLocator(settings: settings, detector: detector, isVideoFrame: false), size: 256)
      var leans: [Double] = []
      for picture in pictures.map({ $0.converted(to: .rgb) }) {
        // The eyes as they are found in the upright picture are where they are in all turned ones.
        guard let eyes = try detector.detect(picture).max(by: { $0.box.area < $1.box.area })?.landmarks else {
          continue
        }
        for degrees in stride(from: -60.0, through: 60, by: 20) {
          let (turn, canvas) = picture.size.turned(by: degrees)
          let turned = try picture.warped(by: turn, to: canvas, border: .edge)
          let middle = turn(eyes.leftEye)
          let cuts = try cropper.cut(turned).faces
          guard let cut = cuts.first(where: { $0.face.box.center.distance(to: middle) < $0.face.box.width }),
            let matrix = cut.cut?.matrix
          else { continue }
          let map = turn.then(matrix)
          leans.append(abs(AffineMap.angle(from: map(eyes.leftEye), to: map(eyes.rightEye))))
        }
      }
      #expect(leans.count >= pictures.count * 6)
      let median = leans.sorted()[leans.count / 2]
      #expect(median < 3, "\(align): \(median)")
    }
  }
}
