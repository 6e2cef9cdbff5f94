public import Dataset
public import Foundation
import Imaging
import Ledger
public import Mask
import Vision

/// The masks of a dataset from which a mask network learns: those that were painted by hand, and those that were accepted.
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
    /// The image that it was cut from; samples of one picture are held out together.
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
          + "of at least \(Self.minPictures) different pictures, because some are held out to measure the result"
      )
    }
    try add(Array(accepted.prefix(Self.maxAccepted)), as: .accepted)
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
            id: item.crop.id, path: item.path, kind: kind, picture: item.crop.image.rawValue))
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

  /// Writes the masks to `folder` and lists them in `samples.tsv`, as `easel-train learn-mask` reads it.
  ///
  /// Columns: crop and mask (paths; the mask is grey), x0, y0, x1, y1 (the face in crop pixels), id (the picture). The list is
  /// in the order of identities, so that an interrupted training finds the same samples again.
  ///
  /// - Returns: The list's file.
  /// - Throws: `WriteError`, what masking throws.
  public func write(to folder: URL) throws -> URL {
    var lines = ["crop\tmask\tx0\ty0\tx1\ty1\tid"]
    for sample in items {
      guard let item = try stage.items(called: [sample.id]).first?.item,
        let alpha = try cutout(of: item).image.alpha
      else { continue }
      let mask = folder.appendingPathComponent("\(sample.id).png")
      try AtomicFile.write(try alpha.png(), to: mask)
      let face = item.face(in: alpha.size)
      let box = face.map {
        [$0.x, $0.y, $0.x + $0.width, $0.y + $0.height].map { String(format: "%.1f", $0) }
      }
      let fields =
        [stage.output.crop(sample.id).path, mask.path] + (box ?? ["", "", "", ""]) + [sample.picture]
      lines.append(fields.joined(separator: "\t"))
    }
    let list = folder.appendingPathComponent("samples.tsv")
    try AtomicFile.write(Data((lines.joined(separator: "\n") + "\n").utf8), to: list)
    return list
  }
}

extension MaskEdit {
  /// Whether somebody painted on this very sample.
  fileprivate var isPaintedByHand: Bool { layer != nil && propagatedFrom == nil }
}
