import Dataset

/// The person or character that each sample shows, with the users' names and rejections.
///
/// A cluster of several samples without a user's name is called `c` and the first seven digits of its smallest sample ID. This
/// name and a sample ID both mean the cluster in which that sample is, so the users' settings remain valid if samples are
/// added.
struct CharacterNames {
  /// The name of each sample's person or character; nil if only this sample shows it and it has no name.
  let names: [String?]
  /// Whether users rejected each sample's person or character.
  let isRejected: [Bool]
  /// The settings' words that mean no sample and no name.
  let unknown: [String]
  /// Sentences about two names of one cluster.
  let conflicts: [String]

  /// Names the clusters.
  ///
  /// - Parameters:
  ///   - ids: The IDs of the samples.
  ///   - clusters: The number of each sample's cluster; nil for a sample that is in none.
  ///   - given: The users' names by cluster or sample ID. Clusters with the same name are one character.
  ///   - rejected: The rejected names, clusters or sample IDs.
  init(_ ids: [String], clusters: [Int?], given: [String: String], rejected: [String]) {
    var members: [Int: [Int]] = [:]
    for (index, cluster) in clusters.enumerated() {
      // A sample without a cluster is alone; its number is negative.
      members[cluster ?? -1 - index, default: []].append(index)
    }
    let clusterOf = clusters.enumerated().map { $1 ?? -1 - $0 }
    let order = ids.indices.sorted { ids[$0] < ids[$1] }
    func cluster(_ word: String) -> Int? {
      order.first { Self.means(word, ids[$0]) }.map { clusterOf[$0] }
    }
    var byCluster: [Int: String] = [:]
    var unknown: [String] = []
    var conflicts: [String] = []
    for word in given.keys.sorted() {
      guard let cluster = cluster(word) else {
        unknown.append(word)
        continue
      }
      if let first = byCluster[cluster], let other = given[word], first != other {
        conflicts.append(
          "\(first) and \(other) are one group now, which is called \(first); give both the same name")
      } else {
        byCluster[cluster] = given[word]
      }
    }
    for (cluster, indices) in members where byCluster[cluster] == nil && indices.count > 1 {
      byCluster[cluster] = indices.map { ids[$0] }.min().map { "c" + $0.prefix(7) }
    }
    names = clusterOf.map { byCluster[$0] }
    var rejectedClusters: Set<Int> = []
    for word in rejected {
      let named = byCluster.filter { $0.value == word }.keys
      if !named.isEmpty {
        rejectedClusters.formUnion(named)
      } else if let cluster = cluster(word) {
        rejectedClusters.insert(cluster)
      } else {
        unknown.append(word)
      }
    }
    isRejected = clusterOf.map(rejectedClusters.contains)
    self.unknown = unknown
    self.conflicts = conflicts
  }

  /// Whether a word of the settings is the sample ID `id`, or the name of the cluster that is called after this sample.
  static func means(_ word: String, _ id: String) -> Bool {
    let start = word.count == 8 && word.hasPrefix("c") ? word.dropFirst() : word[...]
    return start.count >= 7 && id.hasPrefix(start)
  }

  /// The decision that rejects sample number `index`, which is called `id`.
  func rejection(_ index: Int, id: String) -> Sample.Decision {
    Sample.Decision(
      by: .rule, why: .rejectedCharacter,
      detail: "it shows \(names[index] ?? id), which curate: characters: reject excludes")
  }
}
