import Foundation

/// The sample weights in a dataset's `metadata.jsonl`: how often each image is drawn relative to others.
struct SampleWeights {
  private struct Line: Decodable {
    var fileName: String?
    var weight: Double?

    enum CodingKeys: String, CodingKey {
      case fileName = "file_name"
      case weight
    }
  }

  private var weights: [String: Double] = [:]

  /// Reads the `weight` of each line of `metadata.jsonl` in `dataset`; an image without a weight has weight 1.
  ///
  /// - Throws: `DataError.metadata` with the number of the invalid line; Foundation's error if the file cannot be read.
  init(dataset: URL) throws {
    let url = dataset.appendingPathComponent("metadata.jsonl")
    guard FileManager.default.fileExists(atPath: url.path) else { return }
    let decoder = JSONDecoder()
    for (index, text) in try Data(contentsOf: url).split(separator: UInt8(ascii: "\n")).enumerated() {
      func invalid(_ reason: String) -> DataError {
        .metadata(path: url.path, line: index + 1, reason: reason)
      }
      guard let line = try? decoder.decode(Line.self, from: text) else {
        throw invalid("the line must be a JSON object with file_name")
      }
      guard let weight = line.weight, let name = line.fileName else { continue }
      guard weight >= 0, weight.isFinite else {
        throw invalid("the weight \(weight) must be a finite number of at least 0")
      }
      weights[name] = weight
    }
  }

  /// The weights of the images in `folder`, which is called `name` in the dataset; nil if all weights are equal.
  func of(_ folder: ImageFolder, named name: String) -> [Double]? {
    let found = folder.names.map { weights["\(name)/\($0)"] ?? 1 }
    return Set(found).count == 1 || !found.contains { $0 > 0 } ? nil : found
  }
}
