import Dataset

/// The order in which the samples of a dataset are written, in pieces of limited size.
///
/// A dataset of at most `curate: archives-above` samples has one file for each image. In a larger one, each piece is a tar archive
/// such as `trainA/00000.tar`, which contains the samples of a range of IDs. IDs are digests, so all archives have about
/// the same size, and a new sample changes only one of them.
struct PublishedPieces: Sequence, IteratorProtocol {
  /// Some samples that are written together.
  struct Piece {
    /// The path of their archive; nil for single files.
    let archive: String?
    let samples: [Selection.Kept]
  }

  /// The number of samples of an archive, on average.
  static let archiveSize = 10_000
  /// The number of samples that are written at a time as single files.
  private static let fileCount = 512

  private let kept: [Selection.Kept]
  /// The positions of the samples in the order of the archives; nil for single files.
  private let order: [UInt32]?
  /// The first position of each archive in `order`, with its path.
  private var archives: ArraySlice<(start: Int, path: String)> = []
  /// The first sample of the next piece of single files.
  private var position = 0

  /// The pieces of `kept`, which is sorted by domain and ID.
  init(_ kept: [Selection.Kept], archivesAbove limit: Int) {
    self.kept = kept
    guard kept.count > limit else {
      order = nil
      return
    }
    var order: [UInt32] = []
    order.reserveCapacity(kept.count)
    for domain in Domain.allCases {
      for split in Split.allCases {
        let members = kept.indices.filter { kept[$0].domain == domain && kept[$0].split == split }
        let count = (members.count + Self.archiveSize - 1) / Self.archiveSize
        var last = -1
        for index in members {
          let number = Swift.max(Self.number(of: kept[index].id, of: count), last)
          if number > last {
            archives.append((order.count, Self.path(split, domain, number)))
            last = number
          }
          order.append(UInt32(index))
        }
      }
    }
    self.order = order
  }

  /// The next piece.
  mutating func next() -> Piece? {
    guard let order else {
      guard position < kept.count else { return nil }
      defer { position += Self.fileCount }
      return Piece(
        archive: nil, samples: Array(kept[position..<Swift.min(kept.count, position + Self.fileCount)]))
    }
    guard let archive = archives.popFirst() else { return nil }
    let end = archives.first?.start ?? order.count
    return Piece(archive: archive.path, samples: order[archive.start..<end].map { kept[Int($0)] })
  }

  /// The number of the archive for an ID: its first 32 bits as a share of all.
  private static func number(of id: String, of count: Int) -> Int {
    Int((UInt64(UInt32(id.prefix(8), radix: 16) ?? 0) * UInt64(count)) >> 32)
  }

  private static func path(_ split: Split, _ domain: Domain, _ number: Int) -> String {
    let digits = String(number)
    let name = String(repeating: "0", count: Swift.max(0, 5 - digits.count)) + digits
    return "\(split.rawValue)\(domain.rawValue)/\(name).tar"
  }
}
