import Dataset
import Imaging
import Ledger

/// Groups of samples that must be in the same split: copies and near copies, faces of one image or of similar images, frames
/// of one video scene, and photos of one person.
struct SplitGroups {
  /// The positions of each group's samples; the groups are sorted by the smallest ID of their samples.
  let members: [[Int]]

  /// Groups `samples`.
  ///
  /// - Parameters:
  ///   - samples: The samples of one domain.
  ///   - alike: The pairs of copies and near copies, and of faces from similar images.
  ///   - scene: The number of seconds without a face that separate two scenes of a video.
  ///   - persons: The number of each sample's person; nil if it is unknown.
  init(
    _ samples: [CurationInput.Candidate], alike: [(first: Int, second: Int)], scene: Double,
    persons: [Int?]? = nil
  ) {
    var components = UnionFind(count: samples.count)
    for pair in alike { components.join(pair.first, pair.second) }
    var firsts: [CurationInput.Key: Int] = [:]
    var videos: [CurationInput.Key: [(time: Double, index: Int)]] = [:]
    for (index, sample) in samples.enumerated() {
      if let time = sample.time { videos[sample.video, default: []].append((time, index)) }
      if let first = firsts[sample.image] {
        components.join(first, index)
      } else {
        firsts[sample.image] = index
      }
    }
    for frames in videos.values {
      let frames = frames.sorted { ($0.time, $0.index) < ($1.time, $1.index) }
      for (frame, next) in zip(frames, frames.dropFirst()) where next.time - frame.time <= scene {
        let cuts = (samples[frame.index].scene, samples[next.index].scene)
        // A cut always separates two scenes; older datasets have no recorded cuts.
        if let before = cuts.0, let after = cuts.1, before != after { continue }
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
    members = groups.values.map { group in (group.map { samples[$0].id }.min() ?? "", group) }
      .sorted { $0.0 < $1.0 }.map(\.1)
  }
}
