import Dataset
import Foundation
import Imaging

/// Small pictures of samples as `data:` addresses, and links to their sources.
struct Thumbnails {
  /// Their side in pixels.
  static let side = 112
  private var addresses: [String: String] = [:]
  private let links: [String: String]

  /// - Parameters:
  ///   - samples: The samples to show.
  ///   - files: The source files of samples, by id.
  ///   - output: The dataset's folder.
  ///   - jobs: How many are made in parallel.
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

  /// The address of a sample's source file relative to the report; nil if it is not known.
  func link(to sample: Sample) -> String? { links[sample.id] }

  /// The address of `file` relative to the page.
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

  /// The picture of a sample; nil if there is none, for example for a file that could not be read.
  subscript(sample: Sample) -> String? { addresses[sample.id] }

  private static func address(of sample: Sample, file: String?, _ output: OutputFolder) -> String? {
    // Kept samples are shown as published, rejected ones as cropped with their background, and others as their source.
    let source =
      sample.fileName.map { output.url.appendingPathComponent($0) }
      ?? (sample.crop == nil && sample.source.time == nil ? file.map { URL(fileURLWithPath: $0) } : nil)
      ?? output.crop(sample.id)
    guard let image = try? ImageFile.read(source).image else { return nil }
    let small = image.size.filling(side)
    let (x, y) = ((side - small.width) / 2, (side - small.height) / 2)
    var tile = ImageBuffer(width: side, height: side, format: .rgb, filledWith: [255, 255, 255])
    tile.paste(image.composited(on: [255, 255, 255]).resized(to: small), x: x, y: y)
    return address(of: tile)
  }

  /// A picture as a `data:` address; nil if it cannot be encoded.
  static func address(of image: ImageBuffer, quality: Int = 78) -> String? {
    guard let bytes = try? image.jpeg(quality: quality) else { return nil }
    return "data:image/jpeg;base64," + Data(bytes).base64EncodedString()
  }
}
