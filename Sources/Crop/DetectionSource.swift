public import Dataset
import Foundation
import Ledger

/// The domain's detector, and which recorded detections are still valid.
struct DetectionSource: Sendable {
  /// The digests of detections that are valid, the newest first; new detections get the first.
  let digests: [String]
  /// The detector's name.
  let name: String
  /// Makes a worker's analyzer.
  let makeAnalyzer: @Sendable () throws -> ImageAnalyzer

  /// The detector that `settings` name for `domain`.
  ///
  /// If a detector's model was removed since the last run, its recorded detections remain valid, so
  /// re-cutting needs no model.
  ///
  /// - Throws: `DetectorError` if the detector cannot be created and there are no earlier detections;
  ///   `LedgerError`; `VisionError` for a broken model.
  init(_ settings: CropSettings, of domain: Domain, _ detectors: DetectorCatalogue, _ ledger: Ledger) throws {
    let asked = "\(settings.detector) \(settings.landmarks)"
    let known = try ledger.detector(of: domain).flatMap { $0.settings == asked ? $0 : nil }
    let (make, outline): (DetectorFactory, URL?)
    do {
      make = try detectors.detector(settings.detector, for: domain, minFace: settings.minFace)
      outline = settings.landmarks == .outline ? try detectors.outlineModel() : nil
    } catch let error as DetectorError {
      guard error.isMissing, let known else { throw error }
      (digests, name) = ([known.digest], known.name)
      makeAnalyzer = { throw error }
      return
    }
    var version = "detection \(Settings.StageVersion.detection)\n\(make.version)"
    if let outline { version += "\n\(try Digest(ofFile: outline).hex)" }
    makeAnalyzer = {
      ImageAnalyzer(detector: try make(), landmarks: try outline.map { try LandmarkNetwork(contentsOf: $0) })
    }
    name = make.name
    let digest = Digest(of: version).hex
    if let known, known.name != make.name, Self.isGone(known.name, domain, detectors) {
      digests = [digest, known.digest]
    } else {
      digests = [digest]
      try ledger.record(DetectorRow(domain: domain, settings: asked, name: make.name, digest: digest))
    }
  }

  /// The digests for images of one kind.
  ///
  /// Detections in video frames include bars and captions, so they have digests of their own.
  func digests(isVideoFrame: Bool) -> [String] { isVideoFrame ? digests.map { "\($0) frame" } : digests }

  private static func isGone(_ name: String, _ domain: Domain, _ detectors: DetectorCatalogue) -> Bool {
    do {
      _ = try detectors.detector(name, for: domain)
      return false
    } catch let error as DetectorError { return error.isMissing } catch { return false }
  }
}

extension SourceKind {
  /// Whether its images are video frames, which may have black bars and captions.
  public var isVideoFrames: Bool { self == .screenshots || self == .videos }
}
