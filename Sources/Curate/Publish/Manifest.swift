public import Dataset
public import Foundation

/// Manifest files: one JSON object a line, keys in the order of the alphabet.
public enum Manifest {
  /// The bytes of the file for `samples`.
  static func bytes(of samples: [Sample]) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var bytes: [UInt8] = []
    for sample in samples {
      bytes += try encoder.encode(sample)
      bytes.append(UInt8(ascii: "\n"))
    }
    return bytes
  }

  /// The samples of `metadata.jsonl` or `rejected.jsonl`.
  ///
  /// - Throws: `CurateError.notPublished` where it is not there, `CurateError.damagedManifest` with the line.
  public static func read(_ url: URL) throws -> [Sample] {
    guard let bytes = try? Data(contentsOf: url) else { throw CurateError.notPublished(url.path) }
    let decoder = JSONDecoder()
    var samples: [Sample] = []
    for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .enumerated()
    where !line.isEmpty {
      do { samples.append(try decoder.decode(Sample.self, from: Data(line))) } catch {
        throw CurateError.damagedManifest(
          url.path, line: index + 1, reason: "not a sample as Easel writes them")
      }
    }
    return samples
  }
}
