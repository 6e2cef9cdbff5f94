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
    var all = [[Float]?](repeating: nil, count: candidates.count)
    guard let model else { return all }
    let able = candidates.indices.filter { candidates[$0].canEmbed }
    var missing: [Int] = []
    for start in stride(from: 0, to: able.count, by: Self.piece) {
      let piece = able[start..<min(able.count, start + Self.piece)]
      let known = try ledger.embeddings(of: piece.map { candidates[$0].id })
      for (index, (row, cropDigest)) in zip(piece, known) {
        if let row, row.digest == Self.digest(ofCrop: cropDigest) {
          all[index] = row.vector
        } else {
          missing.append(index)
        }
      }
    }
    for start in stride(from: 0, to: missing.count, by: Self.piece) {
      let piece = Array(missing[start..<min(missing.count, start + Self.piece)])
      try await compute(piece, candidates, model, &all)
    }
    return all
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
}
