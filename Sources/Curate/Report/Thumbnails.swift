import Dataset
import Foundation
import Imaging

/// Small pictures of samples as `data:` addresses.
struct Thumbnails {
  /// Their side in pixels.
  static let side = 112
  private var addresses: [String: String] = [:]

  /// - Parameters:
  ///   - samples: The samples to show.
  ///   - files: The source images of samples without a crop, by identity.
  ///   - output: The dataset's folder.
  ///   - jobs: How many are made at a time.
  /// - Throws: `CancellationError`.
  init(_ samples: [Sample], files: [String: String], output: OutputFolder, jobs: Int) async throws {
    var seen: Set<String> = []
    let distinct = samples.filter { seen.insert($0.id).inserted }
    try await orderedMap(distinct, jobs: jobs, makeWorker: {}) { sample, _ in
      Self.address(of: sample, file: files[sample.id], output)
    } deliver: {
      addresses[$0.id] = $1
    }
  }

  /// The picture of a sample; nil where there is none, as of a file that could not be read.
  subscript(sample: Sample) -> String? { addresses[sample.id] }

  private static func address(of sample: Sample, file: String?, _ output: OutputFolder) -> String? {
    // What was kept is shown as it was published; what was left out as it was cut, with what was behind it; and what
    // was never cut as it came.
    let source =
      sample.fileName.map { output.url.appendingPathComponent($0) } ?? file.map { URL(fileURLWithPath: $0) }
      ?? output.crop(sample.id)
    guard let image = try? ImageFile.read(source).image else { return nil }
    let small = image.size.filling(side)
    let (x, y) = ((side - small.width) / 2, (side - small.height) / 2)
    var tile = ImageBuffer(width: side, height: side, format: .rgb, filledWith: [255, 255, 255])
    tile.paste(image.composited(on: [255, 255, 255]).resized(to: small), x: x, y: y)
    return address(of: tile)
  }

  /// A picture as a `data:` address; nil where it cannot be encoded.
  static func address(of image: ImageBuffer, quality: Int = 78) -> String? {
    guard let bytes = try? image.jpeg(quality: quality) else { return nil }
    return "data:image/jpeg;base64," + Data(bytes).base64EncodedString()
  }
}
