import Dataset
import Imaging
import Ledger

/// What copies of a picture are found by.
struct ImageFingerprint: Sendable {
  /// The hashes of its inner face.
  let face: FaceHashes
  /// The SHA-256 of its pixels.
  let pixels: String
  /// The hash of its polar signature, which turning and mirroring do not change; nil if it is not known.
  var polar: PerceptualHash?
  /// Its true width over height; it may have been squeezed into a square.
  var aspect = 1.0

  init(face: FaceHashes, pixels: String) { (self.face, self.pixels) = (face, pixels) }
}

/// Compares pictures pixel by pixel, each pair once; results of earlier runs are in the ledger.
struct ComparisonCache {
  /// Two pictures by their positions, the second turned.
  struct Pair: Sendable, Hashable {
    let first: Int
    let second: Int
    var turn = Turn.upright
    /// How the second is placed, as far as it is known.
    var placement = Placement.upright
  }

  /// How the second of two pictures may be turned.
  enum Turn: Sendable, Hashable {
    /// By quarter turns and mirrored, as an EXIF orientation.
    case quarters(Orientation)
    /// By the angle at which their polar signatures fit best, mirrored or not if `flips`.
    case anyAngle(flips: Bool)

    /// Not turned.
    static let upright = quarters(.topLeft)

    /// The suffix of its comparisons' keys in the ledger.
    var key: String {
      switch self {
      case .upright: ""
      case .quarters(let orientation): "@\(orientation.rawValue)"
      case .anyAngle(let flips): flips ? "@disc-or-mirrored" : "@disc"
      }
    }
  }

  let pictures: [ImageFingerprint]
  /// The number of cores to use.
  let jobs: Int
  /// Where comparisons are kept; nil for none.
  var ledger: Ledger?
  /// Whether new comparisons are recorded there.
  var isRecording = true
  /// Loads the thumbnail of a picture.
  let print: @Sendable (Int) throws -> GrayThumbnail
  /// Loads the known thumbnails at half size of some pictures, by position; pictures without one are read.
  var halves: @Sendable ([Int]) throws -> [Int: HalfThumbnail] = { _ in [:] }

  /// The number of thumbnails that are kept in memory, 20 KiB each.
  static let cacheLimit = 8_192
  private var prints: [Int: GrayThumbnail] = [:]

  init(
    _ pictures: [ImageFingerprint], jobs: Int, ledger: Ledger? = nil, isRecording: Bool = true,
    print: @escaping @Sendable (Int) throws -> GrayThumbnail
  ) {
    (self.pictures, self.jobs, self.print) = (pictures, jobs, print)
    (self.ledger, self.isRecording) = (ledger, isRecording)
  }

  /// The similarity of each pair.
  ///
  /// - Throws: What `print` throws, `LedgerError` or `CancellationError`.
  mutating func similarities(of pairs: [Pair]) async throws -> [Similarity] {
    var all: [Similarity] = []
    for start in stride(from: 0, to: pairs.count, by: Self.cacheLimit / 4) {
      all += try await compare(Array(pairs[start..<min(pairs.count, start + Self.cacheLimit / 4)]))
    }
    return all
  }

  /// Compares few enough pairs that their thumbnails fit into memory.
  private mutating func compare(_ pairs: [Pair]) async throws -> [Similarity] {
    let keys = pairs.map(key)
    let recorded = try ledger?.comparisons(of: keys, version: Similarity.version)
    var found = recorded?.map { $0.map(Similarity.init) } ?? []
    if found.isEmpty { found = pairs.map { _ in nil } }
    try await ruleOut(pairs, &found)
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
      case .quarters(let turn): return Similarity(a, b.turned(turn), pairs[at].placement)
      case .anyAngle(let flips):
        let aspects = (pictures[pairs[at].first].aspect, pictures[pairs[at].second].aspect)
        return Similarity((a, aspects.0), turning: (b, aspects.1), flips: flips)
      }
    } deliver: {
      found[$0] = $1
    }
    if isRecording {
      try ledger?.record(
        unknown.compactMap { at in
          found[at].map {
            ComparisonRow(
              first: keys[at].first, second: keys[at].second, version: Similarity.version, whole: $0.whole,
              worst: $0.worst, light: $0.light, difference: $0.difference, clipping: $0.clipping,
              scale: $0.scale)
          }
        })
    }
    return found.map { $0 ?? Similarity(whole: -1, worst: -1) }
  }

  /// Finds the similarity of pairs that differ even at half size.
  private func ruleOut(_ pairs: [Pair], _ found: inout [Similarity?]) async throws {
    let unknown = pairs.indices.filter { found[$0] == nil }
    let needed = Set(unknown.flatMap { [pairs[$0].first, pairs[$0].second] })
    let known = try halves(needed.sorted())
    let blocks = stride(from: 0, to: unknown.count, by: 64).map {
      Array(unknown[$0..<min(unknown.count, $0 + 64)])
    }
    try await orderedMap(blocks, jobs: jobs, makeWorker: {}) { block, _ in
      block.map { at -> Similarity? in
        guard case .quarters(let turn) = pairs[at].turn, let a = known[pairs[at].first],
          let b = known[pairs[at].second]
        else { return nil }
        return Similarity(unlike: a, b.turned(turn), pairs[at].placement)
      }
    } deliver: { block, similarities in
      for (at, similarity) in zip(block, similarities) { found[at] = similarity }
    }
  }

  private func key(_ pair: Pair) -> (first: String, second: String) {
    (pictures[pair.first].pixels, pictures[pair.second].pixels + pair.turn.key)
  }
}

extension Similarity {
  /// A similarity from the ledger.
  fileprivate init(_ row: ComparisonRow) {
    self.init(
      whole: row.whole, worst: row.worst, light: row.light, difference: row.difference,
      clipping: row.clipping, scale: row.scale)
  }
}
