import Dataset

/// Splits one domain's samples into training and test samples without dividing groups.
///
/// Earlier test samples remain test samples. Then groups are added in the order of their key, the smallest SHA-256 of the seed
/// and a member's ID, until the requested number is reached. A group's key does not depend on other groups, so added images do
/// not change the split of others.
struct Splitter: Sendable {
  /// The requested number of test samples.
  let asked: Int
  /// The seed of the order.
  let seed: Int
  /// Whether earlier test samples remain test samples even if their groups now exceed the requested number.
  var keepsAll = true

  /// The maximum fraction of test samples in a domain.
  static let maximumShare = 0.25
  /// The maximum fraction of test samples if groups of earlier test samples have grown.
  static let maximumShareBefore = 0.5

  /// Chooses the test samples.
  ///
  /// - Parameters:
  ///   - groups: The IDs of the samples of each group.
  ///   - before: The earlier test samples with the same seed.
  /// - Returns: The IDs of the test samples.
  func test(of groups: [[String]], before: Set<String>) -> Set<String> {
    let count = groups.reduce(0) { $0 + $1.count }
    let limit = limit(of: count)
    let grown = keepsAll ? max(limit, Int(Double(count) * Self.maximumShareBefore)) : limit
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

  /// The maximum number of test samples among `count` samples.
  func limit(of count: Int) -> Int { min(max(0, asked), Int(Double(count) * Self.maximumShare)) }
}
