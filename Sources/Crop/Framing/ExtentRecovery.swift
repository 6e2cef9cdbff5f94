import Dataset
import Imaging
import Ledger

/// Fills in where faces are in crops that an older version cut: it recorded what was found, but not the face's extent.
///
/// No image is read: the extent follows from the recorded detection and from how the crop was cut.
struct ExtentRecovery {
  let ledger: Ledger
  let align: CropSettings.Alignment

  /// Completes the crops of `domain`.
  ///
  /// - Throws: `LedgerError`.
  func run(on domain: Domain) throws {
    for var crop in try ledger.cropsWithoutExtent(of: domain) {
      guard let cut = crop.cut,
        let row = try ledger.detection(of: crop.image, in: domain, as: DetectionResult.self),
        let face = row.found.faces.first(where: {
          $0.detector == crop.face.detector && $0.box == crop.face.box
        })
      else { continue }
      crop.face.extent = FaceExtent(of: face, align: align).box.mapped(by: cut.matrix)
      try ledger.record(crop)
    }
  }
}
