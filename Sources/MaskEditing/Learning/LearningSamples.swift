public import Dataset
public import Foundation
import Imaging
import Ledger
public import Mask
import Vision

/// The training samples for a dataset's mask network: masks that a user painted, and masks that a user accepted.
public struct LearningSamples {
  /// The origin of a mask.
  public enum Kind: String, Sendable, Codable {
    /// A user painted on the mask.
    case corrected
    /// A user accepted the sample, or chose the method of its mask.
    case accepted
  }

  /// One sample.
  public struct Item: Sendable, Equatable {
    /// The sample's ID.
    public let id: String
    /// The path of its image.
    public let path: String
    /// The origin of its mask.
    public let kind: Kind
    /// The ID of its image; all samples of an image are held out together.
    let picture: String
  }

  /// The minimum number of images with corrected masks.
  public static let minPictures = 5
  /// The maximum number of accepted masks that are used.
  static let maxAccepted = 60

  /// The samples, corrected ones first.
  public private(set) var items: [Item] = []
  /// Samples whose masks cannot be used, with the reason.
  public private(set) var refused: [ItemReport] = []

  private let stage: MaskStage
  private let extractors: ExtractorCache

  /// The samples in the dataset of `stage` whose masks were corrected by hand.
  ///
  /// - Throws: `ImagingError`, `MaskError` for a broken edit.
  public static func corrected(of stage: MaskStage) throws -> [String] {
    try stage.edits.ids.filter { try stage.edits.edit(of: $0)?.isPaintedByHand == true }
  }

  /// The samples of the dataset of `stage`.
  ///
  /// - Throws: `MaskError` with `nothing-to-learn` or `too-few-pictures`; the errors of masking.
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
        "only \(pictures.count) image\(pictures.count == 1 ? " has" : "s have") usable corrected masks; correct masks "
          + "of at least \(Self.minPictures) different images, because some are held out to measure the result"
      )
    }
    try add(Array(accepted.prefix(Self.maxAccepted)), as: .accepted)
  }

  /// A pseudorandom but fixed order of IDs.
  private static func order(_ id: String) -> String { Digest(of: "mask learning \(id)").hex }

  private mutating func add(_ ids: [String], as kind: Kind) throws {
    for (item, row) in try stage.items(called: Set(ids)) {
      if kind == .accepted, row == nil || row?.reason != nil || row?.summary.method == "none" { continue }
      do {
        let coverage = try cutout(of: item).summary.coverage
        guard coverage >= 0.01 else {
          throw MaskError(
            "mask-empty",
            "its mask is empty, so it is not used for training; paint the foreground or reject it")
        }
        guard coverage <= 0.98 else {
          throw MaskError(
            "mask-full", "its mask covers everything, so it is not used for training; paint the background")
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

  /// Writes the masks to `folder` and lists them in `samples.tsv` for `easel-train learn-mask`.
  ///
  /// The columns are crop and mask (paths; the mask is grey), x0, y0, x1, y1 (the face's box in crop pixels) and id (the
  /// image). The order is fixed, so that an interrupted training continues with the same samples.
  ///
  /// - Returns: The list's file.
  /// - Throws: `WriteError`, the errors of masking.
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
  /// Whether a user painted on this sample itself.
  fileprivate var isPaintedByHand: Bool { layer != nil && propagatedFrom == nil }
}
