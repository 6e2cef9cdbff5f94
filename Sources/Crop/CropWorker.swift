import Dataset
import Foundation
import Imaging
import Ledger

/// One worker of the crop stage: from an image to the rows and files that come of it.
struct CropWorker {
  let cutter: FaceCutter
  let domain: Domain
  let output: OutputFolder

  /// Cuts the faces of `picture` and writes the crops.
  ///
  /// - Throws: `VisionError`; `WriteError` where a crop could not be written.
  func crop(_ picture: ImageBuffer, row: ImageRow) throws -> (image: ImageRow, crops: [CropRow]) {
    var row = row
    (row.width, row.height) = (picture.width, picture.height)
    let cuts = try cutter.cut(picture)
    (row.reason, row.detail) = (cuts.refusal?.reason, cuts.refusal?.detail)
    let crops = try cuts.faces.map { cut in
      var crop = CropRow(
        id: row.id.sampleID(domain: domain, face: cut.number), domain: domain, image: row.id,
        number: cut.number, face: cut.face, digest: row.digest)
      (crop.reason, crop.detail, crop.cut) = (cut.reason, cut.detail, cut.cut)
      if let pixels = cut.pixels {
        try AtomicFile.write(pixels.png(), to: output.crop(crop.id))
        crop.size = pixels.width
        crop.hasAlpha = picture.hasTransparency
      }
      return crop
    }
    return (row, crops)
  }
}
