import Crop
import Curate
package import Dataset
package import Foundation
import Imaging
import Ledger
import Mask
import Models
import Terminal
import Vision

/// Crops and masks the faces of raw images into a temporary folder, for `easel translate --prepare`.
package struct FacePreparation: Sendable {
  private let plan: PreparationPlan
  private let folder: URL
  private let framing: TrainedFraming

  /// A preparation into `folder`, with the framing of the network's training images.
  package init(_ plan: PreparationPlan, into folder: URL) {
    (self.plan, self.folder, framing) = (plan, folder, TrainedFraming(plan))
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
    let detector = try framing.detector(store)
    let bar = ProgressBar(
      title: "prepare", total: inputs.files.count, isShown: plan.showsProgress && Console.isInteractive)
    defer { bar.finish() }
    let (framing, side) = (framing, plan.side)
    try await orderedMap(Array(inputs.files.enumerated()), jobs: plan.jobs) {
      (
        cutter: FaceCropper(try framing.makeLocator(detector, store), size: side),
        masker: try ForegroundExtractor(.auto) { try store.require($0, for: "masking") }
      )
    } work: { input, tools in
      try item(input.element, number: input.offset, tools.cutter, tools.masker)
    } deliver: { _, item in
      prepared.items.append(item)
      bar.advance()
    }
    try prepared.write(to: folder)
    if plan.showsProgress {
      bar.finish()
      sayDifferences(prepared.items)
    }
  }

  /// Prints how faces differ from the training images, for at most ten images.
  private func sayDifferences(_ items: [PreparedFaces.Item]) {
    let different = items.filter { $0.differences?.isEmpty == false }
    for item in different.prefix(10) {
      for sentence in item.differences ?? [] { Console.say("translate: \(item.path): \(sentence)") }
    }
    if different.count > 10 {
      Console.say(
        "translate: \(different.count - 10) more images differ from the training images; see --json")
    }
  }

  /// How a face differs from the training images, one sentence each.
  private func differences(
    _ cut: FaceCut, _ pixels: ImageBuffer, _ cutout: Cutout, source: PixelSize
  ) -> [String] {
    guard let likeness = framing.likeness else { return [] }
    var crop = CropRow(
      id: "", domain: plan.domain, image: SourceID(sha256: "", time: nil), number: cut.number, face: cut.face,
      digest: ""
    )
    (crop.cut, crop.size) = (cut.cut, plan.side)
    let mask = MaskRow(id: "", summary: cutout.summary, digest: "")
    let quality = Measures.measure(crop, mask: mask, pixels: pixels, cutout: cutout.image, source: source)
      .quality
    return likeness.findings {
      $0.value(quality: quality, face: cut.face, cut: cut.cut, mask: cutout.summary)
    }
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
        let different = differences(face, crop, cutout, source: picture.size)
        if !different.isEmpty { item.differences = (item.differences ?? []) + different }
        item.faces.append(
          PreparedFaces.Face(picture: names.picture, mask: names.mask, matrix: cut.matrix, size: plan.side))
      }
      return item
    } catch let error as any ItemFailure {
      return failed(item, error.reason, error.sentence)
    } catch let error as VisionError {
      return failed(item, .notCroppable, error.description)
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
    subject.ignoresOutside = framing.settings.border == .white && cut.outside > 0
    return subject
  }
}
