import Dataset
import Foundation
import Imaging
import TestSupport
import Testing
import Vision

@testable import Crop

struct AlignmentTests {
  @Test(
    "Crops of rotated faces are level to within 3 degrees",
    .enabled(if: DetectorFiles.ready("yunet"), "EASEL_MODELS or EASEL_TEST_DATA is not set"))
  func rotatedFaces() throws {
    let detector = try DetectorTests.detector("yunet")
    let people = ["Tony_Blair", "Colin_Powell", "George_W_Bush", "Vladimir_Putin"]
    var pictures = try DetectorFiles.images("celeba-hq", limit: 6).map {
      $0.resized(to: PixelSize(width: 320, height: 320))
    }
    for person in people { pictures += try DetectorFiles.images("lfw/\(person)", limit: 2) }
    for align in [CropSettings.Alignment.eyes, .similarity] {
      var settings = CropSettings(domain: .a)
      (settings.align, settings.minFace) = (align, 24)
      let cropper = FaceCropper(
        FaceLocator(settings: settings, detector: detector, isVideoFrame: false), size: 256)
      var rolls: [Double] = []
      for picture in pictures.map({ $0.converted(to: .rgb) }) {
        // The eyes are detected in the upright picture and mapped into the rotated ones.
        guard let eyes = try detector.detect(picture).max(by: { $0.box.area < $1.box.area })?.landmarks else {
          continue
        }
        for degrees in stride(from: -60.0, through: 60, by: 20) {
          let (rotation, canvas) = picture.size.rotated(by: degrees)
          let rotated = try picture.warped(by: rotation, to: canvas, border: .edge)
          let middle = rotation(eyes.leftEye)
          let cuts = try cropper.cut(rotated).faces
          guard let cut = cuts.first(where: { $0.face.box.center.distance(to: middle) < $0.face.box.width }),
            let matrix = cut.cut?.matrix
          else { continue }
          let map = rotation.then(matrix)
          rolls.append(abs(AffineMap.angle(from: map(eyes.leftEye), to: map(eyes.rightEye))))
        }
      }
      #expect(rolls.count >= pictures.count * 6)
      let median = rolls.sorted()[rolls.count / 2]
      #expect(median < 3, "\(align): \(median)")
    }
  }
}
