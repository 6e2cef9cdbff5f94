import Crop
import Dataset
import Foundation
import Models
import PublishedDataset
import Terminal

/// How the training images of a network were framed, and the locator that frames other faces in the same way.
struct TrainedFraming: Sendable {
  /// The settings of crops; all faces of at least 24 pixels are used.
  let settings: CropSettings
  /// The domain of the images.
  let domain: Domain
  /// The framing of the other domain, which a matched framing starts from.
  private let leader: CropSettings.Framing
  /// The usual measures of the training images; nil if the training dataset is missing or too small.
  let likeness: TrainingLikeness?
  /// The fitted and the matched framing of the training dataset.
  private let (fit, match): (FittedFraming?, FramingComparison?)

  /// The framing of `plan.domain` in the settings of the training; the default framing if they are missing.
  init(_ plan: PreparationPlan) {
    domain = plan.domain
    var settings = CropSettings(domain: plan.domain)
    var (leader, fit, match) = (
      CropSettings.Framing.photo2cartoon, FittedFraming?.none, FramingComparison?.none
    )
    var likeness: TrainingLikeness?
    if let path = plan.settings {
      do {
        let whole = try SettingsFile.load(URL(fileURLWithPath: path), needsSources: false)
        let trained = whole[plan.domain].crop
        (settings.framing, settings.align) = (trained.framing, trained.align)
        settings.landmarks = trained.landmarks
        leader = whole[plan.domain == .a ? .b : .a].crop.framing
        (fit, match) = Self.framing(of: plan.domain, in: OutputFolder(whole.output))
        settings.border = trained.border
        likeness = TrainingLikeness(plan.domain, in: OutputFolder(whole.output))
      } catch {
        Console.say("the framing cannot be read from \(path), so the default framing is used: \(error)")
      }
    }
    (settings.faces, settings.minFace) = (.all, 24)
    (self.settings, self.likeness) = (settings, likeness)
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

  /// Makes the detector that `makeLocator` uses.
  ///
  /// - Throws: `DetectorError` for a missing model.
  func detector(_ store: ModelStore) throws -> DetectorFactory {
    try DetectorCatalogue { store.locate($0) }.detector(
      settings.detector, for: domain, minFace: settings.minFace)
  }

  /// A locator for one worker.
  ///
  /// - Throws: `DetectorError` and `ModelError` for a missing model, `VisionError` for a broken one.
  func makeLocator(_ detector: DetectorFactory, _ store: ModelStore) throws -> FaceLocator {
    FaceLocator(
      settings: settings, detector: try detector(), isVideoFrame: domain == .b,
      landmarks: try settings.landmarks == .outline
        ? LandmarkNetwork(contentsOf: store.require("pfld", for: "landmarks: 68")) : nil,
      leader: leader, fit: fit, match: match)
  }
}
