import Dataset
import Foundation
import Imaging
import Ledger

/// Finds samples that are similar to another, by face embeddings for photos, else by small images, and places all samples on a
/// map by small images.
actor Similarity {
  /// The side of the small images in pixels.
  private static let side = 12
  /// The maximum number of samples from which the map's directions are computed, evenly spaced.
  private static let axesSamples = 1000
  /// The number of tiles that are read at a time.
  private static let piece = 512
  private let tiles: Tiles
  private let ledger: Ledger
  private var small: [String: (version: String, pixels: [UInt8])] = [:]
  private var axes: (samples: [String], components: PrincipalComponents)?

  /// A map on which samples with similar images are close to each other.
  struct Map: Sendable, Encodable {
    /// The number of samples whose images have not been read yet.
    let left: Int
    /// Two coordinates of each sample by ID; the standard deviation of the first is about 1.
    let places: [String: [Float]]
  }

  init(tiles: Tiles, ledger: Ledger) { (self.tiles, self.ledger) = (tiles, ledger) }

  /// The most similar samples of `item`'s domain, the nearest first.
  ///
  /// - Parameters:
  ///   - item: The sample.
  ///   - others: All samples; those of other domains and those without a crop are ignored.
  ///   - limit: The maximum number of samples to return.
  /// - Returns: The IDs.
  /// - Throws: `LedgerError`.
  func nearest(to item: Item, among others: [Item], limit: Int) async throws -> [String] {
    let candidates = others.filter { $0.domain == item.domain && $0.isCut && $0.id != item.id }
    let embeddings = try ledger.embeddings().compactMapValues(\.vector)
    if let own = embeddings[item.id] {
      let known = candidates.compactMap { other in embeddings[other.id].map { (other.id, $0) } }
      if known.count * 2 > candidates.count { return Self.sorted(known, by: own, limit) }
    }
    // Samples whose tiles are not made in this time are left out.
    await read([item] + candidates, until: .now + .seconds(4))
    guard let own = small[item.id]?.pixels else { return [] }
    let known = candidates.compactMap { other in small[other.id].map { (other.id, Self.vector($0.pixels)) } }
    return Self.sorted(known, by: Self.vector(own), limit)
  }

  /// The map of `items`; those without a crop are not on it.
  ///
  /// Thousands of images take some time, so each call reads images for `duration` at most, and the next call continues. The
  /// directions come from a part of the samples, so places do not move while the other images are read.
  func map(of items: [Item], for duration: Duration) async -> Map {
    let cut = items.filter(\.isCut).sorted { $0.id < $1.id }
    let number = min(cut.count, Self.axesSamples)
    let basis = (0..<number).map { cut[$0 * cut.count / number] }
    let end = ContinuousClock.now + duration
    await read(basis, until: end)
    guard await tiles.missing(of: basis) == 0 else {
      return Map(left: await tiles.missing(of: cut), places: [:])
    }
    await read(cut, until: end)
    let versions = basis.map { "\($0.id) \($0.picture)" }
    if axes?.samples != versions {
      axes = (versions, PrincipalComponents(of: basis.compactMap { small[$0.id]?.pixels }))
    }
    var places: [String: [Float]] = [:]
    for item in cut {
      guard let (version, pixels) = small[item.id], version == item.picture else { continue }
      places[item.id] = axes?.components.coordinates(of: pixels)
    }
    return Map(left: await tiles.missing(of: cut), places: places)
  }

  private static func sorted(_ vectors: [(String, [Float])], by own: [Float], _ limit: Int) -> [String] {
    let ranked = vectors.filter { $0.1.count == own.count }.map { id, vector in
      (id, zip(own, vector).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) })
    }
    return ranked.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.prefix(limit).map(\.0)
  }

  private static func vector(_ pixels: [UInt8]) -> [Float] { pixels.map { Float($0) / 255 } }

  /// Reads the small images of `items` that are not in memory, until `end`.
  private func read(_ items: [Item], until end: ContinuousClock.Instant) async {
    let wanted = items.filter { small[$0.id]?.version != $0.picture }
    for start in stride(from: 0, to: wanted.count, by: Self.piece) {
      guard start == 0 || ContinuousClock.now < end else { return }
      let tiles = await tiles.tiles(
        of: Array(wanted[start..<min(start + Self.piece, wanted.count)]), until: end)
      for (id, tile) in tiles {
        let image = ImageBuffer(
          width: TileSheet.side, height: TileSheet.side, format: .rgb, bytes: tile.pixels)
        small[id] = (tile.version, image.resized(to: PixelSize(width: Self.side, height: Self.side)).bytes)
      }
    }
  }
}
