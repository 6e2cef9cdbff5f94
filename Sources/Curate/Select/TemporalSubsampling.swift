import Dataset
import Ledger

/// Rejects video frames that are similar to a kept frame shortly before or after.
///
/// They need not be duplicates: a face that speaks or turns a little is another image, but hundreds of such frames would
/// dominate the training set.
struct TemporalSubsampling {
  /// The minimum number of seconds between similar kept frames; 0 to reject none.
  let seconds: Double
  /// The maximum number of differing bits, of 64, in the hashes of similar frames.
  static let distance = 20

  /// The frames to reject.
  ///
  /// - Parameters:
  ///   - samples: The samples of one domain.
  ///   - isKept: Whether a sample is kept so far.
  ///   - people: The users' decisions by sample ID.
  /// - Returns: The rejections by position.
  func rejections(
    of samples: [CurationInput.Candidate], where isKept: (Int) -> Bool, people: [String: DecisionRow]
  ) -> [Int: Sample.Decision] {
    guard seconds > 0 else { return [:] }
    var videos: [CurationInput.Key: [Int]] = [:]
    for index in samples.indices where samples[index].time != nil && isKept(index) {
      videos[samples[index].video, default: []].append(index)
    }
    let order = DuplicateResolver(samples, people: people)
    var decisions: [Int: Sample.Decision] = [:]
    for frames in videos.values {
      var kept: [(time: Double, hash: PerceptualHash)] = []
      for index in frames.sorted(by: order.isBetter) {
        guard let time = samples[index].time else { continue }
        guard let hash = samples[index].hash else { continue }
        let rival = kept.first {
          abs($0.time - time) < seconds && $0.hash.distance(to: hash) <= Self.distance
        }
        guard let rival, people[samples[index].id]?.keep != true else {
          kept.append((time, hash))
          continue
        }
        decisions[index] = Sample.Decision(
          by: .rule, why: "thinned",
          detail: "it is similar to the better frame at \(NumberText.time(rival.time)) "
            + "(\(rival.hash.distance(to: hash)) of 64 bits differ), \(NumberText.plain(abs(rival.time - time))) s away; "
            + "similar frames must be \(NumberText.plain(seconds)) s apart")
      }
    }
    return decisions
  }
}
