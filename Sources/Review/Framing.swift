import Dataset
import Imaging
import Ledger

/// Where the faces' marks lie in the crops of both domains, which shows whether they are framed alike.
struct Framing: Sendable, Encodable {
  /// The most samples of a domain, evenly chosen.
  static let most = 300

  /// The marks of each sample, by domain, in parts of the crop's side.
  private(set) var marks: [String: [[Point]]] = [:]

  /// - Throws: `LedgerError`.
  init(_ samples: [Item], in ledger: Ledger) throws {
    for item in samples {
      guard let facts = try Facts(item.id, in: ledger), let cut = facts.crop.cut, let size = facts.crop.size
      else { continue }
      let box = facts.crop.face.box
      let found = facts.crop.face.landmarks.points
      // Where a detector knows no marks, the face's middle stands for them.
      let points = found.isEmpty ? [box.center] : found
      marks[item.domain.rawValue, default: []].append(
        points.map { point in
          let place = cut.matrix(point)
          return Point(x: (place.x + 0.5) / Double(size), y: (place.y + 0.5) / Double(size))
        })
    }
  }
}
