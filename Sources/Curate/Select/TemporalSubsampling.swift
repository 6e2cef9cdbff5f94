import Dataset
import Ledger

/// Leaves out video frames that look like a kept one shortly before or after.
///
/// They need not be duplicates: a face that speaks or turns a little is another picture, but hundreds of such frames
/// outweigh everything else that a trainer sees.
struct TemporalSubsampling {
  /// The smallest number of seconds between kept frames that look alike; 0 leaves out none.
  let seconds: Double
  /// Frames look alike if their hashes differ in at most this many of 64 bits.
  static let distance = 20

  /// Chooses what is left out.
  ///
  /// - Parameters:
  ///   - samples: The samples of one domain.
  ///   - isKept: Whether a sample is kept so far.
  ///   - people: People's decisions.
  /// - Returns: The samples that are left out, with their rejections.
  func leftOut(
    of samples: [CurationInput.Candidate], where isKept: (Int) -> Bool, people: [String: DecisionRow]
  ) -> [Int: Sample.Decision] {
    guard seconds > 0 else { return [:] }
    var videos: [String: [Int]] = [:]
    for index in samples.indices where samples[index].image.time != nil && isKept(index) {
      videos[samples[index].image.sha256, default: []].append(index)
    }
    let order = DuplicateResolver(samples, people: people)
    var decisions: [Int: Sample.Decision] = [:]
    for frames in videos.values {
      var kept: [(time: Double, hash: PerceptualHash)] = []
      for index in frames.sorted(by: order.isBetter) {
        guard let time = samples[index].image.time else { continue }
        let hash = samples[index].fingerprint.hash
        let rival = kept.first {
          abs($0.time - time) < seconds && $0.hash.distance(to: hash) <= Self.distance
        }
        guard let rival, people[samples[index].crop.id]?.keep != true else {
          kept.append((time, hash))
          continue
        }
        decisions[index] = Sample.Decision(
          by: .rule, why: "thinned",
          detail: "it looks like the better frame at \(NumberText.time(rival.time)) "
            + "(\(rival.hash.distance(to: hash)) of 64 bits differ), \(NumberText.plain(abs(rival.time - time))) s away; "
            + "such frames are kept \(NumberText.plain(seconds)) s apart")
      }
    }
    return decisions
  }
}
