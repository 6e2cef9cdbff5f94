public import Dataset
public import Foundation
import Imaging

/// Reads and writes manifest files: one JSON object per line, with keys in alphabetical order.
public enum ManifestFile {
  /// Encodes the line of a sample.
  ///
  /// - Parameters:
  ///   - sample: The sample.
  ///   - path: The file, for the error.
  ///   - number: The number of the line, from 1, for the error.
  /// - Returns: The line with its end.
  /// - Throws: `DatasetError.damaged` if the sample contains a number that JSON cannot represent, such as NaN.
  package static func line(of sample: Sample, path: String, number: Int) throws -> [UInt8] {
    do { return try Array(JSONEncoder.stable.encode(sample)) + [UInt8(ascii: "\n")] } catch {
      throw DatasetError.damaged(
        path, line: number, reason: "sample \(sample.id) contains a number that is not finite")
    }
  }

  /// The samples of `metadata.jsonl` or `rejected.jsonl`.
  ///
  /// - Throws: `DatasetError.notPublished` if the file does not exist, `DatasetError.damaged` with the line.
  public static func read(_ url: URL) throws -> [Sample] {
    var samples: [Sample] = []
    try forEach(in: url) { sample, _ in samples.append(sample) }
    return samples
  }

  /// Calls `body` with each sample and the number of its line, from 1; the file is read in pieces.
  ///
  /// - Throws: As `read`, or the errors of `body`.
  package static func forEach(in url: URL, _ body: (Sample, Int) throws -> Void) throws {
    guard let file = try? FileHandle(forReadingFrom: url) else { throw DatasetError.notPublished(url.path) }
    defer { try? file.close() }
    let decoder = JSONDecoder()
    var (rest, number) = (Data(), 0)
    func take(_ line: Data) throws {
      number += 1
      guard !line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) else { return }
      let sample: Sample
      do { sample = try decoder.decode(Sample.self, from: line) } catch {
        throw DatasetError.damaged(url.path, line: number, reason: "it is not a sample: \(problem(error))")
      }
      if let reason = flaw(of: sample) {
        throw DatasetError.damaged(url.path, line: number, reason: reason)
      }
      try body(sample, number)
    }
    while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty {
      rest.append(piece)
      guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { continue }
      for line in rest[..<end].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
        try take(Data(line))
      }
      rest = Data(rest[rest.index(after: end)...])
    }
    if !rest.isEmpty { try take(rest) }
  }

  /// The maximum side of an image, and the maximum absolute value of any number in a manifest.
  private static let (largestSide, largestNumber) = (100_000, 1e9)

  /// The reason why a decoded sample is invalid; nil if it is valid.
  private static func flaw(of sample: Sample) -> String? {
    if let name = sample.fileName,
      name.split(separator: "/", omittingEmptySubsequences: false).contains(where: {
        ["", ".", ".."].contains($0)
      })
    {
      return "its file_name is not a path in the dataset"
    }
    for (name, side) in [("width", sample.width), ("height", sample.height)] {
      guard let side, !(0...largestSide).contains(side) else { continue }
      return "its \(name) of \(side) is not between 0 and \(largestSide)"
    }
    var numbers: [(String, Double)] = (sample.quality?.pairs ?? []).map { ("quality.\($0.name)", $0.value) }
    if let face = sample.face {
      numbers += [
        ("face.score", face.score), ("face.box", face.box.x), ("face.box", face.box.y),
        ("face.box", face.box.width), ("face.box", face.box.height), ("face.roll", face.roll ?? 0),
      ]
    }
    if let crop = sample.crop {
      let matrix = crop.matrix
      numbers += [matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f].map { ("crop.matrix", $0) }
      numbers += [("crop.scale", crop.scale), ("crop.outside", crop.outside)]
    }
    if let mask = sample.mask { numbers.append(("mask.coverage", mask.coverage)) }
    if let time = sample.source.time { numbers.append(("source.time", time)) }
    guard let (name, value) = numbers.first(where: { !(abs($0.1) <= largestNumber) }) else { return nil }
    return "its \(name) of \(value) is out of range"
  }

  /// The reason of a decoding error, in words.
  package static func problem(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "it cannot be decoded" }
    // The position in a list means nothing to users.
    func name(_ path: [any CodingKey]) -> String {
      path.filter { $0.intValue == nil }.map(\.stringValue).joined(separator: ".")
    }
    return switch error {
    case .keyNotFound(let key, let context): "the field \(name(context.codingPath + [key])) is missing"
    case .valueNotFound(_, let context): "the field \(name(context.codingPath)) has no value"
    case .typeMismatch(_, let context) where context.codingPath.isEmpty: "it is not a JSON object"
    case .typeMismatch(_, let context): "the field \(name(context.codingPath)) has the wrong type"
    case .dataCorrupted(let context):
      context.codingPath.isEmpty
        ? "it is not valid JSON" : "the field \(name(context.codingPath)) cannot be used"
    @unknown default: "it cannot be decoded"
    }
  }
}
