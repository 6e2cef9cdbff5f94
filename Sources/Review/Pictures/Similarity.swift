import Dataset
import Foundation
import Imaging
import Ledger

/// Finds samples that are similar to another: by face embeddings for photos, else by small thumbnails.
actor Similarity {
  /// The side of the small thumbnails in pixels.
  private static let side = 12
  private let pictures: Pictures
  private let ledger: Ledger
  private var small: [String: (version: String, pixels: [Float])] = [:]

  init(pictures: Pictures, ledger: Ledger) { (self.pictures, self.ledger) = (pictures, ledger) }

  /// The most similar samples of `item`'s domain, the nearest first.
  ///
  /// - Parameters:
  ///   - item: The sample.
  ///   - others: All samples; those of other domains and those without a crop are ignored.
  ///   - limit: The maximum number of samples to return.
  /// - Returns: The IDs.
  /// - Throws: `LedgerError`.
  func nearest(to item: Item, among others: [Item], limit: Int) throws -> [String] {
    let candidates = others.filter { $0.domain == item.domain && $0.isCut && $0.id != item.id }
    let embeddings = try ledger.embeddings().compactMapValues(\.vector)
    if let own = embeddings[item.id] {
      let known = candidates.compactMap { other in embeddings[other.id].map { (other.id, $0) } }
      if known.count * 2 > candidates.count { return Self.sorted(known, by: own, limit) }
    }
    guard let own = pixels(of: item) else { return [] }
    let known = candidates.compactMap { other in pixels(of: other).map { (other.id, $0) } }
    return Self.sorted(known, by: own, limit)
  }

  private static func sorted(_ vectors: [(String, [Float])], by own: [Float], _ limit: Int) -> [String] {
    let ranked = vectors.filter { $0.1.count == own.count }.map { id, vector in
      (id, zip(own, vector).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) })
    }
    return ranked.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.prefix(limit).map(\.0)
  }

  /// The sample's cutout on white, a few pixels wide; nil if its file is missing.
  private func pixels(of item: Item) -> [Float]? {
    if let known = small[item.id], known.version == item.picture { return known.pixels }
    guard
      let bytes = try? pictures.thumbnail(of: item.id, side: 96, version: item.picture).bytes,
      let image = try? ImageCodec.decode([UInt8](bytes)).image.converted(to: .rgb)
    else { return nil }
    let size = PixelSize(width: Self.side, height: Self.side)
    let pixels = image.resized(to: size).bytes.map { Float($0) / 255 }
    small[item.id] = (item.picture, pixels)
    return pixels
  }
}
