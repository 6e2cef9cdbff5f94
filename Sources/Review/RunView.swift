import Foundation

/// A training run as it goes: its log, read from where the page left off, and its sample sheets.
struct RunView: Sendable {
  /// What is new.
  struct News: Sendable, Encodable {
    /// The run's folder; nil where there is none yet.
    let folder: String?
    /// Where the next look begins.
    let next: Int
    /// Whether the log was cut back, because a run was taken up again: what the page knows is to be forgotten.
    let isAnew: Bool
    let entries: [Entry]
    /// The steps of the sample sheets, in order.
    let sheets: [Int]
  }

  /// One line of the log.
  struct Entry: Sendable, Codable {
    let step: Int
    let losses: [String: Double]
  }

  /// The most bytes of the log that are read at a time.
  private static let piece = 1 << 20
  private let folder: URL

  /// The run in `folder`, which need not be there yet.
  init(_ folder: URL) { self.folder = folder }

  /// What was written to the log after byte `from`.
  func news(from: Int) -> News {
    let sheets = steps()
    guard let file = try? FileHandle(forReadingFrom: folder.appendingPathComponent("log.jsonl")),
      let size = try? file.seekToEnd()
    else { return News(folder: nil, next: 0, isAnew: from > 0, entries: [], sheets: sheets) }
    defer { try? file.close() }
    let start = from > Int(size) ? 0 : from
    try? file.seek(toOffset: UInt64(start))
    let bytes = (try? file.read(upToCount: Self.piece)) ?? Data()
    // A line that is still being written is read the next time.
    let whole = bytes.lastIndex(of: UInt8(ascii: "\n")).map { bytes[...$0] } ?? Data()
    let decoder = JSONDecoder()
    let entries = whole.split(separator: UInt8(ascii: "\n")).compactMap {
      try? decoder.decode(Entry.self, from: Data($0))
    }
    return News(
      folder: folder.lastPathComponent, next: start + whole.count, isAnew: start < from, entries: entries,
      sheets: sheets)
  }

  /// The sample sheet of a step, a PNG file; nil where there is none.
  func sheet(_ step: Int) -> Data? {
    guard let name = sheets()[step] else { return nil }
    return try? Data(contentsOf: folder.appendingPathComponent("samples/\(name)"))
  }

  private func steps() -> [Int] { sheets().keys.sorted() }

  /// The names of the sheets, `step-000100.png`, by step.
  private func sheets() -> [Int: String] {
    let path = folder.appendingPathComponent("samples").path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return Dictionary(
      names.compactMap { name in
        guard name.hasPrefix("step-"), name.hasSuffix(".png") else { return nil }
        return Int(name.dropFirst(5).dropLast(4)).map { ($0, name) }
      }, uniquingKeysWith: { first, _ in first })
  }
}
