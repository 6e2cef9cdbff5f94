import Dataset
import Foundation
import Imaging
import Ledger

/// Finds samples that are similar to another, by face embeddings for photos, else by small thumbnails, and places all samples
/// on a map by small thumbnails.
actor Similarity {
  /// The side of the small thumbnails in pixels.
  private static let side = 12
  private let pictures: Pictures
  private let ledger: Ledger
  private var small: [String: (version: String, pixels: [Float])] = [:]
  private var map: (samples: [String], places: [String: [Float]])?

  /// A map on which samples with similar images are close to each other.
  struct Map: Sendable, Encodable {
    /// The number of samples whose images have not been read yet; until it is 0, `places` is empty.
    let left: Int
    /// Two coordinates of each sample by ID; the standard deviation of the first is 1.
    let places: [String: [Float]]
  }

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

  /// The map of `items`; those without a crop are not on it.
  ///
  /// Thousands of images take minutes, so each call reads images for `duration` at most, and the next call continues.
  func map(of items: [Item], for duration: Duration) -> Map {
    let cut = items.filter(\.isCut)
    let samples = cut.map { "\($0.id) \($0.picture)" }.sorted()
    if let map, map.samples == samples { return Map(left: 0, places: map.places) }
    let end = ContinuousClock.now + duration
    var vectors: [(id: String, pixels: [Float])] = []
    for (number, item) in cut.sorted(by: { $0.id < $1.id }).enumerated() {
      guard number == 0 || ContinuousClock.now < end || small[item.id]?.version == item.picture else {
        return Map(left: cut.count { small[$0.id]?.version != $0.picture }, places: [:])
      }
      if let pixels = pixels(of: item) { vectors.append((item.id, pixels)) }
    }
    let coordinates = PrincipalComponents.coordinates(of: vectors.map(\.pixels))
    let places = Dictionary(zip(vectors.map(\.id), coordinates), uniquingKeysWith: { first, _ in first })
    map = (samples, places)
    return Map(left: 0, places: places)
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
