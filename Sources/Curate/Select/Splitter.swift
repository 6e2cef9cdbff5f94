import Dataset

/// Divides one domain's samples into training and test, whole groups at a time.
///
/// What was test before stays test; then groups follow in the order of the SHA-256 of the seed and a member's identity,
/// the smallest of all members', until as many samples as asked for are kept aside. The order of a group does not
/// depend on the others, so that added images move nothing by chance.
struct Splitter: Sendable {
  /// How many samples are to be kept aside.
  let asked: Int
  /// The seed of the order.
  let seed: Int
  /// Whether what was test stays test even where its groups have grown beyond the number asked for.
  var keepsAll = true

  /// At most this share of a domain is kept aside.
  static let greatestShare = 0.25
  /// And at most this share where groups that were test have grown.
  static let greatestShareBefore = 0.5

  /// The samples to keep aside.
  ///
  /// - Parameters:
  ///   - groups: The identities of the samples that must stay together.
  ///   - before: The samples that were kept aside with the same seed.
  /// - Returns: Their identities.
  func test(of groups: [[String]], before: Set<String>) -> Set<String> {
    let count = groups.reduce(0) { $0 + $1.count }
    let limit = limit(of: count)
    let grown = keepsAll ? max(limit, Int(Double(count) * Self.greatestShareBefore)) : limit
    let ordered = groups.map { group in
      (
        wasTest: group.contains { before.contains($0) },
        key: group.map { Digest(of: "\(seed)/\($0)").hex }.min() ?? "", group: group
      )
    }.sorted { $0.wasTest == $1.wasTest ? $0.key < $1.key : $0.wasTest }
    var test: Set<String> = []
    for (wasTest, _, group) in ordered where test.count + group.count <= (wasTest ? grown : limit) {
      test.formUnion(group)
    }
    return test
  }

  /// How many of `count` samples are kept aside at most.
  func limit(of count: Int) -> Int { min(max(0, asked), Int(Double(count) * Self.greatestShare)) }
}
