import Dataset
import Imaging
import Ledger

/// What duplicates of a picture are found by.
struct Appearance: Sendable {
  /// Its hash, then those of the turned and mirrored picture, EXIF orientations 2 to 8, where they are known.
  let hashes: [PerceptualHash]
  /// The SHA-256 of its pixels.
  let pixels: String
  /// The hash of its disc, which turning and mirroring leaves as it is; nil where it is not known.
  var disc: PerceptualHash?
  /// Width over height of what it shows, which may have been squeezed into a square.
  var aspect = 1.0

  /// Its hash as it is.
  var hash: PerceptualHash { hashes[0] }

  /// A picture with at least one hash.
  init(hashes: [PerceptualHash], pixels: String) {
    precondition(!hashes.isEmpty, "a picture has a hash")
    (self.hashes, self.pixels) = (hashes, pixels)
  }
}

/// Compares pictures pixel by pixel, each pair once: what an earlier run compared is looked up in the ledger.
struct Comparisons {
  /// Two pictures by their positions, the second turned.
  struct Pair: Sendable, Hashable {
    let first: Int
    let second: Int
    var turn = Turn.upright
  }

  /// How the second of two pictures may lie to the first.
  enum Turn: Sendable, Hashable {
    /// By quarters and mirrored as EXIF orientations say.
    case quarters(Orientation)
    /// By the angle at which their discs fit best, mirrored or not if `flips`.
    case anyAngle(flips: Bool)

    /// As it is.
    static let upright = quarters(.topLeft)

    /// What tells its comparisons in the ledger from those of the upright picture.
    var key: String {
      switch self {
      case .upright: ""
      case .quarters(let orientation): "@\(orientation.rawValue)"
      case .anyAngle(let flips): flips ? "@disc-or-mirrored" : "@disc"
      }
    }
  }

  let pictures: [Appearance]
  /// How many cores are used.
  let jobs: Int
  /// Where comparisons are kept; nil for nowhere.
  var ledger: Ledger?
  /// Whether new comparisons are recorded there.
  var isRecording = true
  /// Loads the print of a picture.
  let print: @Sendable (Int) throws -> LumaPrint

  /// Prints that are kept in memory at a time, 20 KiB each.
  static let cacheLimit = 8_192
  private var prints: [Int: LumaPrint] = [:]
  /// How many pairs were compared rather than looked up.
  private(set) var computed = 0

  init(
    _ pictures: [Appearance], jobs: Int, ledger: Ledger? = nil, isRecording: Bool = true,
    print: @escaping @Sendable (Int) throws -> LumaPrint
  ) {
    (self.pictures, self.jobs, self.print) = (pictures, jobs, print)
    (self.ledger, self.isRecording) = (ledger, isRecording)
  }

  /// How alike the pictures of each pair are.
  ///
  /// - Throws: What `print` throws, `LedgerError` or `CancellationError`.
  mutating func similarities(of pairs: [Pair]) async throws -> [Similarity] {
    var all: [Similarity] = []
    for start in stride(from: 0, to: pairs.count, by: Self.cacheLimit / 4) {
      all += try await compare(Array(pairs[start..<min(pairs.count, start + Self.cacheLimit / 4)]))
    }
    return all
  }

  /// Compares so few pairs that their prints fit into memory.
  private mutating func compare(_ pairs: [Pair]) async throws -> [Similarity] {
    let keys = pairs.map(key)
    let recorded = try ledger?.comparisons(of: keys, version: Similarity.version)
    var found = recorded?.map { $0.map { Similarity(whole: $0.whole, blocks: $0.blocks) } } ?? []
    if found.isEmpty { found = pairs.map { _ in nil } }
    let unknown = pairs.indices.filter { found[$0] == nil }
    let needed = Set(unknown.flatMap { [pairs[$0].first, pairs[$0].second] })
    if prints.count + needed.count > Self.cacheLimit { prints = prints.filter { needed.contains($0.key) } }
    let missing = needed.filter { prints[$0] == nil }.sorted()
    try await orderedMap(missing, jobs: jobs, makeWorker: {}) {
      [print] index, _ in
      try print(index)
    } deliver: {
      prints[$0] = $1
    }
    let (known, pictures) = (prints, pictures)
    try await orderedMap(unknown, jobs: jobs, makeWorker: {}) { at, _ -> Similarity? in
      guard let a = known[pairs[at].first], let b = known[pairs[at].second] else { return nil }
      switch pairs[at].turn {
      case .quarters(let turn): return Similarity(a, b.turned(turn))
      case .anyAngle(let flips):
        let aspects = (pictures[pairs[at].first].aspect, pictures[pairs[at].second].aspect)
        return Similarity((a, aspects.0), turning: (b, aspects.1), flips: flips)
      }
    } deliver: {
      found[$0] = $1
    }
    computed += unknown.count
    if isRecording {
      try ledger?.record(
        unknown.compactMap { at in
          found[at].map {
            ComparisonRow(
              first: keys[at].first, second: keys[at].second, version: Similarity.version, whole: $0.whole,
              blocks: $0.blocks)
          }
        })
    }
    return found.map { $0 ?? Similarity(whole: -1, blocks: -1) }
  }

  private func key(_ pair: Pair) -> (first: String, second: String) {
    (pictures[pair.first].pixels, pictures[pair.second].pixels + pair.turn.key)
  }
}
