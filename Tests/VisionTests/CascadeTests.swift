import Foundation
import Imaging
import TestSupport
import Testing
import Vision

struct CascadeTests {
  @Test(
    "The anime cascade finds at least 48 of 50 faces",
    .enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"),
    .enabled(if: Samples.model("lbpcascade_animeface.xml") != nil, "lbpcascade_animeface.xml is missing"))
  func animeCascade() throws {
    let cascade = try Cascade(contentsOf: try #require(Samples.model("lbpcascade_animeface.xml")))
    let search = Cascade.Search(scaleFactor: 1.05, minNeighbors: 3, minSide: 24, equalize: true)
    var found = 0
    for image in try Samples.images("selfie2anime/testB", limit: 50) {
      let hits = try cascade.detect(in: image.converted(to: .gray), search)
      if !hits.isEmpty { found += 1 }
      for hit in hits {
        #expect(hit.score >= 3 && hit.box.width >= 24)
        #expect(hit.box.x >= 0 && hit.box.x + hit.box.width <= Double(image.width))
      }
    }
    #expect(found >= 48, "\(found) of 50")
  }

  @Test(
    "Detections can be scored by the number of windows or by the last stage's sum",
    .enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"),
    .enabled(if: Samples.hasHaar, "opencv-data is not installed"))
  func levelWeights() throws {
    let cascade = try Cascade(contentsOf: Samples.haar)
    var search = Cascade.Search()
    search.score = .levelWeight
    let gray = try Samples.image("lfw/Tony_Blair/Tony_Blair_0001.jpg").converted(to: .gray)
    let weighed = try cascade.detect(in: gray, search)
    #expect(weighed.contains { $0.score > 0 && $0.score != $0.score.rounded() })
    search.score = .neighbors
    #expect(
      try cascade.detect(in: gray, search).allSatisfy { $0.score >= 5 && $0.score == $0.score.rounded() })
  }

  @Test("Files that are no cascades are rejected") func brokenFiles() throws {
    let folder = try TemporaryFolder()
    let contents = [
      "empty.xml": "", "text.xml": "not xml at all",
      "other.xml": "<?xml version=\"1.0\"?><opencv_storage><a>1</a></opencv_storage>",
      "cut.xml":
        "<?xml version=\"1.0\"?><opencv_storage><cascade type_id=\"opencv-cascade-classifier\"><stageType>BOOST",
    ]
    for (name, text) in contents {
      let url = folder.appending(name)
      try Data(text.utf8).write(to: url)
      let error = try #require(throws: VisionError.self, "\(name)") { _ = try Cascade(contentsOf: url) }
      #expect(error.description.contains(name) && !error.nextStep.isEmpty && !error.reason.isEmpty)
    }
    #expect(throws: VisionError.self) { _ = try Cascade(contentsOf: folder.appending("missing.xml")) }
    #expect(throws: VisionError.self) { _ = try Cascade(contentsOf: folder.url) }
  }

  @Test(
    "Color images and invalid scale factors are rejected",
    .enabled(if: Samples.hasHaar, "opencv-data is not installed"))
  func invalidSearches() throws {
    let cascade = try Cascade(contentsOf: Samples.haar)
    let color = ImageBuffer(width: 50, height: 50, format: .rgb, filledWith: [1, 2, 3])
    #expect(throws: VisionError.self) { try cascade.detect(in: color) }
    let gray = ImageBuffer(width: 50, height: 50, format: .gray, filledWith: [1])
    for factor in [1.0, 0.5, -.infinity, .nan, 50] {
      let search = Cascade.Search(scaleFactor: factor, minNeighbors: 3, minSide: 0)
      #expect(throws: VisionError.self) { try cascade.detect(in: gray, search) }
    }
    let tiny = ImageBuffer(width: 1, height: 1, format: .gray, filledWith: [1])
    #expect(try cascade.detect(in: tiny).isEmpty)
    #expect(try cascade.detect(in: gray).isEmpty)
  }
}
