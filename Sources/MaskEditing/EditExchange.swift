public import Dataset
public import Foundation
import Imaging
public import Ledger
import Mask

/// Exports brush layers as PNG files that any paint program can edit, and imports them again.
///
/// `<sample>.png` is the layer, `under/<sample>.png` the crop to paint over, and `under/<sample>-cutout.png` the current
/// cutout. Only layers are imported.
public struct EditExchange: Sendable {
  private let output: OutputFolder
  private let ledger: Ledger
  private let reporter: any StageReporter

  /// An exchange for the edits of `output`, whose samples are in `ledger`.
  public init(output: OutputFolder, ledger: Ledger, reporter: any StageReporter) {
    (self.output, self.ledger, self.reporter) = (output, ledger, reporter)
  }

  /// The layers to write.
  public enum Choice: Sendable, Equatable {
    /// Of samples that have an edit or a flagged mask.
    case needed
    /// Of all samples.
    case all
    /// Of these samples: IDs, the first characters of IDs, or paths of their images.
    case named([String])
  }

  /// Writes layers; a layer is blank if nothing is painted yet.
  ///
  /// - Returns: The numbers of written and failed layers; a name without a sample is a failed item.
  /// - Throws: `WriteError`, `LedgerError`.
  public func export(_ choice: Choice, to folder: URL) throws -> StageSummary {
    let edits = EditFolder(output)
    let edited = Set(edits.ids)
    let masks = try ledger.masks()
    var summary = StageSummary(stage: .mask)
    var used: Set<String> = []
    for (crop, path) in try crops() {
      switch choice {
      case .all: break
      case .needed:
        guard edited.contains(crop.id) || masks[crop.id]?.summary.flags.isEmpty == false else { continue }
      case .named(let names):
        let fitting = names.filter { $0 == path || ($0.count >= 4 && crop.id.hasPrefix($0)) }
        guard !fitting.isEmpty else { continue }
        used.formUnion(fitting)
      }
      try summary.finish(path, reporter) {
        let image = try ImageFile.read(output.crop(crop.id)).image
        let layer = try edits.edit(of: crop.id)?.layer(on: image.size, cut: crop.cut)
        let file = folder.appendingPathComponent("\(crop.id).png")
        try AtomicFile.write(try (layer ?? BrushLayer(size: image.size)).image.png(.small), to: file)
        let under = folder.appendingPathComponent("under")
        try AtomicFile.write(try image.png(), to: under.appendingPathComponent("\(crop.id).png"))
        if let cutout = try? Data(contentsOf: output.cutout(crop.id)) {
          try AtomicFile.write(cutout, to: under.appendingPathComponent("\(crop.id)-cutout.png"))
        }
        return [file.path]
      }
    }
    if case .named(let names) = choice {
      for name in names where !used.contains(name) {
        try summary.finish(name, reporter) {
          throw MaskError(
            "unknown-sample", "there is no such sample; metadata.jsonl lists the IDs and paths")
        }
      }
    }
    return summary
  }

  /// Imports painted layers; a blank one removes the edit.
  ///
  /// - Returns: The numbers of imported and failed files, and the IDs of the samples whose edits changed.
  /// - Throws: `WriteError`, `LedgerError`.
  public func importLayers(from folder: URL) throws -> (summary: StageSummary, changed: Set<String>) {
    let edits = EditFolder(output)
    let known = Dictionary(try crops().map { ($0.0.id, $0.0) }, uniquingKeysWith: { first, _ in first })
    var summary = StageSummary(stage: .mask)
    var changed: Set<String> = []
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    for name in names where name != "under" && !name.hasPrefix(".") {
      let url = folder.appendingPathComponent(name)
      try summary.finish(url.path, reporter) {
        let id = NSString(string: name).deletingPathExtension
        guard let crop = known[id] else {
          throw MaskError(
            "unknown-sample",
            "there is no sample '\(id)'; keep the file names of easel edits export")
        }
        let size = try ImageFile.read(output.crop(id)).image.size
        let layer = try BrushLayer(try ImageFile.read(url).image, for: size)
        let before = try? edits.edit(of: id)
        if before?.layer ?? BrushLayer(size: size) != layer || before?.matrix != crop.cut?.matrix {
          guard before?.layer != nil || !layer.isEmpty else { return [] }
          try edits.save(
            MaskEdit(layer: layer, matrix: crop.cut?.matrix, method: before?.method), of: id)
          changed.insert(id)
        }
        return [edits.file(of: id).path]
      }
    }
    return (summary, changed)
  }

  /// The crops that have a file, each with its image's path and its face's number.
  private func crops() throws -> [(CropRow, String)] {
    try Domain.allCases.flatMap { domain in
      let images = Dictionary(
        try ledger.images(of: domain).map { ($0.id, $0.path) }, uniquingKeysWith: { first, _ in first })
      return try ledger.crops(of: domain).filter { $0.reason == nil }.map {
        ($0, images[$0.image] ?? $0.id)
      }
    }
  }
}

extension StageSummary {
  /// Runs `work`, then counts and reports its result; an `ItemFailure` becomes a failed item.
  fileprivate mutating func finish(
    _ path: String, _ reporter: any StageReporter, _ work: () throws -> [String]
  ) throws {
    var report = ItemReport(path: path, status: .done)
    do { report.outputs = try work() } catch let error as any ItemFailure {
      (report.status, report.why, report.detail) = (.failed, error.reason, error.sentence)
    }
    count(report)
    reporter.finished(report, of: stage)
  }
}
