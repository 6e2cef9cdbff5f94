import Dataset
import Foundation
import Imaging
import Ledger
import PublishedDataset
import Vision

/// The vectors by which faces are grouped: embeddings of photos, and colors of anime faces.
///
/// They are read from the ledger. Missing and outdated ones are computed.
struct FaceFeatures {
  let ledger: Ledger
  let pixels: SamplePixels
  let jobs: Int
  /// Whether new vectors are recorded.
  let isRecording: Bool

  /// The number of samples that are read at a time.
  private static let piece = 2048

  /// The embeddings of photos.
  ///
  /// - Parameters:
  ///   - candidates: The samples.
  ///   - model: MobileFaceNet's files; nil if they are not installed.
  /// - Returns: The embedding of each candidate; nil for one without.
  /// - Throws: `VisionError` for a model that cannot be used, `LedgerError`, `CancellationError`.
  func embeddings(of candidates: [CurationInput.Candidate], model: [URL]?) async throws -> [[Float]?] {
    guard let model else { return candidates.map { _ in nil } }
    return try await vectors(
      of: candidates, at: candidates.indices.filter { candidates[$0].canEmbed }, length: FaceEmbedder.length
    ) { crop, _ in
      Digest(of: "embedding \(FaceEmbedder.version)\n\(crop)").hex
    } makeWorker: {
      try FaceEmbedder(model)
    } image: { [pixels] crop, _ in
      try pixels.crop(crop.id)
    } compute: { image, crop, matrix, embedder in
      try crop.face.landmarks.mapped(by: matrix).five.flatMap { try embedder.embed(image, landmarks: $0) }
    }
  }

  /// The colors of anime faces.
  ///
  /// - Parameter candidates: The samples of domain B; photos and those without a mask have no vector.
  /// - Returns: The vector of each candidate; nil for one without.
  /// - Throws: `LedgerError`, `CancellationError`.
  func characterFeatures(of candidates: [CurationInput.Candidate]) async throws -> [[Float]?] {
    try await vectors(
      of: candidates,
      at: candidates.indices.filter { !candidates[$0].canEmbed && candidates[$0].maskMethod != nil },
      length: CharacterFeatures.length
    ) { crop, mask in
      Digest(of: "character \(CharacterFeatures.version)\n\(crop)\n\(mask)").hex
    } makeWorker: {
    } image: { [pixels] crop, mask in
      try pixels.cutout(crop.id, mask: mask?.summary)
    } compute: { image, crop, matrix, _ in
      CharacterFeatures(image, face: crop.face, matrix: matrix).vector
    }
  }

  /// The vectors of the candidates at `able`.
  ///
  /// - Parameters:
  ///   - candidates: The samples.
  ///   - able: The positions of those that can have a vector.
  ///   - length: The number of values of a vector.
  ///   - digest: The digest of everything that a vector depends on, from those of its crop and mask.
  ///   - makeWorker: Makes what a thread needs to compute vectors.
  ///   - image: Reads the image.
  ///   - compute: Computes the vector from the image, the crop and the map from source pixels to the crop's.
  /// - Returns: The vector of each candidate; nil for the others and for those whose image cannot be read.
  /// - Throws: The errors of `makeWorker` and `compute`, `LedgerError`, `CancellationError`.
  private func vectors<Worker>(
    of candidates: [CurationInput.Candidate], at able: [Int], length: Int,
    digest: @escaping @Sendable (_ crop: String, _ mask: String) -> String,
    makeWorker: @escaping @Sendable () throws -> Worker,
    image: @escaping @Sendable (CropRow, MaskRow?) throws -> ImageBuffer,
    compute: @escaping @Sendable (ImageBuffer, CropRow, AffineMap, Worker) throws -> [Float]?
  ) async throws -> [[Float]?] {
    var vectors = [[Float]?](repeating: nil, count: candidates.count)
    for start in stride(from: 0, to: able.count, by: Self.piece) {
      let piece = able[start..<min(able.count, start + Self.piece)]
      var missing: [String: Int] = [:]
      for (index, row) in zip(piece, try ledger.embeddings(of: piece.map { candidates[$0].id })) {
        if let known = row.embedding, known.digest == digest(row.cropDigest, row.maskDigest),
          known.vector.map({ $0.count == length }) ?? true
        {
          vectors[index] = known.vector
        } else {
          missing[candidates[index].id] = index
        }
      }
      let stored = try ledger.samples(missing.keys.sorted())
      try await orderedMap(stored, jobs: jobs, makeWorker: makeWorker) {
        [ledger, isRecording] stored, worker -> [Float]? in
        let (_, crop, mask, _) = try stored.decoded()
        guard let matrix = crop.cut?.matrix else { return nil }
        let picture: ImageBuffer
        do { picture = try image(crop, mask) } catch is ImagingError { return nil }
        guard let vector = try compute(picture, crop, matrix, worker) else { return nil }
        if isRecording {
          let digest = digest(crop.digest, mask?.digest ?? "")
          try ledger.record(EmbeddingRow(id: crop.id, vector: vector, digest: digest))
        }
        return vector
      } deliver: {
        if let place = missing[$0.id] { vectors[place] = $1 }
      }
    }
    return vectors
  }
}
