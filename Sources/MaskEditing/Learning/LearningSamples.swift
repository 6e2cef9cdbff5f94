public import Dataset
public import Foundation
import Imaging
import Ledger
public import Mask
import Vision

/// The masks of a dataset from which a mask network learns: those that were painted by hand, and those that were accepted.
///
/// Some pictures with corrected masks are held out to measure the result. The choice depends on identities only, so that a
/// training that was interrupted is continued with the same samples.
public struct LearningSamples {
  /// Where a mask comes from.
  public enum Kind: String, Sendable, Codable {
    /// Somebody painted on it.
    case corrected
    /// Somebody kept the sample, or chose the method of its mask.
    case accepted
  }

  /// One sample.
  public struct Item: Sendable, Equatable {
    /// Its identity.
    public let id: String
    /// The path of its image.
    public let path: String
    /// Where its mask comes from.
    public let kind: Kind
    /// Whether it is only used to measure the result.
    public internal(set) var isHeldOut: Bool
    /// The image that it was cut from.
    let picture: String
  }

  /// The fewest pictures with corrected masks.
  public static let minPictures = 5
  /// The most accepted masks that are used.
  static let maxAccepted = 60

  /// The samples, corrected ones first.
  public private(set) var items: [Item] = []
  /// Samples whose masks cannot be used, with the reason.
  public private(set) var refused: [ItemReport] = []

  private let stage: MaskStage
  private let extractors: ExtractorCache

  /// How many masks of the dataset of `stage` were corrected by hand.
  ///
  /// - Throws: `ImagingError`, `MaskError` for a broken edit.
  public static func correctedCount(of stage: MaskStage) throws -> Int {
    try stage.edits.ids.count { try stage.edits.edit(of: $0)?.isPaintedByHand == true }
  }

  /// The samples of the dataset of `stage`.
  ///
  /// - Throws: `MaskError` with `nothing-to-learn` or `too-few-pictures`; what masking throws.
  public init(of stage: MaskStage) throws {
    (self.stage, extractors) = (stage, ExtractorCache(learned: stage.learned.file, models: stage.models))
    var corrected: [String] = []
    var accepted: [String] = []
    for id in stage.edits.ids {
      guard let edit = try stage.edits.edit(of: id) else { continue }
      if edit.isPaintedByHand { corrected.append(id) } else if edit.layer == nil { accepted.append(id) }
    }
    guard !corrected.isEmpty else {
      throw MaskError(
        "nothing-to-learn",
        "no mask of this dataset was corrected by hand yet; correct some in easel review, or with easel edits"
      )
    }
    accepted += try stage.ledger.personDecisions().filter(\.value.keep).keys
    accepted = Set(accepted).subtracting(corrected).sorted { Self.order($0) < Self.order($1) }
    try add(corrected, as: .corrected)
    let pictures = Set(items.map(\.picture))
    guard pictures.count >= Self.minPictures else {
      throw MaskError(
        "too-few-pictures",
        "the usable corrected masks are of \(pictures.count) picture\(pictures.count == 1 ? "" : "s"); correct masks "
          + "of at least \(Self.minPictures) different pictures, so that some can be held out to measure the result"
      )
    }
    let heldOut = Set(pictures.sorted { Self.order($0) < Self.order($1) }.prefix(max(2, pictures.count / 4)))
    for index in items.indices { items[index].isHeldOut = heldOut.contains(items[index].picture) }
    try add(Array(accepted.prefix(Self.maxAccepted)), as: .accepted)
    items.removeAll { $0.kind == .accepted && heldOut.contains($0.picture) }
  }

  /// A random but fixed order of identities.
  private static func order(_ id: String) -> String { Digest(of: "mask learning \(id)").hex }

  private mutating func add(_ ids: [String], as kind: Kind) throws {
    for (item, row) in try stage.items(called: Set(ids)) {
      if kind == .accepted, row == nil || row?.reason != nil || row?.summary.method == "none" { continue }
      do {
        let coverage = try cutout(of: item).summary.coverage
        guard coverage >= 0.01 else {
          throw MaskError(
            "mask-empty", "its mask is empty, so it is not learnt from; paint the foreground or reject it")
        }
        guard coverage <= 0.98 else {
          throw MaskError(
            "mask-full", "its mask covers everything, so it is not learnt from; paint the background")
        }
        items.append(
          Item(
            id: item.crop.id, path: item.path, kind: kind, isHeldOut: false,
            picture: item.crop.image.rawValue))
      } catch let error as any ItemFailure {
        refused.append(
          ItemReport(path: item.path, status: .skipped, why: error.reason, detail: error.sentence))
      }
    }
  }

  /// The cutout of a sample with its edit.
  private func cutout(of item: MaskItem) throws -> Cutout {
    try stage.cutout(of: item, with: try stage.edits.edit(of: item.crop.id), extractors)
  }

  /// A training sample in `samples.json`.
  private struct Entry: Codable {
    var file: String
    var face: Box?
    var kind: Kind
  }

  /// Writes the samples that are not held out: `0000.png` and so on, each the crop with its mask as alpha, and
  /// `samples.json` with the file, face box and kind of each.
  ///
  /// - Returns: The digest of what was written.
  /// - Throws: `WriteError`, what masking throws.
  public func write(to folder: URL) throws -> Digest {
    var entries: [Entry] = []
    var digests: [String] = []
    for item in items where !item.isHeldOut {
      guard let found = try stage.items(called: [item.id]).first?.item else { continue }
      let crop = try ImageFile.read(stage.output.crop(item.id)).image
      guard let alpha = try cutout(of: found).image.alpha else { continue }
      let name = String(format: "%04d.png", entries.count)
      let bytes = try crop.converted(to: .rgb).withAlpha(alpha).png()
      try AtomicFile.write(bytes, to: folder.appendingPathComponent(name))
      digests.append(Digest(of: Data(bytes)).hex)
      entries.append(Entry(file: name, face: found.face(in: crop.size), kind: item.kind))
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let list = try encoder.encode(entries)
    try AtomicFile.write(list, to: folder.appendingPathComponent("samples.json"))
    return Digest(of: digests.joined() + String(decoding: list, as: UTF8.self))
  }

  /// The mean alpha error of a network's masks of the samples held out, 0 to 1.
  ///
  /// - Parameter network: An ONNX file; nil for the built-in network.
  /// - Throws: `SegmentationFailure` for an invalid network, what masking throws.
  public func error(of network: URL?) throws -> Double {
    let extractor = try ForegroundExtractor(.network, learned: network, models: stage.models)
    var (sum, count) = (0.0, 0.0)
    for item in items where item.isHeldOut {
      guard let found = try stage.items(called: [item.id]).first?.item else { continue }
      let crop = try ImageFile.read(stage.output.crop(item.id)).image
      let truth = try cutout(of: found).image.alpha
      let mask = try extractor(found.subject(crop, strokes: nil)).image.alpha
      guard let truth, let mask else { continue }
      let difference = zip(truth.bytes, mask.bytes).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
      sum += Double(difference) / Double(255 * truth.bytes.count)
      count += 1
    }
    return count > 0 ? sum / count : 1
  }
}

extension MaskEdit {
  /// Whether somebody painted on this very sample.
  fileprivate var isPaintedByHand: Bool { layer != nil && propagatedFrom == nil }
}
