import Crop
package import Dataset
package import Foundation
import Imaging
import Mask
import Models
import PublishedDataset
import Terminal
import Vision

/// Crops and masks the faces of raw images into a temporary folder, for `easel translate --prepare`.
package struct FacePreparation: Sendable {
  private let plan: PreparationPlan
  private let folder: URL
  private let settings: CropSettings
  /// The framing of the other domain, which a matched framing starts from.
  private let leader: CropSettings.Framing
  /// The fitted and the matched framing of the training dataset.
  private let (fit, match): (FittedFraming?, FramingComparison?)

  /// A preparation into `folder`, with the framing of the network's training images.
  package init(_ plan: PreparationPlan, into folder: URL) {
    (self.plan, self.folder) = (plan, folder)
    var settings = CropSettings(domain: plan.domain)
    var (leader, fit, match) = (
      CropSettings.Framing.photo2cartoon, FittedFraming?.none, FramingComparison?.none
    )
    if let path = plan.settings {
      do {
        let whole = try SettingsFile.load(URL(fileURLWithPath: path), needsSources: false)
        let trained = whole[plan.domain].crop
        (settings.framing, settings.align) = (trained.framing, trained.align)
        settings.landmarks = trained.landmarks
        leader = whole[plan.domain == .a ? .b : .a].crop.framing
        (fit, match) = Self.framing(of: plan.domain, in: OutputFolder(whole.output))
        settings.border = trained.border
      } catch {
        Console.say("the framing cannot be read from \(path), so the default framing is used: \(error)")
      }
    }
    (settings.faces, settings.minFace) = (.all, 24)
    self.settings = settings
    (self.leader, self.fit, self.match) = (leader, fit, match)
  }

  /// The fitted and the matched framing of `domain` in the dataset of `output`; nil if the dataset has none or is missing.
  private static func framing(
    of domain: Domain, in output: OutputFolder
  ) -> (fit: FittedFraming?, match: FramingComparison?) {
    guard let summary = try? DatasetSummary.read(output) else { return (nil, nil) }
    return (
      summary.fit.flatMap { fit in fit.costs.contains { $0.domain == domain } ? fit : nil },
      summary.framing.flatMap { $0.moved == domain ? $0 : nil }
    )
  }

  /// Detects, crops and masks every face, and writes the record of `PreparedFaces`.
  ///
  /// - Throws: `DetectorError` and `ModelError` for a missing model, `WriteError`, `CancellationError`.
  package func run() async throws {
    let inputs = PlainInputs(plan.inputs)
    var prepared = PreparedFaces(items: [])
    for path in inputs.closed {
      prepared.items.append(
        failed(PreparedFaces.Item(path: path, name: ""), "unreadable-folder", "the folder cannot be opened"))
    }
    let store = ModelStore(folder: plan.models.map { URL(fileURLWithPath: $0) })
    let makeDetector = try DetectorCatalogue { store.locate($0) }.detector(
      settings.detector, for: plan.domain, leastFace: settings.minFace)
    let bar = ProgressBar(
      title: "prepare", total: inputs.files.count, isShown: plan.showsProgress && Console.isInteractive)
    defer { bar.finish() }
    let (settings, side, leader, fit, match) = (settings, plan.side, leader, fit, match)
    try await orderedMap(Array(inputs.files.enumerated()), jobs: plan.jobs) {
      (
        cutter: FaceCropper(
          FaceLocator(
            settings: settings, detector: try makeDetector(), isVideoFrame: plan.domain == .b,
            landmarks: try settings.landmarks == .outline
              ? LandmarkNetwork(contentsOf: store.require("pfld", for: "landmarks: 68")) : nil,
            leader: leader, fit: fit, match: match), size: side),
        masker: try ForegroundExtractor(.auto) { try store.require($0, for: "masking") }
      )
    } work: { input, tools in
      try item(input.element, number: input.offset, tools.cutter, tools.masker)
    } deliver: { _, item in
      prepared.items.append(item)
      bar.advance()
    }
    try prepared.write(to: folder)
  }

  /// The faces of one image; its errors are part of the item.
  private func item(
    _ input: PlainInputs.File, number: Int, _ cutter: FaceCropper, _ masker: ForegroundExtractor
  ) throws -> PreparedFaces.Item {
    var item = PreparedFaces.Item(path: input.path, name: input.name)
    do {
      let picture = try ImageFile.read(path: input.path).image
      let cuts = try cutter.cut(picture)
      (item.why, item.detail) = (cuts.refusal?.reason, cuts.refusal?.detail)
      for face in cuts.faces {
        guard let crop = face.pixels, let cut = face.cut else {
          (item.why, item.detail) = (face.reason, face.detail)
          continue
        }
        let cutout = try masker(subject(crop, cut, face.face, of: picture, path: input.path))
        guard !cutout.summary.flags.contains("empty"), let alpha = cutout.image.alpha else {
          (item.why, item.detail) = (.maskEmpty, "no foreground was found around a face")
          continue
        }
        let stem = "\(number)-\(face.number)"
        let names = (picture: "\(stem).png", mask: "\(stem)-mask.png")
        try AtomicFile.write(
          cutout.image.composited(on: [255, 255, 255]).png(), to: folder.appendingPathComponent(names.picture)
        )
        try AtomicFile.write(alpha.png(), to: folder.appendingPathComponent(names.mask))
        item.faces.append(
          PreparedFaces.Face(picture: names.picture, mask: names.mask, matrix: cut.matrix, size: plan.side))
      }
      return item
    } catch let error as any ItemFailure {
      return failed(item, error.reason, error.sentence)
    } catch let error as VisionError {
      return failed(item, "not-croppable", error.description)
    }
  }

  private func failed(_ item: PreparedFaces.Item, _ why: Reason, _ sentence: String) -> PreparedFaces.Item {
    var item = item
    (item.hasFailed, item.why, item.detail, item.faces) = (true, why, sentence, [])
    return item
  }

  private func subject(
    _ crop: ImageBuffer, _ cut: Sample.Cut, _ face: Sample.Face, of picture: ImageBuffer, path: String
  ) -> MaskSubject {
    let isPhoto = plan.domain == .a
    var subject = MaskSubject(
      crop,
      face: FaceGuide(face, in: cut.matrix, shape: isPhoto ? .photo : .anime),
      origin: MaskSubject.Origin(
        file: URL(fileURLWithPath: path), kind: isPhoto ? .photos : .screenshots, parts: [],
        matrix: cut.matrix, size: picture.size))
    subject.shape = isPhoto ? .photo : .anime
    subject.ignoresOutside = settings.border == .white && cut.outside > 0
    return subject
  }
}
