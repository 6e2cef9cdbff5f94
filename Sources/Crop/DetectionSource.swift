public import Dataset
import Foundation
import Ledger

/// Who looks at a domain's images, and whose findings of earlier runs still hold.
struct DetectionSource: Sendable {
  /// The digests of findings that hold, the newest first; what is found now bears the first.
  let digests: [String]
  /// Makes what looks, for a worker.
  let makeAnalyzer: @Sendable () throws -> ImageAnalyzer

  /// Who looks at the images of `domain`.
  ///
  /// Where a detector that was here before is gone, what it found holds: a model is needed to look, not to cut anew.
  ///
  /// - Throws: `DetectorError` where there never was one; `LedgerError`; `VisionError` for a broken model.
  init(_ settings: CropSettings, of domain: Domain, _ detectors: DetectorCatalogue, _ ledger: Ledger) throws {
    let name = "\(settings.detector) \(settings.landmarks)"
    let known = try ledger.detector(of: domain).flatMap { $0.settings == name ? $0 : nil }
    let (make, outline): (DetectorFactory, URL?)
    do {
      make = try detectors.detector(settings.detector, for: domain, leastFace: settings.minFace)
      outline = settings.landmarks == .outline ? try detectors.outlineModel() : nil
    } catch let error as DetectorError {
      guard error.isMissing, let known else { throw error }
      digests = [known.digest]
      makeAnalyzer = { throw error }
      return
    }
    var version = "detection \(Settings.StageVersion.detection)\n\(make.version)"
    if let outline { version += "\n\(try Digest(ofFile: outline).hex)" }
    makeAnalyzer = {
      ImageAnalyzer(detector: try make(), landmarks: try outline.map { try LandmarkNetwork(contentsOf: $0) })
    }
    let digest = Digest(of: version).hex
    if let known, known.name != make.name, Self.isGone(known.name, domain, detectors) {
      digests = [digest, known.digest]
    } else {
      digests = [digest]
      try ledger.record(DetectorRow(domain: domain, settings: name, name: make.name, digest: digest))
    }
  }

  /// DetectionResult in frames of films are others than those in photographs, whatever looked.
  func digests(isVideoFrame: Bool) -> [String] { isVideoFrame ? digests.map { "\($0) frame" } : digests }

  private static func isGone(_ name: String, _ domain: Domain, _ detectors: DetectorCatalogue) -> Bool {
    do {
      _ = try detectors.detector(name, for: domain)
      return false
    } catch let error as DetectorError { return error.isMissing } catch { return false }
  }
}

extension SourceKind {
  /// Whether its images are frames of films, which may have black bars and captions.
  public var isVideoFrames: Bool { self == .screenshots || self == .videos }
}
