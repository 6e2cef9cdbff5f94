import Dataset
import Foundation
import Imaging
import PublishedDataset

/// The average image of a domain, which is sharp only if all faces have the same position, and its histogram of hues.
struct AverageFace: Sendable {
  /// The average as a `data:` URL.
  let address: String
  /// The chroma in each of 24 bins of hue, from red to yellow, green and blue; the bins sum to 1 if there is any color.
  let hues: [Double]

  private static let side = 160
  /// The maximum number of averaged images, which are evenly spaced.
  private static let limit = 400
  /// The number of hue bins.
  static let hueCount = 24

  /// The average of each domain.
  static func all(of samples: [Sample], in output: OutputFolder, jobs: Int) async throws -> [Domain:
    AverageFace]
  {
    var averages: [Domain: AverageFace] = [:]
    for domain in Domain.allCases {
      var sums = [UInt32](repeating: 0, count: side * side * 3)
      var hues = [Double](repeating: 0, count: hueCount)
      var count: UInt32 = 0
      let own = Sheets.Sheet(samples.filter { $0.domain == domain }, limit: limit).shown
      try await orderedMap(own, jobs: jobs, makeWorker: {}) {
        sample, _ -> (bytes: [UInt8], hues: [Double])? in
        guard let file = SamplePixels(output: output).shownFile(of: sample),
          let image = try? ImageFile.read(file).image
        else { return nil }
        let small = image.composited(on: [255, 255, 255]).resized(to: PixelSize(width: side, height: side))
        return (small.bytes, histogram(of: small.bytes))
      } deliver: { _, found in
        guard let found else { return }
        count += 1
        for index in sums.indices { sums[index] += UInt32(found.bytes[index]) }
        for index in hues.indices { hues[index] += found.hues[index] }
      }
      guard count > 0 else { continue }
      let mean = ImageBuffer(
        width: side, height: side, format: .rgb, bytes: sums.map { UInt8(($0 + count / 2) / count) })
      let all = hues.reduce(0, +)
      guard let address = Thumbnails.address(of: mean, quality: 88) else { continue }
      averages[domain] = AverageFace(address: address, hues: all > 0 ? hues.map { $0 / all } : hues)
    }
    return averages
  }

  /// The sum of the pixels' chroma by hue.
  private static func histogram(of bytes: [UInt8]) -> [Double] {
    var hues = [Double](repeating: 0, count: hueCount)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let (r, g, b) = (Int(bytes[start]), Int(bytes[start + 1]), Int(bytes[start + 2]))
      let maximum = max(r, g, b)
      let chroma = maximum - min(r, g, b)
      guard chroma > 10 else { continue }
      let sixth =
        maximum == r
        ? Double(g - b) / Double(chroma)
        : maximum == g ? 2 + Double(b - r) / Double(chroma) : 4 + Double(r - g) / Double(chroma)
      let place = (sixth < 0 ? sixth + 6 : sixth) / 6
      hues[min(hueCount - 1, Int(place * Double(hueCount)))] += Double(chroma)
    }
    return hues
  }
}
