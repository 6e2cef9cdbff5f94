import Crop
import Dataset
import Imaging
import Mask
import Models

/// The heads of images that came without a record: where their faces are, and whether they are photographed or drawn.
struct HeadSearch: Sendable {
  /// The size of the crop in whose pixels the framing describes a head.
  private let side = PixelSize(width: 16, height: 16)
  private let domain: Domain?
  private let detectors: [(domain: Domain, make: DetectorFactory)]

  /// A search for the heads of `domain`, or of both, told apart by the faces.
  ///
  /// A detector whose model is missing is done without.
  ///
  /// - Throws: `VisionError` for a broken model.
  init(_ domain: Domain?, models store: ModelStore) throws {
    self.domain = domain
    // The drawings' detectors take fewer photographs for their own than the other way round.
    detectors = try (domain.map { [$0] } ?? [.b, .a]).compactMap { domain in
      do {
        let catalogue = DetectorCatalogue { store.locate($0) }
        return (domain, try catalogue.detector("auto", for: domain, leastFace: 24))
      } catch DetectorError.missing { return nil }
    }
  }

  /// What looks, for one worker.
  func callAsFunction() throws -> (ImageBuffer) throws -> MaskFolder.Head {
    let searches = try detectors.map { domain, makeDetector in
      var settings = CropSettings(domain: domain)
      (settings.faces, settings.minFace, settings.align) = (.all, 24, .none)
      return (
        domain: domain,
        locator: FaceLocator(settings: settings, detector: try makeDetector(), isVideoFrame: false)
      )
    }
    return { image in
      for (searched, locator) in searches {
        // A face of the other kind is left to the other kind's detector.
        let faces = try locator.locate(in: image).faces.filter {
          domain != nil || !$0.face.flags.contains(.wrongDomain)
        }
        guard let found = faces.max(by: { $0.face.box.area < $1.face.box.area }),
          let map = found.square?.map(toSide: side.width), let back = map.inverse
        else { continue }
        let guide = FaceGuide(found.face(in: map), in: map, shape: shape(of: searched)).mapped(by: back)
        return MaskFolder.Head(face: guide, shape: shape(of: searched))
      }
      return MaskFolder.Head(face: nil, shape: domain.map(shape) ?? .unknown)
    }
  }

  private func shape(of domain: Domain) -> HeadShape { domain == .a ? .photo : .drawing }
}
