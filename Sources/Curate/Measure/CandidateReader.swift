import Dataset
import Foundation
import Imaging
import Ledger
import PublishedDataset

/// Reads the faces of a domain that have a crop, and measures those whose measures are missing or outdated.
struct CandidateReader {
  let ledger: Ledger
  let pixels: SamplePixels
  let jobs: Int
  /// Whether new measures are recorded.
  let isRecording: Bool
  /// The number of samples that are read at a time.
  private static let piece = 2048

  /// The candidates of a domain, by source, path and time.
  ///
  /// - Throws: `LedgerError`, `CancellationError`, `DecodingError`.
  func candidates(of domain: Domain) async throws -> [CurationInput.Candidate] {
    var candidates: [CurationInput.Candidate] = []
    candidates.reserveCapacity(try ledger.sampleCount(of: domain))
    var last = ""
    while true {
      let piece = try ledger.samples(of: domain, after: last, limit: Self.piece)
      guard let end = piece.last?.id else { break }
      last = end
      try await orderedMap(piece, jobs: jobs, makeWorker: {}) {
        [ledger, pixels, isRecording] stored, _ -> CurationInput.Candidate in
        let (image, crop, mask, known) = try stored.decoded()
        guard crop.showsFace else {
          return CurationInput.Candidate(
            image: image, crop: crop, mask: mask,
            failure: Sample.Decision(
              by: .rule, why: "bad-framing",
              detail: "the face is outside the crop; correct its frame with easel review"))
        }
        let row: MeasureRow?
        do throws(ImagingError) {
          row = try Self.measured(crop, mask, known, source: image.size, pixels)
        } catch {
          return CurationInput.Candidate(
            image: image, crop: crop, mask: mask,
            failure: Sample.Decision(
              by: .rule, why: error.reason,
              detail: "\(error.sentence); run easel crop and easel mask to make it again"))
        }
        if isRecording, let row { try ledger.record(row) }
        return CurationInput.Candidate(image: image, crop: crop, mask: mask, measures: row ?? known)
      } deliver: {
        candidates.append($1)
      }
    }
    return candidates.sorted { $0.isBefore($1) }
  }

  /// Measures one sample if its measures are missing or outdated.
  ///
  /// - Throws: `LedgerError`, `ImagingError`.
  func measure(only id: String) throws {
    guard let (image, crop, mask, known) = try ledger.sample(id) else { return }
    if let row = try Self.measured(crop, mask, known, source: image.size, pixels) { try ledger.record(row) }
  }

  /// New measures; nil if the known ones are up to date or there is no mask yet.
  private static func measured(
    _ crop: CropRow, _ mask: MaskRow?, _ known: MeasureRow?, source: PixelSize?, _ pixels: SamplePixels
  ) throws(ImagingError) -> MeasureRow? {
    guard let mask else { return nil }
    let cutoutFile = pixels.cutoutFile(crop.id, mask: mask.summary)
    let isCurrent = known?.digest == Measures.digest(of: crop, mask: mask)
    // The cutout may have been deleted.
    if isCurrent, FileManager.default.fileExists(atPath: cutoutFile.path) { return nil }
    let image = try ImageFile.read(pixels.output.crop(crop.id)).image
    let cutout = try ImageFile.read(cutoutFile).image
    return Measures.measure(crop, mask: mask, pixels: image, cutout: cutout, source: source)
  }
}
