import Foundation

/// Reads a training run while it is running: new lines of its log, and its sample sheets.
struct TrainingRun: Sendable {
  /// The news since the last request.
  struct News: Sendable, Encodable {
    /// The run's folder; nil if there is no log yet.
    let folder: String?
    /// The position in the log, in bytes, where the next request starts.
    let next: Int
    /// Whether the log became shorter because a run was resumed: the page must discard its data.
    let isRestarted: Bool
    let entries: [Entry]
    /// The steps of the sample sheets, in order.
    let sheets: [Int]
    /// The steps of the checkpoints, in order.
    let checkpoints: [Int]
  }

  /// One line of the log.
  struct Entry: Sendable, Codable {
    let step: Int
    let losses: [String: Double]
    /// The trainer's warnings at this step; nil if there are none.
    let notes: [String]?
    /// The name of the measure of `distance`, such as `KID-lite`; nil without distances.
    let measure: String?
    /// The distances of translations from the target domain, by direction.
    let distance: [String: Distance]?
    /// The same distance for images of A and B without translation.
    let untranslated: Distance?
    /// The same distance between two halves of one domain's images, by domain.
    let noiseFloor: [String: Distance]?
  }

  /// A distance with its standard error.
  struct Distance: Sendable, Codable {
    let value: Double
    /// The standard error; nil if there are too few images to estimate it.
    let spread: Double?
  }

  /// The maximum number of bytes of the log for one request.
  private static let piece = 1 << 20
  /// The run's folder.
  let folder: URL

  /// The run in `folder`, which need not exist yet.
  init(_ folder: URL) { self.folder = folder }

  /// The lines of the log after byte `from`.
  func news(from: Int) -> News {
    let sheets = steps()
    guard let file = try? FileHandle(forReadingFrom: folder.appendingPathComponent("log.jsonl")),
      let size = try? file.seekToEnd()
    else {
      return News(
        folder: nil, next: 0, isRestarted: from > 0, entries: [], sheets: sheets, checkpoints: checkpoints())
    }
    defer { try? file.close() }
    let start = from > Int(size) ? 0 : from
    try? file.seek(toOffset: UInt64(start))
    let bytes = (try? file.read(upToCount: Self.piece)) ?? Data()
    // An incomplete last line is read the next time.
    let whole = bytes.lastIndex(of: UInt8(ascii: "\n")).map { bytes[...$0] } ?? Data()
    let decoder = JSONDecoder()
    let entries = whole.split(separator: UInt8(ascii: "\n")).compactMap {
      try? decoder.decode(Entry.self, from: Data($0))
    }
    return News(
      folder: folder.lastPathComponent, next: start + whole.count, isRestarted: start < from,
      entries: entries,
      sheets: sheets, checkpoints: checkpoints())
  }

  /// The sample sheet of a step, a PNG file; nil if there is none.
  func sheet(_ step: Int) -> Data? {
    guard let name = sheets()[step] else { return nil }
    let file = folder.appendingPathComponent("samples/\(name)")
    return file.isInside(folder) ? try? Data(contentsOf: file) : nil
  }

  /// The steps of the checkpoints, in order.
  func checkpoints() -> [Int] { steps(in: "checkpoints", ".safetensors").keys.sorted() }

  private func steps() -> [Int] { sheets().keys.sorted() }

  /// The names of the sheets, `step-000100.png`, by step.
  private func sheets() -> [Int: String] { steps(in: "samples", ".png") }

  private func steps(in part: String, _ ending: String) -> [Int: String] {
    let path = folder.appendingPathComponent(part).path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return Dictionary(
      names.compactMap { name in
        guard name.hasPrefix("step-"), name.hasSuffix(ending) else { return nil }
        return Int(name.dropFirst(5).dropLast(ending.count)).map { ($0, name) }
      }, uniquingKeysWith: { first, _ in first })
  }
}
