import Dataset
import Foundation
import Imaging
import Ledger
import PublishedDataset
import Vision

/// Computes the missing or outdated face embeddings of photos and features of anime faces.
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
    var (all, missing) = try known(candidates.filter(Self.canEmbed), digest: Self.digest)
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

  /// The features of anime faces, from the ledger or newly computed.
  ///
  /// - Parameter candidates: The samples; those that `showsCharacter` does not accept are ignored.
  /// - Returns: The features by sample ID.
  /// - Throws: `LedgerError`, `CancellationError`.
  func characterFeatures(of candidates: [CurationInput.Candidate]) async throws -> [String: [Float]] {
    var (all, missing) = try known(candidates.filter(Self.showsCharacter), digest: Self.characterDigest)
    try await orderedMap(missing, jobs: jobs, makeWorker: {}) {
      [pixels, ledger, isRecording] candidate, _ -> [Float]? in
      guard let matrix = candidate.crop.cut?.matrix else { return nil }
      let cutout: ImageBuffer
      do {
        cutout = try pixels.cutout(candidate.crop.id, mask: candidate.mask?.summary)
      } catch is ImagingError { return nil }
      let vector = CharacterFeatures(cutout, face: candidate.crop.face, matrix: matrix).vector
      if isRecording {
        try ledger.record(
          EmbeddingRow(id: candidate.crop.id, vector: vector, digest: Self.characterDigest(of: candidate)))
      }
      return vector
    } deliver: {
      all[$0.crop.id] = $1
    }
    return all
  }

  /// The up-to-date vectors of the ledger by sample ID, and the candidates without one.
  private func known(
    _ candidates: [CurationInput.Candidate], digest: (CurationInput.Candidate) -> String
  ) throws -> (vectors: [String: [Float]], missing: [CurationInput.Candidate]) {
    let rows = try ledger.embeddings()
    var vectors: [String: [Float]] = [:]
    var missing: [CurationInput.Candidate] = []
    for candidate in candidates {
      if let row = rows[candidate.crop.id], row.digest == digest(candidate) {
        vectors[candidate.crop.id] = row.vector
      } else {
        missing.append(candidate)
      }
    }
    return (vectors, missing)
  }

  /// Whether a sample is an anime face with a mask, whose character is found by its colours.
  static func showsCharacter(_ candidate: CurationInput.Candidate) -> Bool {
    candidate.crop.domain == .b && candidate.mask != nil && !canEmbed(candidate)
  }

  /// Whether a sample is a photo of a face with five known landmarks.
  static func canEmbed(_ candidate: CurationInput.Candidate) -> Bool {
    [.photos, .celebamaskHQ].contains(candidate.image.kind) && candidate.crop.face.landmarks.five != nil
  }

  private static func digest(of candidate: CurationInput.Candidate) -> String {
    Digest(of: "embedding \(FaceEmbedder.version)\n\(candidate.crop.digest)").hex
  }

  private static func characterDigest(of candidate: CurationInput.Candidate) -> String {
    let text =
      "character \(CharacterFeatures.version)\n\(candidate.crop.digest)\n\(candidate.mask?.digest ?? "")"
    return Digest(of: text).hex
  }
}
