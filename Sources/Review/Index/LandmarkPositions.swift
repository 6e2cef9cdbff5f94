import Dataset
import Imaging
import Ledger

/// The positions of the faces' landmarks in the crops of both domains, which show whether the framings agree.
struct LandmarkPositions: Sendable, Encodable {
  /// The maximum number of samples of a domain, which are evenly spaced.
  static let maximumSamples = 300

  /// The landmarks of each sample, by domain, as fractions of the crop's side.
  private(set) var marks: [String: [[Point]]] = [:]

  /// - Throws: `LedgerError`.
  init(_ samples: [Item], in ledger: Ledger) throws {
    for item in samples {
      guard let record = try SampleRecord(item.id, in: ledger), let cut = record.crop.cut,
        let size = record.crop.size
      else { continue }
      let box = record.crop.face.box
      let found = record.crop.face.landmarks.points
      // If a detector finds no landmarks, the centre of the face is used.
      let points = found.isEmpty ? [box.center] : found
      marks[item.domain.rawValue, default: []].append(
        points.map { point in
          let place = cut.matrix(point)
          return Point(x: (place.x + 0.5) / Double(size), y: (place.y + 0.5) / Double(size))
        })
    }
  }
}
