import Ledger

/// The samples that may show nearly the same as one sample: its video at about its time, the files before and after it,
/// and those with about its perceptual hash.
struct Neighbours {
  /// How far off in its video, in seconds.
  static let seconds = 10.0
  /// How many files or frames before and after it.
  static let places = 4
  /// How many of the 64 bits of the hash.
  static let bits = 12
  /// The most that are looked at.
  static let most = 24

  /// The nearest first.
  let ids: [String]

  /// The neighbours of `id` among the samples of a ledger, which are in the order of files and times.
  init(of id: String, among lines: [SampleLine]) {
    guard let place = lines.firstIndex(where: { $0.id == id }) else {
      ids = []
      return
    }
    let own = lines[place]
    let hash = own.hash.flatMap { UInt64($0, radix: 16) }
    let found = lines.enumerated().compactMap { other, line -> (nearness: Double, place: Int, id: String)? in
      guard other != place, line.domain == own.domain else { return nil }
      // A second of video, a file, and three bits of the hash count alike.
      var nearness: [Double] = []
      if line.path == own.path, let time = own.time, let at = line.time, abs(at - time) <= Self.seconds {
        nearness.append(abs(at - time))
      }
      if abs(other - place) <= Self.places { nearness.append(Double(abs(other - place))) }
      if let hash, let bits = line.hash.flatMap({ UInt64($0, radix: 16) }) {
        let differing = (hash ^ bits).nonzeroBitCount
        if differing <= Self.bits { nearness.append(Double(differing) / 3) }
      }
      return nearness.min().map { ($0, other, line.id) }
    }
    ids = found.sorted { ($0.nearness, $0.place) < ($1.nearness, $1.place) }.prefix(Self.most).map(\.id)
  }
}
