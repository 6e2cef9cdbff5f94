public import Dataset
public import Foundation
internal import Vision

/// Makes the detectors that the settings name.
///
/// | name | finds | files it asks for |
/// |---|---|---|
/// | `yunet` | photographed faces, five landmarks | `yunet-n`, or `yunet`; `haar`, `haar-eyes` if there |
/// | `centerface` | photographed faces, five landmarks | `centerface` |
/// | `haar` | photographed faces, mostly with eyes | `haar`, `haar-eyes` if there |
/// | `animeface` | drawn faces, eyes, nose, mouth, chin | `animeface`; `lbp-anime` if there |
/// | `lbp-anime` | drawn faces | `lbp-anime` |
/// | `anime` | as `auto` for drawings | |
/// | `auto` | photos: yunet, else centerface, else haar; drawings: animeface, else lbp-anime | |
///
/// Where a detector searches its own domain, what looks like the other's is marked; the other domain's detector has a say in
/// it where it is here too.
public struct DetectorCatalogue: Sendable {
  private let model: @Sendable (String) -> URL?

  /// A catalogue over the model files of this machine.
  ///
  /// - Parameter model: The file of a model by its catalogue name; nil where it is not there.
  public init(model: @escaping @Sendable (String) -> URL?) { self.model = model }

  /// The detector called `name` in the settings.
  ///
  /// - Parameters:
  ///   - name: One of the table's.
  ///   - domain: Where `auto` looks: A for photos, B for drawings.
  ///   - leastFace: The shorter side of the smallest face that is asked for, in the image's pixels. Large images are searched
  ///     as finely as faces of 64 pixels need, finer where smaller ones are asked for.
  /// - Returns: What makes the detector; its name is never `auto`.
  /// - Throws: `DetectorError` where there is no such detector, or a file it needs is missing;
  ///   `VisionError` where a file cannot be read or is something else.
  public func detector(
    _ name: String, for domain: Domain, leastFace: Int = 64
  ) throws -> DetectorFactory {
    let names =
      switch name {
      case "auto": CropSettings.detectors(for: domain)
      case "anime": CropSettings.detectors(for: .b)
      default: [name]
      }
    let own = try recipe(names)
    var files = own.files
    var other: Recipe?
    if own.domain == domain {
      do { other = try recipe(domain == .a ? ["animeface"] : ["yunet", "centerface"]) } catch let error
        as DetectorError
        where error.isMissing
      {}
      files += other?.files ?? []
    }
    // Raising `min-face` to more than this needs no new search: what was found holds.
    let leastFace = min(64, max(8, leastFace))
    return try DetectorFactory(own.name, leastFace: leastFace, files: files) { [other] in
      let check = DomainCheck(domain: domain, other: try other?.makeSearch(.glance, nil))
      var plan = own.plan
      plan.leastFace = Double(leastFace)
      return try own.makeSearch(plan, own.domain == domain ? check : nil)
    }
  }

  /// What a detector is made of.
  private struct Recipe: Sendable {
    var name: String
    /// The domain whose faces it finds.
    var domain: Domain
    var files: [URL]
    var plan: FaceSearch.Plan
    var make: @Sendable () throws -> (any FaceFinder, FaceSearch.Checks)

    func makeSearch(_ plan: FaceSearch.Plan, _ check: DomainCheck?) throws -> FaceSearch {
      let (finder, checks) = try make()
      return FaceSearch(finder, plan, checks: checks, domainCheck: check)
    }
  }

  /// The first of these detectors whose models are here.
  private func recipe(_ names: [String]) throws -> Recipe {
    var missing: DetectorError?
    for name in names {
      do { return try recipe(name) } catch let error as DetectorError where error.isMissing {
        missing = missing ?? error
      }
    }
    throw missing ?? DetectorError.unknown(names.first ?? "")
  }

  /// The model file of the network that finds 68 points in photographed faces.
  ///
  /// - Throws: `DetectorError.missing` where it is not here.
  func outlineModel() throws(DetectorError) -> URL { try need(["pfld"], of: "landmarks: 68") }

  private func recipe(_ name: String) throws -> Recipe {
    switch name {
    case "yunet":
      let file = try need(["yunet-n", "yunet"], of: name)
      let (faces, eyes) = (model("haar"), model("haar-eyes"))
      return Recipe(
        name: name, domain: .a, files: [file] + [faces, eyes].compactMap { $0 }, plan: .yunet
      ) {
        let finder = try YuNetFinder(model: file)
        return (
          finder,
          FaceSearch.Checks(
            verifier: try FaceVerifier(finder, .yunet, faces: faces, eyes: eyes),
            orientation: try OrientationCheck(finder, .photo(sureScore: 0.93), cascade: faces))
        )
      }
    case "centerface":
      let file = try need(["centerface"], of: name)
      let faces = model("haar")
      return Recipe(
        name: name, domain: .a, files: [file] + [faces].compactMap { $0 }, plan: .centerface
      ) {
        let finder = try CenterFaceFinder(model: file)
        return (
          finder,
          FaceSearch.Checks(
            orientation: try OrientationCheck(finder, .photo(sureScore: 0.85), cascade: faces))
        )
      }
    case "haar":
      let faces = try need(["haar"], of: name)
      let eyes = model("haar-eyes")
      return Recipe(name: name, domain: .a, files: [faces] + [eyes].compactMap { $0 }, plan: .haar) {
        (try HaarFinder(faces: faces, eyes: eyes), FaceSearch.Checks())
      }
    case "animeface":
      let file = try need(["animeface"], of: name)
      // Opened once for all workers: it keeps nothing between searches.
      let library = try AnimeFaceLibrary(contentsOf: file)
      let cascade = model("lbp-anime")
      return Recipe(
        name: name, domain: .b, files: [file] + [cascade].compactMap { $0 }, plan: .animeface
      ) {
        let finder = AnimeFaceFinder(library: library)
        return (
          finder,
          FaceSearch.Checks(
            verifier: try FaceVerifier(finder, .animeface, faces: nil, eyes: nil),
            companion: try cascade.map {
              CompanionSearch(
                try AnimeCascadeFinder(cascade: $0),
                verifiedBy: AnimeFaceFinder(library: library, minScore: 0.3))
            },
            orientation: try OrientationCheck(finder, .drawing, cascade: cascade))
        )
      }
    case "lbp-anime":
      let file = try need(["lbp-anime"], of: name)
      return Recipe(name: name, domain: .b, files: [file], plan: .animeCascade) {
        (try AnimeCascadeFinder(cascade: file), FaceSearch.Checks())
      }
    default: throw DetectorError.unknown(name)
    }
  }

  /// The first of these models that is there.
  private func need(_ models: [String], of detector: String) throws(DetectorError) -> URL {
    for name in models {
      if let file = model(name) { return file }
    }
    throw .missing(model: models[models.count - 1], detector: detector)
  }
}

/// Makes one detector for each worker.
public struct DetectorFactory: Sendable {
  /// The detector's name; never `auto`.
  public let name: String
  /// Changes where an image might be searched with another result: the detector, its files' bytes, its settings.
  public let version: String
  private let make: @Sendable () throws -> any FaceDetector

  /// Raised whenever the search's own rules change.
  private static let rules = 4

  init(
    _ name: String, leastFace: Int, files: [URL], _ make: @escaping @Sendable () throws -> any FaceDetector
  ) throws {
    self.name = name
    self.make = make
    let digests = try files.map { try Digest(ofFile: $0).hex.prefix(16) }
    version = "\(name) \(Self.rules) \(leastFace) \(openCVVersion) " + digests.joined(separator: " ")
    // Made once here, so that a broken file is told before the first image is read.
    _ = try make()
  }

  /// A detector of its own for the worker that asks.
  ///
  /// - Throws: `VisionError` where a model file cannot be read.
  public func callAsFunction() throws -> any FaceDetector { try make() }
}

/// Why there is no detector of the name that was asked for.
public enum DetectorError: Error, Sendable, Equatable, CustomStringConvertible {
  /// No detector has this name.
  case unknown(String)
  /// A model is not on this machine.
  case missing(model: String, detector: String)

  var isMissing: Bool { if case .missing = self { true } else { false } }

  /// One sentence with what to do next.
  public var description: String {
    switch self {
    case .unknown(let name):
      "there is no face detector called \(name): use auto, yunet, centerface, haar, animeface or lbp-anime"
    case .missing(_, "haar"):
      "the face detector haar needs OpenCV's cascades: install opencv-data (apt-get install opencv-data)"
    case .missing(let model, let detector):
      "the face detector \(detector) needs a model that is not here: run `easel models fetch \(model)`"
    }
  }
}

extension FaceSearch.Plan {
  /// YuNet sees faces of about 10 to 300 pixels and tilts up to some 50 degrees: of 101 selfies it finds 22 with faces of 10
  /// pixels, 67 of 12, 93 of 14 and all of 16; in large pictures, shrunk by odd factors, faces need a little more.
  ///
  /// It takes faces that stand on their heads for
  /// upright ones, so 180 degrees would add nothing.
  fileprivate static let yunet = FaceSearch.Plan(
    sides: [320, 800], leastSeen: 20, turns: [[-60, 60], [-90, 90]], turnedSide: 640, turnedScore: 0.8)
  /// For an answer whether there is a large face, not where all are.
  fileprivate static let glance = FaceSearch.Plan(
    sides: [320], leastSeen: 0, turns: [], turnedSide: 320, turnedScore: 1)
  /// CenterFace sees faces of about 10 to 250 pixels.
  fileprivate static let centerface = FaceSearch.Plan(
    sides: [320, 800], leastSeen: 16, turns: [[-60, 60], [-90, 90]], turnedSide: 480, turnedScore: 0.6)
  /// Cascades see all sizes, but only upright.
  fileprivate static let haar = FaceSearch.Plan(
    sides: [640], leastSeen: 30, turns: [[-25, 25], [-50, 50]], turnedSide: 512, turnedScore: 0.75)
  fileprivate static let animeCascade = FaceSearch.Plan(
    sides: [1280], leastSeen: 30, turns: [[-25, 25], [-50, 50]], turnedSide: 640, turnedScore: 0.75)
  /// animeface sees faces of 43 to about 110 pixels best: selfie2anime's of about 150 it finds in 94 of 100 as they are, and all
  /// in copies of 160 pixels a side; with faces of 28 pixels it finds 7 of 100, of 36 35, of 43 73, of 60 all.
  fileprivate static let animeface = FaceSearch.Plan(
    sides: [160, 320, 960], leastStep: 1.75, leastSeen: 48, turns: [[-30, 30], [-60, 60]], turnedSide: 400,
    turnedScore: 0.8)
}

extension OrientationCheck.Rule {
  /// Of upright photographed faces most have a score above `sureScore`, of those upside down none.
  fileprivate static func photo(sureScore: Double) -> Self {
    OrientationCheck.Rule(sureScore: sureScore, sides: [48, 80], fullWindows: 20, minLead: 0.35)
  }
  /// animeface is as sure of drawn faces that stand on their heads, so all are checked.
  fileprivate static let drawing = OrientationCheck.Rule(
    sureScore: .infinity, sides: [56, 80, 112], fullWindows: 10, cascadeWeight: 2, minLead: 0.5)
}

extension FaceVerifier.Rule {
  /// One of 43 animals is above it, and 88 of 100 selfies.
  fileprivate static let yunet = FaceVerifier.Rule(
    sureScore: 0.9, looks: [(32, false), (48, false), (64, false), (64, true)], minScore: 0.8)
  /// It is as sure of folds of clothes and of signs, but not in a mirror: drawn faces then have 0.95 and more, those 0.7 at most.
  fileprivate static let animeface = FaceVerifier.Rule(
    sureScore: .infinity, sureShare: 0.2, looks: [(64, true)], minScore: 0.9, raisesScore: true)
}
