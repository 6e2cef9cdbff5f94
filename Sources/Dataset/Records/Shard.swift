/// One part of the files of a dataset's sources, so that several machines can prepare a dataset.
///
/// A file's part depends only on its path relative to its source. So no machine has to know what the others
/// do or how files are ordered.
public struct Shard: Sendable, Hashable, Codable, CustomStringConvertible {
  /// The largest number of shards.
  public static let limit = 100_000

  /// Its number, from 0.
  public let index: Int
  /// The number of shards.
  public let count: Int

  /// Shard `index` of `count`; nil unless 0 <= `index` < `count` <= `limit`.
  public init?(index: Int, count: Int) {
    guard (1...Self.limit).contains(count), (0..<count).contains(index) else { return nil }
    (self.index, self.count) = (index, count)
  }

  /// A shard from text such as `3/64`; nil for any other text.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2,
      parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }),
      let index = Int(parts[0]), let count = Int(parts[1])
    else { return nil }
    self.init(index: index, count: count)
  }

  /// The text, such as `3/64`.
  public var description: String { "\(index)/\(count)" }

  /// Whether the file at `path`, relative to its source, belongs to this shard: the first 64 bits of the
  /// path's SHA-256 modulo `count` equal `index`.
  public func contains(_ path: String) -> Bool {
    guard count > 1 else { return true }
    let bits = UInt64(Digest(of: path).hex.prefix(16), radix: 16) ?? 0
    return bits % UInt64(count) == UInt64(index)
  }

  /// The numbers in the form of Slurm's option `--array=`, such as `3,17-20`.
  public static func arrayExpression(_ numbers: [Int]) -> String {
    var ranges: [(first: Int, last: Int)] = []
    for number in Set(numbers).sorted() {
      if let last = ranges.last, last.last == number - 1 {
        ranges[ranges.count - 1].last = number
      } else {
        ranges.append((number, number))
      }
    }
    return ranges.map { $0.first == $0.last ? "\($0.first)" : "\($0.first)-\($0.last)" }.joined(
      separator: ",")
  }
}
