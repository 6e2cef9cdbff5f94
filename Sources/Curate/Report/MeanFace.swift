import Dataset
import Foundation
import Imaging

/// The mean of a domain's images: sharp where all faces sit in the same place, smeared where they do not.
enum MeanFace {
  private static let side = 160
  /// At most so many images are looked at, spread evenly.
  private static let limit = 400

  /// The means of the domains as `data:` addresses.
  static func images(of samples: [Sample], in output: OutputFolder, jobs: Int) async throws -> [Domain:
    String]
  {
    var means: [Domain: String] = [:]
    for domain in Domain.allCases {
      var sums = [UInt32](repeating: 0, count: side * side * 3)
      var count: UInt32 = 0
      let own = Sheets.Sheet(samples.filter { $0.domain == domain }, limit: limit).shown
      try await orderedMap(own, jobs: jobs, makeWorker: {}) { sample, _ -> [UInt8]? in
        guard let name = sample.fileName,
          let image = try? ImageFile.read(output.url.appendingPathComponent(name)).image
        else { return nil }
        return image.composited(on: [255, 255, 255]).resized(to: PixelSize(width: side, height: side)).bytes
      } deliver: { _, bytes in
        guard let bytes else { return }
        count += 1
        for index in sums.indices { sums[index] += UInt32(bytes[index]) }
      }
      guard count > 0 else { continue }
      means[domain] = Thumbnails.address(
        of: ImageBuffer(
          width: side, height: side, format: .rgb, bytes: sums.map { UInt8(($0 + count / 2) / count) }),
        quality: 88)
    }
    return means
  }
}
