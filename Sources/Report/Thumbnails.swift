import Dataset
import Foundation
import Imaging
import PublishedDataset

/// Thumbnails of samples as `data:` URLs, and links to their source files.
struct Thumbnails {
  /// The side of a thumbnail in pixels.
  static let side = 112
  private var addresses: [String: String] = [:]
  private let links: [String: String]

  /// - Parameters:
  ///   - samples: The samples to show.
  ///   - files: The source files of samples, by ID.
  ///   - output: The dataset's folder.
  ///   - jobs: The number of thumbnails that are made in parallel.
  /// - Throws: `CancellationError`.
  init(_ samples: [Sample], files: [String: String], output: OutputFolder, jobs: Int) async throws {
    links = files.mapValues { Self.link(to: $0, from: output.report) }
    var seen: Set<String> = []
    let distinct = samples.filter { seen.insert($0.id).inserted }
    try await orderedMap(distinct, jobs: jobs, makeWorker: {}) { sample, _ in
      Self.address(of: sample, file: files[sample.id], output)
    } deliver: {
      addresses[$0.id] = $1
    }
  }

  /// The URL of a sample's source file relative to the report; nil if it is unknown.
  func link(to sample: Sample) -> String? { links[sample.id] }

  /// The URL of `file` relative to the page.
  static func link(to file: String, from page: URL) -> String {
    let target = URL(fileURLWithPath: file).standardizedFileURL.path.split(separator: "/")
    let base = page.deletingLastPathComponent().standardizedFileURL.path.split(separator: "/")
    let common = zip(target, base).prefix { $0 == $1 }.count
    let parts = base.dropFirst(common).map { _ in ".." } + target.dropFirst(common).map(String.init)
    return parts.map {
      $0.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(.init(charactersIn: "-._~"))) ?? $0
    }
    .joined(separator: "/")
  }

  /// The thumbnail of a sample; nil if there is none, for example if a file cannot be read.
  subscript(sample: Sample) -> String? { addresses[sample.id] }

  private static func address(of sample: Sample, file: String?, _ output: OutputFolder) -> String? {
    // Kept samples are shown as published, rejected ones as crops with background, and images without a face as their source.
    let source =
      SamplePixels(output: output).shownFile(of: sample)
      ?? (sample.crop == nil && sample.source.time == nil ? file.map { URL(fileURLWithPath: $0) } : nil)
      ?? output.crop(sample.id)
    guard let image = try? ImageFile.read(source).image else { return nil }
    let small = image.size.filling(side)
    let (x, y) = ((side - small.width) / 2, (side - small.height) / 2)
    var tile = ImageBuffer(width: side, height: side, format: .rgb, filledWith: [255, 255, 255])
    tile.paste(image.composited(on: [255, 255, 255]).resized(to: small), x: x, y: y)
    return address(of: tile)
  }

  /// An image as a `data:` URL; nil if it cannot be encoded.
  static func address(of image: ImageBuffer, quality: Int = 78) -> String? {
    guard let bytes = try? image.jpeg(quality: quality) else { return nil }
    return "data:image/jpeg;base64," + Data(bytes).base64EncodedString()
  }
}
