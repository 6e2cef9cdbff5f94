/// The differences between the tensors of a network and those of a file, key by key.
public struct KeyDifference: Error, Sendable, Equatable, CustomStringConvertible {
  /// A key with the shape of its tensor.
  public struct Entry: Sendable, Equatable {
    /// The key.
    public let key: String
    /// The expected shape, or the found shape of an unexpected key.
    public let shape: [Int]
    /// The shape in the file, if both sides have the key.
    public let found: [Int]?
  }

  /// The keys that the file lacks, in the network's order.
  public let missing: [Entry]
  /// The keys that the network lacks, in alphabetical order.
  public let unexpected: [Entry]
  /// The keys whose shapes differ, in the network's order.
  public let reshaped: [Entry]
  /// The expected contents of the file, for the first line of the text.
  public let subject: String

  /// Compares the network's keys with those of a file.
  ///
  /// - Parameters:
  ///   - subject: The subject of the comparison, such as `genA2B of selfie2anime.pt`.
  ///   - expected: The network's keys and shapes, in its own order.
  ///   - found: The file's shapes by key.
  public init(of subject: String, expected: [(key: String, shape: [Int])], found: [String: [Int]]) {
    self.subject = subject
    missing = expected.filter { found[$0.key] == nil }
      .map { Entry(key: $0.key, shape: $0.shape, found: nil) }
    reshaped = expected.compactMap { key, shape in
      found[key].flatMap { $0 == shape ? nil : Entry(key: key, shape: shape, found: $0) }
    }
    let known = Set(expected.map(\.key))
    unexpected = found.filter { !known.contains($0.key) }.sorted { $0.key < $1.key }
      .map { Entry(key: $0.key, shape: $0.value, found: nil) }
  }

  /// Whether both sides agree.
  public var isEmpty: Bool { missing.isEmpty && unexpected.isEmpty && reshaped.isEmpty }

  /// A line with the counts, and at most 20 keys of each kind.
  public var description: String { text(atMost: 20) }

  /// A line that counts, and at most `limit` lines of each kind.
  public func text(atMost limit: Int) -> String {
    if isEmpty { return "\(subject): every key and shape fits" }
    var lines = [
      "\(subject) does not fit: \(missing.count) missing, \(reshaped.count) of another shape, "
        + "\(unexpected.count) unexpected"
    ]
    func list(_ entries: [Entry], _ line: (Entry) -> String) {
      lines += entries.prefix(limit).map { "  " + line($0) }
      if entries.count > limit { lines.append("  ... and \(entries.count - limit) more") }
    }
    list(missing) { "missing     \($0.key.printable) \(Self.text($0.shape))" }
    list(reshaped) { entry in
      "shape       \(entry.key.printable) is \(Self.text(entry.found ?? [])), expected \(Self.text(entry.shape))"
    }
    list(unexpected) { "unexpected  \($0.key.printable) \(Self.text($0.shape))" }
    return lines.joined(separator: "\n")
  }

  private static func text(_ shape: [Int]) -> String {
    "(" + shape.map(String.init).joined(separator: ", ") + ")"
  }
}
