import Dataset
import Foundation
import Imaging
import Ledger
import PublishedDataset
import Vision

/// Computes the missing or outdated face embeddings of photos.
struct FaceEmbedding {
  let ledger: Ledger
  let pixels: SamplePixels
  let jobs: Int
  /// Whether new embeddings are recorded.
  let isRecording: Bool

  /// The embeddings of `candidates`, from the ledger or newly computed.
  ///
  /// - Parameters:
  ///   - candidates: The samples.
  ///   - model: MobileFaceNet's files; nil if they are not installed.
  /// - Returns: The embeddings by sample ID.
  /// - Throws: `VisionError` for a model that cannot be used, `LedgerError`, `CancellationError`.
  func embeddings(of candidates: [CurationInput.Candidate], model: [URL]?) async throws -> [String: [Float]] {
    guard let model else { return [:] }
    let known = try ledger.embeddings()
    var all: [String: [Float]] = [:]
    var missing: [CurationInput.Candidate] = []
    for candidate in candidates where Self.canEmbed(candidate) {
      if let row = known[candidate.crop.id], row.digest == Self.digest(of: candidate) {
        all[candidate.crop.id] = row.vector
      } else {
        missing.append(candidate)
      }
    }
    try await orderedMap(missing, jobs: jobs) {
      try FaceEmbedder(model)
    } work: { [pixels, ledger, isRecording] candidate, embedder -> [Float]? in
      let crop: ImageBuffer
      do { crop = try pixels.crop(candidate.crop.id) } catch is ImagingError { return nil }
      guard let matrix = candidate.crop.cut?.matrix,
        let points = candidate.crop.face.landmarks.mapped(by: matrix).five
      else { return nil }
      let vector = try embedder.embed(crop, landmarks: points)
      if isRecording {
        try ledger.record(
          EmbeddingRow(id: candidate.crop.id, vector: vector, digest: Self.digest(of: candidate)))
      }
      return vector
    } deliver: {
      all[$0.crop.id] = $1
    }
    return all
  }

  /// Whether a sample is a photo of a face with five known landmarks.
  static func canEmbed(_ candidate: CurationInput.Candidate) -> Bool {
    [.photos, .celebamaskHQ].contains(candidate.image.kind) && candidate.crop.face.landmarks.five != nil
  }

  private static func digest(of candidate: CurationInput.Candidate) -> String {
    Digest(of: "embedding \(FaceEmbedder.version)\n\(candidate.crop.digest)").hex
  }
}
