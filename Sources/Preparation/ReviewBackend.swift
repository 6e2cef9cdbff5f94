import Crop
import Curate
package import Dataset
import Foundation
package import Imaging
package import Ledger
import Mask
import MaskEditing
package import Models
package import Review

/// The stages that the review page uses; they crop, mask and measure one sample at a time.
package struct ReviewBackend: SampleEditing {
  private let settings: Settings
  private let output: OutputFolder
  private let ledger: Ledger
  private let models: ModelStore

  /// A backend over one dataset.
  package init(settings: Settings, output: OutputFolder, ledger: Ledger, models: ModelStore) {
    (self.settings, self.output, self.ledger, self.models) = (settings, output, ledger, models)
  }

  package func picture(of image: ImageRow, minimumSide: Int) async throws -> ImageBuffer {
    if let time = image.time { return try frame(of: image, at: time) }
    return try ImageFile.read(path: image.file, minimumSide: minimumSide).image
  }

  /// The image, with access to its pixels at full size.
  private func source(of image: ImageRow) throws -> SourcePicture {
    if let time = image.time { return SourcePicture(try frame(of: image, at: time)) }
    return try SourcePicture(path: image.file, minFace: 0)
  }

  /// The video frame at `time` that matches the crops made from it.
  private func frame(of image: ImageRow, at time: Double) throws -> ImageBuffer {
    let crops = try ledger.crops(of: image.id, in: image.domain).filter { $0.cut != nil }
    return try VideoPicture.read(image.file, at: time) { frame in
      for row in crops {
        guard let matrix = row.cut?.matrix, let crop = try? ImageFile.read(output.crop(row.id)).image else {
          continue
        }
        return try SourcePicture(frame).resembles(crop, cutBy: matrix)
      }
      return true
    }
  }

  package func faces(in image: ImageRow) async throws -> [FoundFace] {
    // Faces of any size, because the user chooses one.
    var crop = settings[image.domain].crop
    (crop.faces, crop.minFace) = (.all, 0)
    let detector = try DetectorCatalogue { models.locate($0) }.detector(
      crop.detector, for: image.domain, minFace: 24)
    let match = try ledger.framing()
    let locator = FaceLocator(
      settings: crop, detector: try detector(), isVideoFrame: image.kind.isVideoFrames,
      leader: settings[image.domain == .a ? .b : .a].crop.framing,
      fit: try ledger.fittedFraming().flatMap { fit in
        fit.costs.contains { $0.domain == image.domain } ? fit : nil
      }, match: match?.moved == image.domain ? match : nil)
    return try locator.locate(in: try source(of: image)).faces.compactMap { found in
      guard let map = found.square?.map(toSide: settings.size) else { return nil }
      return FoundFace(face: found.face(in: map), matrix: map, size: settings.size)
    }
  }

  package func edits(of id: String) async throws -> SampleEdits {
    let edit = try EditFolder(output).edit(of: id)
    return SampleEdits(
      frame: try ledger.userCrop(of: id)?.chosen, method: edit?.method, isPainted: edit?.layer != nil,
      copiedFrom: edit?.propagatedFrom)
  }

  package func strokes(of id: String) async throws -> ImageBuffer? {
    guard let crop = try ledger.sample(id)?.crop, let size = crop.size else { return nil }
    return try EditFolder(output).edit(of: id)?
      .layer(on: PixelSize(width: size, height: size), cut: crop.cut)?.image
  }

  package func preview(of id: String, by method: MaskSettings.Method?) async throws -> ImageBuffer? {
    try maskStage.preview(id, by: method)?.image
  }

  package func suggestions(of id: String) async throws -> [MaskSuggestion] {
    let suggestions = try PropagationSuggestions(of: id, by: maskStage)
    var found: [MaskSuggestion] = []
    for other in try suggestions.candidates() {
      let suggestion = try suggestions.suggestion(for: other)
      found.append(
        MaskSuggestion(
          id: other, strokes: suggestion.strokes, fitting: suggestion.propagated,
          agreement: suggestion.agreement, refusal: suggestion.refusal?.sentence))
      // Let other requests run in between.
      await Task.yield()
    }
    return found
  }

  package func suggestedCutout(of id: String, from other: String) async throws -> ImageBuffer? {
    try PropagationSuggestions(of: other, by: maskStage).suggestion(for: id).cutout
  }

  package var side: Int { settings.size }

  package func apply(_ change: SampleEdit, to crop: CropRow, of image: ImageRow) async throws {
    let id = crop.id
    let edits = EditFolder(output)
    var edit = try edits.edit(of: id) ?? MaskEdit()
    switch change {
    case .frame(let chosen):
      let cutter = UserCropCutter(output: output, ledger: ledger, border: settings[image.domain].crop.border)
      try cutter.cut(
        chosen, of: crop, from: image, picture: try source(of: image))
    case .method(let method):
      edit.method = method
      try edits.save(edit, of: id)
    case .strokes(let layer):
      let size = crop.size.map { PixelSize(width: $0, height: $0) }
      edit.layer = try layer.map { try BrushLayer($0, for: size) }
      (edit.matrix, edit.propagatedFrom) = (crop.cut?.matrix, nil)
      try edits.save(edit, of: id)
    case .copied(let other?):
      let suggestions = try PropagationSuggestions(of: other, by: maskStage)
      try suggestions.accept(suggestions.suggestion(for: id))
    case .copied(nil): try maskStage.removePropagated(id)
    }
    _ = try await maskStage.run(only: [id])
    try CurateStage(
      settings: settings, output: output, ledger: ledger, jobs: 1, reporter: SilentReporter()
    ).measure(only: id)
  }

  private var maskStage: MaskStage {
    MaskStage(
      settings: settings, output: output, ledger: ledger, jobs: 1, reporter: SilentReporter(),
      models: { try models.require($0, for: "the mask method segment") })
  }
}
