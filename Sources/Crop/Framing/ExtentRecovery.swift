import Dataset
import Imaging
import Ledger

/// Adds the face's extent to crops of older versions, which did not record it.
///
/// It reads no image, because the extent follows from the recorded detection and the crop's matrix.
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
