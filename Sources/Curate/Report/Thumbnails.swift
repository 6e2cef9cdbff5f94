import Dataset
import Foundation
import Imaging

/// Small pictures of samples as `data:` addresses.
struct Thumbnails {
  /// Their side in pixels.
  static let side = 112
  private var addresses: [String: String] = [:]

  init(_ samples: [Sample], output: OutputFolder, jobs: Int) async throws {
    var seen: Set<String> = []
    let distinct = samples.filter { seen.insert($0.id).inserted }
    try await orderedMap(distinct, jobs: jobs, makeWorker: {}) { sample, _ in
      Self.address(of: sample, output)
    } deliver: {
      addresses[$0.id] = $1
    }
  }

  /// The picture of a sample; nil where there is none, as of a file that could not be read.
  subscript(sample: Sample) -> String? { addresses[sample.id] }

  private static func address(of sample: Sample, _ output: OutputFolder) -> String? {
    // What was kept is shown as it was published; what was left out as it was cut, with what was behind it.
    let file = sample.fileName.map { output.url.appendingPathComponent($0) } ?? output.crop(sample.id)
    guard let image = try? ImageFile.read(file).image else { return nil }
    return address(
      of: image.composited(on: [255, 255, 255]).resized(to: PixelSize(width: side, height: side)))
  }

  /// A picture as a `data:` address; nil where it cannot be encoded.
  static func address(of image: ImageBuffer, quality: Int = 78) -> String? {
    guard let bytes = try? image.jpeg(quality: quality) else { return nil }
    return "data:image/jpeg;base64," + Data(bytes).base64EncodedString()
  }
}
