import Ledger

/// The samples that may show nearly the same image as a given sample: frames of its video at about its time, the files
/// before and after it, and samples with a similar perceptual hash.
struct SimilarSamples {
  /// The maximum distance in the video, in seconds.
  static let seconds = 10.0
  /// The number of files or frames before and after the sample that are candidates.
  static let places = 4
  /// The maximum number of differing bits of the 64-bit hash.
  static let bits = 12
  /// The maximum number of candidates.
  static let limit = 24

  /// The IDs of the candidates, the most similar first.
  let ids: [String]

  /// The candidates for `id` among the samples of a ledger, which are in the order of files and times.
  init(of id: String, among lines: [SampleLine]) {
    guard let place = lines.firstIndex(where: { $0.id == id }) else {
      ids = []
      return
    }
    let own = lines[place]
    let hash = own.hash.flatMap { UInt64($0, radix: 16) }
    let found = lines.enumerated().compactMap { other, line -> (distance: Double, place: Int, id: String)? in
      guard other != place, line.domain == own.domain else { return nil }
      // The distance counts a second of video, one file, and three bits of the hash as 1.
      var distances: [Double] = []
      if line.path == own.path, let time = own.time, let at = line.time, abs(at - time) <= Self.seconds {
        distances.append(abs(at - time))
      }
      if abs(other - place) <= Self.places { distances.append(Double(abs(other - place))) }
      if let hash, let bits = line.hash.flatMap({ UInt64($0, radix: 16) }) {
        let differing = (hash ^ bits).nonzeroBitCount
        if differing <= Self.bits { distances.append(Double(differing) / 3) }
      }
      return distances.min().map { ($0, other, line.id) }
    }
    ids = found.sorted { ($0.distance, $0.place) < ($1.distance, $1.place) }.prefix(Self.limit).map(\.id)
  }
}
