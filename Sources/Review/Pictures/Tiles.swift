public import Dataset
import Foundation
public import Ledger
import Synchronization

/// The tiles of all samples: very small images, which the page shows until the thumbnails arrive, and by which similar samples
/// are found.
public actor Tiles {
  private let pictures: Pictures
  private let samples: SampleStore
  private let stored: TileStore
  /// The versions of the known tiles by sample.
  private var versions: [String: String]
  /// The pictures that could not be read.
  private var unreadable: [String: String] = [:]
  /// Tiles that are not on disk yet, and samples whose tiles are being made.
  private var fresh: [String: Tile] = [:]
  private var working: Set<String> = []

  /// When an image was last requested.
  private nonisolated let requested = Mutex<ContinuousClock.Instant?>(nil)

  private static let cores = ProcessInfo.processInfo.activeProcessorCount

  init(_ output: OutputFolder, pictures: Pictures, samples: SampleStore) {
    (self.pictures, self.samples) = (pictures, samples)
    stored = TileStore(output)
    versions = stored.versions()
  }

  /// Makes the missing tiles of a large dataset, so that the page shows no blanks when it is opened for the first time.
  ///
  /// Samples without a crop are left to the page: video frames have no tile, and whole photos take long.
  ///
  /// - Parameters:
  ///   - output: The folder with crops and cutouts.
  ///   - ledger: The dataset's ledger.
  ///   - editing: Required by `Pictures`; crops are read without it.
  ///   - jobs: The number of tiles that are made at the same time.
  ///   - minimum: If fewer tiles are missing, none is made: the page makes them within seconds.
  ///   - started: Called once with the number of missing tiles before they are made.
  /// - Throws: `LedgerError`.
  public static func make(
    in output: OutputFolder, ledger: Ledger, editing: any SampleEditing, jobs: Int, minimum: Int,
    started: (_ missing: Int) -> Void
  ) async throws {
    let samples = try SampleStore(ledger, rules: [:])
    let items = try await samples.listing().items.filter(\.isCut)
    guard items.count >= minimum else { return }
    let tiles = Tiles(output, pictures: Pictures(output, editing: editing), samples: samples)
    let missing = await tiles.missing(of: items)
    guard missing >= minimum else { return }
    started(missing)
    await tiles.make(items, until: nil, jobs: jobs)
  }

  /// Makes the missing tiles of all samples, also of those that change later, until the task is cancelled.
  func fill() async {
    var done = -1
    while !Task.isCancelled {
      if let listing = try? await samples.listing(), listing.revision != done {
        for start in stride(from: 0, to: listing.items.count, by: TileSheet.limit) where !Task.isCancelled {
          let items = listing.items[start..<min(start + TileSheet.limit, listing.items.count)]
          await make(items, until: nil, jobs: isInUse ? max(1, Self.cores / 2) : Self.cores)
        }
        done = listing.revision
      }
      try? await Task.sleep(for: .seconds(3))
    }
  }

  /// Notes that the page requests an image; for a while after it, `fill` leaves half of the processor cores free.
  nonisolated func noteRequest() { requested.withLock { $0 = .now } }

  private nonisolated var isInUse: Bool {
    requested.withLock { $0.map { ContinuousClock.now - $0 < .seconds(1) } ?? false }
  }

  /// The tiles of `items` in one image; tiles that are not made until `end` are missing.
  ///
  /// - Throws: `ImagingError`.
  func sheet(of items: [Item?], until end: ContinuousClock.Instant) async throws -> TileSheet {
    let tiles = await tiles(of: items.compactMap { $0 }, until: end)
    return try TileSheet(items.map { item in item.flatMap { tiles[$0.id] } })
  }

  /// The tiles of `items`, by ID; tiles that are not made until `end` are absent.
  func tiles(of items: [Item], until end: ContinuousClock.Instant) async -> [String: Tile] {
    await make(items, until: end, jobs: Self.cores)
    let found = stored.tiles(of: items.lazy.map(\.id).filter { self.fresh[$0] == nil })
      .merging(fresh) { $1 }
    return items.reduce(into: [:]) { tiles, item in
      // The picture may have been changed after its tile was made.
      if let tile = found[item.id], tile.version == item.picture { tiles[item.id] = tile }
    }
  }

  /// The number of `items` whose tiles have not been made yet.
  func missing(of items: [Item]) -> Int { items.count(where: isMissing) }

  private func isMissing(_ item: Item) -> Bool {
    versions[item.id] != item.picture && unreadable[item.id] != item.picture
  }

  private func make(_ items: some Sequence<Item>, until end: ContinuousClock.Instant?, jobs: Int) async {
    var waiting = items.makeIterator()
    await withTaskGroup(of: (item: Item, pixels: [UInt8]?).self) { group in
      func start() {
        while !Task.isCancelled, end.map({ ContinuousClock.now < $0 }) ?? true, let item = waiting.next() {
          guard isMissing(item), working.insert(item.id).inserted else { continue }
          group.addTask { [pictures, samples] in
            let image = item.isCut ? nil : try? await samples.image(of: item.id)
            return (item, await pictures.tile(of: item, source: image))
          }
          return
        }
      }
      for _ in 0..<jobs { start() }
      for await (item, pixels) in group {
        working.remove(item.id)
        if let pixels {
          fresh[item.id] = Tile(version: item.picture, pixels: pixels)
          versions[item.id] = item.picture
        } else if item.isCut {
          unreadable[item.id] = item.picture
        }
        if fresh.count >= TileSheet.limit { save() }
        start()
      }
      save()
    }
  }

  private func save() {
    stored.keep(fresh)
    fresh.removeAll()
  }
}
