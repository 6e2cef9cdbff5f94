import Dataset
import Imaging
import Ledger

/// Where the faces' landmarks are in the crops of both domains, which shows whether they are framed alike.
struct LandmarkPositions: Sendable, Encodable {
  /// The most samples of a domain, evenly chosen.
  static let most = 300

  /// The landmarks of each sample, by domain, as parts of the crop's side.
  private(set) var marks: [String: [[Point]]] = [:]

  /// - Throws: `LedgerError`.
  init(_ samples: [Item], in ledger: Ledger) throws {
    for item in samples {
      guard let record = try SampleRecord(item.id, in: ledger), let cut = record.crop.cut,
        let size = record.crop.size
      else { continue }
      let box = record.crop.face.box
      let found = record.crop.face.landmarks.points
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
