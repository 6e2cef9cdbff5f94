import Dataset
import Imaging

/// What the run's page shows.
extension Trainer {
  /// The facts for the run's page.
  var pageFacts: RunPage.Facts {
    RunPage.Facts(
      architecture: architecture, steps: settings.steps,
      images: Dictionary(uniqueKeysWithValues: Domain.allCases.map { ($0, data.count($0)) }),
      device: deviceText)
  }

  /// The test images of a sample sheet with their translations; each direction has five training images before its test images.
  func testPairs(_ sheet: ImageBuffer) -> [(title: String, pairs: [RunPage.Pair])] {
    var start = 0
    return Domain.allCases.enumerated().map { index, domain in
      let (train, test) = (min(5, data.count(domain, .train)), min(5, data.count(domain, .test)))
      defer { start += train + test }
      let pairs = SampleSheet().pairs(
        sheet, side: architecture.side, columns: start + train..<start + train + test, gaps: index)
      return (domain == .a ? "Test images of A, translated to B" : "Test images of B, translated to A", pairs)
    }
  }
}
