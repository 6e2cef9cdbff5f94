public import Dataset
public import Foundation
internal import Vision

/// Creates the detectors that the settings name.
///
/// | name | finds | model files |
/// |---|---|---|
/// | `yunet` | photographed faces, five landmarks | `yunet-n` or `yunet`; `haar`, `haar-eyes` if installed |
/// | `centerface` | photographed faces, five landmarks | `centerface` |
/// | `haar` | photographed faces, mostly with eyes | `haar`; `haar-eyes` if installed |
/// | `animeface` | anime faces, eyes, nose, mouth, chin | `animeface`; `lbp-anime` if installed |
/// | `lbp-anime` | anime faces | `lbp-anime` |
/// | `anime` | the same as `auto` for domain B | |
/// | `auto` | domain A: yunet, else centerface, else haar; domain B: animeface, else lbp-anime | |
///
/// If a detector searches images of its own domain, faces that look like the other domain are marked. The
/// other domain's detector confirms this if it is installed.
public struct DetectorCatalogue: Sendable {
  private let model: @Sendable (String) -> URL?

  /// A catalogue over the model files of this machine.
  ///
  /// - Parameter model: Returns the file of a model by its catalogue name; nil if it is not installed.
  public init(model: @escaping @Sendable (String) -> URL?) { self.model = model }

  /// The detector called `name` in the settings.
  ///
  /// - Parameters:
  ///   - name: A name of the table.
  ///   - domain: The domain of the images: A for photographs, B for anime.
  ///   - minFace: The shorter side of the smallest wanted face, in the image's pixels. Large images are
  ///     searched as finely as the domain's default requires, and more finely if `minFace` is smaller.
  /// - Returns: The factory that creates the detector; its name is never `auto`.
  /// - Throws: `DetectorError` if there is no such detector or a model file is missing; `VisionError` if a
  ///   file cannot be read or is not the expected model.
  public func detector(
    _ name: String, for domain: Domain, minFace: Int = 64
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
    // A larger `min-face` needs no new search: the earlier detections remain valid.
    let minFace = min(CropSettings(domain: domain).minFace, max(8, minFace))
    return try DetectorFactory(own.name, minFace: minFace, files: files) { [other] in
      let check = DomainCheck(domain: domain, other: try other?.makeSearch(.fast, nil))
      var plan = own.plan
      plan.minFace = Double(minFace)
      return try own.makeSearch(plan, own.domain == domain ? check : nil)
    }
  }

  /// The parts of a detector.
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

  /// The first of these detectors whose models are installed.
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
  /// - Throws: `DetectorError.missing` if it is not installed.
  func outlineModel() throws(DetectorError) -> URL { try file(["pfld"], of: "landmarks: 68") }

  private func recipe(_ name: String) throws -> Recipe {
    switch name {
    case "yunet":
      let file = try file(["yunet-n", "yunet"], of: name)
      let (faces, eyes) = (model("haar"), model("haar-eyes"))
      return Recipe(
        name: name, domain: .a, files: [file] + [faces, eyes].compactMap { $0 },
        plan: model("yunet-n") == nil ? .firstYunet : .yunet
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
      let file = try file(["centerface"], of: name)
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
      let faces = try file(["haar"], of: name)
      let eyes = model("haar-eyes")
      return Recipe(name: name, domain: .a, files: [faces] + [eyes].compactMap { $0 }, plan: .haar) {
        (try HaarFinder(faces: faces, eyes: eyes), FaceSearch.Checks())
      }
    case "animeface":
      let file = try file(["animeface"], of: name)
      // Opened once for all workers, because it keeps no state between searches.
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
            orientation: try OrientationCheck(finder, .anime, cascade: cascade))
        )
      }
    case "lbp-anime":
      let file = try file(["lbp-anime"], of: name)
      return Recipe(name: name, domain: .b, files: [file], plan: .animeCascade) {
        (try AnimeCascadeFinder(cascade: file), FaceSearch.Checks())
      }
    default: throw DetectorError.unknown(name)
    }
  }

  /// The file of the first of these models that is installed.
  private func file(_ models: [String], of detector: String) throws(DetectorError) -> URL {
    for name in models {
      if let file = model(name) { return file }
    }
    throw .missing(model: models[models.count - 1], detector: detector)
  }
}

/// Creates one detector for each worker.
public struct DetectorFactory: Sendable {
  /// The detector's name; never `auto`.
  public let name: String
  /// Changes whenever detection could give another result: it names the detector, its rules, its settings and
  /// its files' digests.
  public let version: String
  private let make: @Sendable () throws -> any FaceDetector

  /// Increase this when the rules of the search change.
  private static let rules = 7

  init(
    _ name: String, minFace: Int, files: [URL], _ make: @escaping @Sendable () throws -> any FaceDetector
  ) throws {
    self.name = name
    self.make = make
    let digests = try files.map { try Digest(ofFile: $0).hex.prefix(16) }
    version = "\(name) \(Self.rules) \(minFace) \(openCVVersion) " + digests.joined(separator: " ")
    // Created once here, so that a broken file is reported before the first image is read.
    _ = try make()
  }

  /// Creates a detector for one worker.
  ///
  /// - Throws: `VisionError` if a model file cannot be read.
  public func callAsFunction() throws -> any FaceDetector { try make() }
}

/// Why a detector cannot be created.
public enum DetectorError: Error, Sendable, Equatable, CustomStringConvertible {
  /// No detector has this name.
  case unknown(String)
  /// A model is not installed on this machine.
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
      "the face detector \(detector) needs a model that is not installed: run `easel models fetch \(model)`"
    }
  }
}

extension FaceSearch.Plan {
  /// YuNet finds faces of about 10 to 300 pixels that are rotated by up to about 50 degrees.
  ///
  /// Of 101 selfies it finds 22 at a face size of 10 pixels, 67 at 12, 93 at 14 and all at 16; large pictures
  /// need slightly larger faces.
  ///
  /// The scores of the rotated copies are compared, because an upside-down face may also be found in the copy
  /// rotated by 60 degrees.
  fileprivate static let yunet = FaceSearch.Plan(
    sides: [320, 800], minVisible: 20, rotations: [[-60, 60, -90, 90, 180]], rotatedSide: 640,
    minRotatedScore: 0.8)
  /// The first generation of YuNet gives some upside-down faces higher scores than upright ones, so copies
  /// rotated by 180 degrees would turn upright faces upside down.
  fileprivate static let firstYunet = FaceSearch.Plan(
    sides: [320, 800], minVisible: 20, rotations: [[-60, 60], [-90, 90]], rotatedSide: 640,
    minRotatedScore: 0.8)
  /// A fast search that shows whether there is a large face, not where all faces are.
  fileprivate static let fast = FaceSearch.Plan(
    sides: [320], minVisible: 0, rotations: [], rotatedSide: 320, minRotatedScore: 1)
  /// CenterFace finds faces of about 10 to 250 pixels.
  fileprivate static let centerface = FaceSearch.Plan(
    sides: [320, 800], minVisible: 16, rotations: [[-60, 60], [-90, 90]], rotatedSide: 480,
    minRotatedScore: 0.6)
  /// Cascades find faces of all sizes, but only upright ones.
  ///
  /// Of the faces that it finds in six sets of photos, the 16 real ones smaller than a quarter of the photo have at least 0.78, and
  /// 39 of the 43 false ones less than 0.7.
  fileprivate static let haar = FaceSearch.Plan(
    sides: [640], minVisible: 30, smallFaces: (share: 0.25, minScore: 0.7),
    rotations: [[-25, 25], [-50, 50]], rotatedSide: 512, minRotatedScore: 0.75)
  fileprivate static let animeCascade = FaceSearch.Plan(
    sides: [1280], minVisible: 30, rotations: [[-25, 25], [-50, 50]], rotatedSide: 640, minRotatedScore: 0.75)
  /// animeface finds faces of 43 to about 110 pixels best.
  ///
  /// Of 100 selfie2anime images with faces of about 150 pixels it finds 94 at full size and all in copies of
  /// 160 pixels a side. At a face size of 28 pixels it finds 7 of 100, at 36 pixels 35, at 43 pixels 73, at
  /// 60 pixels all.
  fileprivate static let animeface = FaceSearch.Plan(
    sides: [160, 320, 960], minStep: 1.75, minVisible: 48,
    rotations: [[-30, 30], [-60, 60], [-90, 90, 180]],
    rotatedSide: 400, minRotatedScore: 0.8)
}

extension OrientationCheck.Rule {
  /// Most upright photographed faces have a score above `sureScore`; no upside-down face does.
  fileprivate static func photo(sureScore: Double) -> Self {
    OrientationCheck.Rule(sureScore: sureScore, sides: [32, 48, 80], clear: (0.88, 20))
  }
  /// animeface gives upside-down faces the same scores, so all are checked.
  fileprivate static let anime = OrientationCheck.Rule(
    sureScore: .infinity, sides: [56, 80, 112], clear: (0.9, 30), rejectsDoubtful: true)
}

extension FaceVerifier.Rule {
  /// One of 43 animals reaches this score, and 88 of 100 selfies.
  fileprivate static let yunet = FaceVerifier.Rule(
    sureScore: 0.9, copies: [(32, false), (48, false), (64, false), (64, true)], minScore: 0.8)
  /// animeface gives folds of clothes and signs the same scores, but not when they are mirrored: then real
  /// faces have at least 0.95, those at most 0.7.
  fileprivate static let animeface = FaceVerifier.Rule(
    sureScore: .infinity, sureShare: 0.2, copies: [(64, true)], minScore: 0.9, raisesScore: true)
}
