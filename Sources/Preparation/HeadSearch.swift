import Crop
package import Dataset
package import Imaging
package import Mask
package import Models

/// Detects the head in images without a record, for their masks: its face, and whether it is a photo or anime.
package struct HeadSearch: Sendable {
  /// The size of the crop in whose pixels a face is described.
  private let side = PixelSize(width: 16, height: 16)
  private let domain: Domain?
  private let detectors: [(domain: Domain, make: DetectorFactory)]

  /// A search for faces of `domain`; if it is nil, of both, and the detector that finds a face decides the domain.
  ///
  /// A detector whose model is missing is not used.
  ///
  /// - Throws: `VisionError` for a broken model.
  package init(_ domain: Domain?, models store: ModelStore) throws {
    self.domain = domain
    // The anime detector comes first, because it accepts fewer photos than photo detectors accept anime faces.
    detectors = try (domain.map { [$0] } ?? [.b, .a]).compactMap { domain in
      do {
        let catalogue = DetectorCatalogue { store.locate($0) }
        return (domain, try catalogue.detector("auto", for: domain, leastFace: 24))
      } catch DetectorError.missing { return nil }
    }
  }

  /// Makes the search function of one worker.
  package func callAsFunction() throws -> (ImageBuffer) throws -> MaskFolder.Head {
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
        // A face of the other domain is ignored here; that domain's detector finds it.
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

  private func shape(of domain: Domain) -> HeadShape { domain == .a ? .photo : .anime }
}
