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

  /// The number of samples that are read at a time.
  private static let piece = 2048

  /// Finds the embeddings of `candidates` in the ledger, or computes them.
  ///
  /// - Parameters:
  ///   - candidates: The samples.
  ///   - model: MobileFaceNet's files; nil if they are not installed.
  /// - Returns: The embedding of each candidate; nil for one without.
  /// - Throws: `VisionError` for a model that cannot be used, `LedgerError`, `CancellationError`.
  func embeddings(of candidates: [CurationInput.Candidate], model: [URL]?) async throws -> [[Float]?] {
    guard let model else { return candidates.map { _ in nil } }
    let able = candidates.indices.filter { candidates[$0].canEmbed }
    var (all, missing) = try known(candidates, at: able) { crop, _ in Self.digest(ofCrop: crop) }
    for start in stride(from: 0, to: missing.count, by: Self.piece) {
      let piece = Array(missing[start..<min(missing.count, start + Self.piece)])
      try await compute(piece, candidates, model, &all)
    }
    return all
  }

  /// Finds the features of anime faces in the ledger, or computes them.
  ///
  /// - Parameter candidates: The samples of domain B; photos and those without a mask have no features.
  /// - Returns: The features of each candidate; nil for one without.
  /// - Throws: `LedgerError`, `CancellationError`.
  func characterFeatures(of candidates: [CurationInput.Candidate]) async throws -> [[Float]?] {
    let able = candidates.indices.filter { !candidates[$0].canEmbed && candidates[$0].maskMethod != nil }
    var (all, missing) = try known(candidates, at: able, digest: Self.characterDigest)
    for start in stride(from: 0, to: missing.count, by: Self.piece) {
      let piece = Array(missing[start..<min(missing.count, start + Self.piece)])
      let stored = try ledger.samples(piece.map { candidates[$0].id })
      let places = Dictionary(piece.map { (candidates[$0].id, $0) }, uniquingKeysWith: { $1 })
      try await orderedMap(stored, jobs: jobs, makeWorker: {}) {
        [pixels, ledger, isRecording] stored, _ -> [Float]? in
        let (_, crop, mask, _) = try stored.decoded()
        guard let matrix = crop.cut?.matrix else { return nil }
        let cutout: ImageBuffer
        do { cutout = try pixels.cutout(crop.id, mask: mask?.summary) } catch is ImagingError { return nil }
        let vector = CharacterFeatures(cutout, face: crop.face, matrix: matrix).vector
        if isRecording {
          let digest = Self.characterDigest(ofCrop: crop.digest, mask: mask?.digest ?? "")
          try ledger.record(EmbeddingRow(id: crop.id, vector: vector, digest: digest))
        }
        return vector
      } deliver: {
        if let place = places[$0.id] { all[place] = $1 }
      }
    }
    return all
  }

  /// The up-to-date vectors of the ledger for all candidates, and the positions among `able` of those without one.
  private func known(
    _ candidates: [CurationInput.Candidate], at able: [Int],
    digest: (_ crop: String, _ mask: String) -> String
  ) throws -> (vectors: [[Float]?], missing: [Int]) {
    var vectors = [[Float]?](repeating: nil, count: candidates.count)
    var missing: [Int] = []
    for start in stride(from: 0, to: able.count, by: Self.piece) {
      let piece = able[start..<min(able.count, start + Self.piece)]
      let rows = try ledger.embeddings(of: piece.map { candidates[$0].id })
      for (index, row) in zip(piece, rows) {
        if let embedding = row.embedding, embedding.digest == digest(row.cropDigest, row.maskDigest) {
          vectors[index] = embedding.vector
        } else {
          missing.append(index)
        }
      }
    }
    return (vectors, missing)
  }

  /// Computes the embeddings of some candidates.
  private func compute(
    _ missing: [Int], _ candidates: [CurationInput.Candidate], _ model: [URL], _ all: inout [[Float]?]
  ) async throws {
    let stored = try ledger.samples(missing.map { candidates[$0].id })
    let places = Dictionary(missing.map { (candidates[$0].id, $0) }, uniquingKeysWith: { $1 })
    try await orderedMap(stored, jobs: jobs) {
      try FaceEmbedder(model)
    } work: { [pixels, ledger, isRecording] stored, embedder -> [Float]? in
      let row = try stored.decoded().crop
      let crop: ImageBuffer
      do { crop = try pixels.crop(row.id) } catch is ImagingError { return nil }
      guard let matrix = row.cut?.matrix, let points = row.face.landmarks.mapped(by: matrix).five else {
        return nil
      }
      let vector = try embedder.embed(crop, landmarks: points)
      if isRecording {
        try ledger.record(
          EmbeddingRow(id: row.id, vector: vector, digest: Self.digest(ofCrop: row.digest)))
      }
      return vector
    } deliver: {
      if let place = places[$0.id] { all[place] = $1 }
    }
  }

  private static func digest(ofCrop digest: String) -> String {
    Digest(of: "embedding \(FaceEmbedder.version)\n\(digest)").hex
  }

  private static func characterDigest(ofCrop crop: String, mask: String) -> String {
    Digest(of: "character \(CharacterFeatures.version)\n\(crop)\n\(mask)").hex
  }
}
