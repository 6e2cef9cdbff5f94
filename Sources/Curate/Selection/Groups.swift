import Dataset
import Imaging
import Ledger

/// Samples that must stay on one side of the split: copies of one picture, faces of one image, frames of one scene of a
/// film, and photographs of one person.
struct Groups {
  /// The positions of each group's samples, the groups by the smallest identity of their samples.
  let members: [[Int]]

  /// Groups `samples`.
  ///
  /// - Parameters:
  ///   - samples: The samples of one domain.
  ///   - pairs: Those that show the same picture.
  ///   - scene: How many seconds without a face part two scenes of a film.
  ///   - persons: Whose face each sample shows, as a number; nil where that is unknown.
  init(_ samples: [Snapshot.Candidate], pairs: [DuplicatePair], scene: Double, persons: [Int?]? = nil) {
    var components = DisjointSets(count: samples.count)
    for pair in pairs { components.join(pair.first, pair.second) }
    var firsts: [String: Int] = [:]
    var films: [String: [(time: Double, index: Int)]] = [:]
    for (index, sample) in samples.enumerated() {
      if let time = sample.image.time { films[sample.image.sha256, default: []].append((time, index)) }
      let image = sample.image.id.rawValue
      if let first = firsts[image] { components.join(first, index) } else { firsts[image] = index }
    }
    for frames in films.values {
      let frames = frames.sorted { ($0.time, $0.index) < ($1.time, $1.index) }
      for (frame, next) in zip(frames, frames.dropFirst()) where next.time - frame.time <= scene {
        components.join(frame.index, next.index)
      }
    }
    var known: [Int: Int] = [:]
    for (index, person) in (persons ?? []).enumerated() {
      guard let person else { continue }
      if let first = known[person] { components.join(first, index) } else { known[person] = index }
    }
    var groups: [Int: [Int]] = [:]
    for index in samples.indices { groups[components.root(of: index), default: []].append(index) }
    members = groups.values.map { group in (group.map { samples[$0].crop.id }.min() ?? "", group) }
      .sorted { $0.0 < $1.0 }.map(\.1)
  }
}
