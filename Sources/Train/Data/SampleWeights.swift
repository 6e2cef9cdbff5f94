import Foundation

/// How often each image is drawn, where a dataset's `metadata.jsonl` says so.
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

  /// Reads the `weight` of each line of `metadata.jsonl` in `dataset`; without the file, or a weight in it, all are alike.
  ///
  /// - Throws: `DataError` that names the line.
  init(dataset: URL) throws {
    let url = dataset.appendingPathComponent("metadata.jsonl")
    guard FileManager.default.fileExists(atPath: url.path) else { return }
    let decoder = JSONDecoder()
    for (index, text) in try Data(contentsOf: url).split(separator: UInt8(ascii: "\n")).enumerated() {
      func refused(_ reason: String) -> DataError {
        .metadata(path: url.path, line: index + 1, reason: reason)
      }
      guard let line = try? decoder.decode(Line.self, from: text) else {
        throw refused("this is no sample: a JSON object with file_name was expected")
      }
      guard let weight = line.weight, let name = line.fileName else { continue }
      guard weight >= 0, weight.isFinite else {
        throw refused("the weight \(weight) is not a number from 0 on")
      }
      weights[name] = weight
    }
  }

  /// The weights of the images in `folder`, which the dataset calls `name`; nil where all are alike.
  func of(_ folder: ImageFolder, named name: String) -> [Double]? {
    let found = folder.names.map { weights["\(name)/\($0)"] ?? 1 }
    return Set(found).count == 1 || !found.contains { $0 > 0 } ? nil : found
  }
}
