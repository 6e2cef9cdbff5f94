public import Dataset
public import Foundation
import Imaging
public import Ledger

/// Imports folders of existing face crops into a ledger, as if Easel had made the crops.
///
/// Each image counts as one face that fills it (detector `given`), without a mask (method `none`) or with the image's own
/// alpha (method `alpha`). It is resized to the dataset's size without keeping the aspect ratio, as the trainers do.
public struct PlainFolder: Sendable {
  private let settings: Settings
  private let domain: Domain
  private let output: OutputFolder
  private let ledger: Ledger
  private let jobs: Int

  /// Images for `domain` of the dataset in `output`.
  public init(settings: Settings, domain: Domain, output: OutputFolder, ledger: Ledger, jobs: Int) {
    (self.settings, self.domain, self.output) = (settings, domain, output)
    (self.ledger, self.jobs) = (ledger, max(1, jobs))
  }

  /// One image file and the name it has in the manifest.
  struct Item: Sendable, Hashable {
    let source: Int
    let file: URL
    let path: String
  }

  /// Imports all images of `inputs`, which are files or folders with subfolders.
  ///
  /// An unreadable image is recorded with its reason. Unchanged images are not read again. Images that are no longer in
  /// `inputs` are removed from the dataset.
  ///
  /// - Returns: The number of images, the number that were read now, and the files that could not be used.
  /// - Throws: `LedgerError`, `WriteError`, `CancellationError`.
  public func importImages(_ inputs: [URL]) async throws -> (images: Int, read: Int, unusable: [ItemReport]) {
    let items = Self.items(of: inputs, excluding: output.url)
    var (images, copies, read) = (Set<SourceID>(), Set<String>(), 0)
    var unusable: [ItemReport] = []
    let known = Dictionary(try ledger.crops(of: domain).map { ($0.image, $0) }, uniquingKeysWith: { $1 })
    try await orderedMap(items, jobs: jobs, makeWorker: {}) { item, _ in
      try importImage(item, known)
    } deliver: { item, imported in
      guard images.insert(imported.image.id).inserted else {
        copies.insert(item.file.path)
        try ledger.record(copy: item.file.path, path: item.path, of: imported.image.id, in: domain)
        return
      }
      read += imported.isNew ? 1 : 0
      if let reason = imported.image.reason {
        unusable.append(
          ItemReport(path: item.file.path, status: .failed, why: reason, detail: imported.image.detail))
      }
      // The mask first: a known crop is not imported again, so after a kill between both its mask would stay missing.
      if let mask = imported.mask { try ledger.record(mask) }
      try ledger.record(imported.image, crops: imported.crop.map { [$0] } ?? [])
    }
    try ledger.finishPass(of: domain, images: images, copies: copies)
    return (images.count, read, unusable)
  }

  /// The files of `inputs`, each once, in the order of the inputs and then of their paths.
  static func items(of inputs: [URL], excluding output: URL) -> [Item] {
    var items: [Item] = []
    var seen: Set<String> = []
    for (source, input) in inputs.enumerated() {
      let isFolder = FolderScan.isFolder(input.path)
      for path in isFolder ? FolderScan(input.path, excluding: output).files : [input.lastPathComponent] {
        let file = (isFolder ? input.appendingPathComponent(path) : input).standardizedFileURL
        if seen.insert(file.path).inserted { items.append(Item(source: source, file: file, path: path)) }
      }
    }
    return items
  }

  /// The rows of the ledger for one file.
  private struct Imported: Sendable {
    var image: ImageRow
    var crop: CropRow?
    var mask: MaskRow?
    /// Whether the pixels were read in this run.
    var isNew = false
  }

  private func importImage(_ item: Item, _ known: [SourceID: CropRow]) throws -> Imported {
    let bytes: [UInt8]
    do throws(ImagingError) { bytes = try ImageFile.bytes(path: item.file.path) } catch {
      // A file without readable bytes is identified by its path.
      return unreadable(
        row(of: item, id: SourceID(sha256: Digest(of: item.file.path).hex), sha256: ""), error)
    }
    let sha256 = Digest(of: bytes).hex
    var image = row(of: item, id: SourceID(sha256: sha256), sha256: sha256)
    if let crop = known[image.id], crop.digest == digest,
      FileManager.default.fileExists(atPath: output.crop(crop.id).path),
      var before = try ledger.image(image.id, of: domain)
    {
      (before.source, before.file, before.path, before.present) = (image.source, image.file, image.path, true)
      return Imported(image: before, crop: crop)
    }
    let pixels: ImageBuffer
    do throws(ImagingError) {
      pixels = try ImageCodec.decode(bytes).image
      (image.format, image.bytes) = (try ImageFormat.detect(bytes), bytes.count)
    } catch {
      return unreadable(image, error)
    }
    (image.width, image.height) = (pixels.width, pixels.height)
    (image.channels, image.gaps) = (pixels.channels, LevelGaps.measure(pixels))
    image.picture = LumaHash(of: pixels).description
    return try cut(pixels, image)
  }

  private func row(of item: Item, id: SourceID, sha256: String) -> ImageRow {
    ImageRow(
      domain: domain, id: id, source: item.source, kind: .photos, file: item.file.path, path: item.path,
      sha256: sha256, digest: digest)
  }

  private func unreadable(_ row: ImageRow, _ error: ImagingError) -> Imported {
    var image = row
    (image.reason, image.detail) = (error.reason, error.sentence)
    return Imported(image: image, isNew: true)
  }

  /// Resizes an image to the dataset's size and saves it as a crop.
  private func cut(_ pixels: ImageBuffer, _ image: ImageRow) throws -> Imported {
    let side = settings.size
    var hasAlpha = false
    if let alpha = pixels.alpha { hasAlpha = alpha.bytes.contains { $0 < 255 } }
    let crop = pixels.converted(to: hasAlpha ? .rgba : .rgb).resized(to: PixelSize(width: side, height: side))
    let (sx, sy) = (Double(side) / Double(pixels.width), Double(side) / Double(pixels.height))
    var row = CropRow(
      id: image.id.sampleID(domain: domain, face: 0), domain: domain, image: image.id, number: 0,
      face: Sample.Face(
        detector: "given", score: 1,
        box: Box(x: 0, y: 0, width: Double(pixels.width), height: Double(pixels.height))),
      digest: digest)
    // Pixel centres are at integers, so the map keeps the corner at (-0.5, -0.5).
    let matrix = AffineMap(sx, 0, (sx - 1) / 2, 0, sy, (sy - 1) / 2)
    row.cut = Sample.Cut(matrix: matrix, scale: matrix.scale, outside: 0)
    row.cut?.native = Measures.native(pixels)
    (row.size, row.hasAlpha) = (side, hasAlpha)
    try AtomicFile.write(crop.png(), to: output.crop(row.id))
    var coverage = 1.0
    if let alpha = crop.alpha?.bytes {
      let sum = alpha.reduce(0) { $0 + Int($1) }
      coverage = Double(sum) / Double(255 * alpha.count)
    }
    let summary = Sample.MaskSummary(method: hasAlpha ? "alpha" : "none", coverage: coverage)
    let mask = MaskRow(id: row.id, summary: summary, digest: digest)
    return Imported(image: image, crop: row, mask: mask, isNew: true)
  }

  /// The digest of the settings that imported crops depend on.
  private var digest: String { Digest(of: "given 2 \(settings.size)").hex }
}
