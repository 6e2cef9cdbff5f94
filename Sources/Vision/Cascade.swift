internal import COpenCV
public import Foundation
public import Imaging

/// A Haar or LBP cascade that finds one kind of thing at all sizes.
///
/// One instance a worker.
public final class Cascade {
  /// How the image is searched.
  public struct Search: Sendable, Equatable {
    /// How much the window grows from pass to pass, above 1.
    public var scaleFactor = 1.1
    /// How many overlapping windows make a find.
    public var minNeighbors = 5
    /// The smallest and the largest side of a find in pixels; 0 means no bound.
    public var sides = (min: 24, max: 0)
    /// Spread the brightness over the whole range first.
    public var equalize = false
    /// What a find's score is.
    public var score = Score.neighbors

    /// The usual settings.
    public init() {}

    /// A search with the given steps, other settings as usual.
    public init(scaleFactor: Double, minNeighbors: Int, minSide: Int, equalize: Bool = false) {
      self.scaleFactor = scaleFactor
      self.minNeighbors = minNeighbors
      self.sides.min = minSide
      self.equalize = equalize
    }

    /// Equal in every setting.
    public static func == (left: Search, right: Search) -> Bool {
      left.scaleFactor == right.scaleFactor && left.minNeighbors == right.minNeighbors
        && left.sides == right.sides && left.equalize == right.equalize && left.score == right.score
    }
  }

  /// What a find's score is.
  public enum Score: Sendable {
    /// The number of windows that were joined into it.
    case neighbors
    /// The last stage's sum. The search then also counts windows that fell in the last stages, so it finds more.
    case levelWeight
  }

  /// One find.
  public struct Hit: Sendable, Equatable {
    /// Where.
    public let box: Box
    /// How sure, as `Search.score` says; larger is surer, no upper bound.
    public let score: Double
  }

  private let handle: OpaquePointer

  /// Loads a cascade from an XML file.
  ///
  /// - Throws: `VisionError` where the file is missing or holds no cascade.
  public init(contentsOf url: URL) throws(VisionError) {
    let operation = "load the cascade \(url.path)"
    let nextStep = "check that the file is an OpenCV cascade (opencv-data has some)"
    try requireFile(url, operation, nextStep: nextStep)
    handle = try attempt(operation, nextStep: nextStep) { ocv_cascade_load(url.path, $0) }
  }

  deinit { ocv_cascade_free(handle) }

  /// Finds what the cascade knows in a grey image, in no particular but always the same order.
  ///
  /// - Throws: `VisionError` where the image is not grey or a setting is out of range.
  public func detect(in image: ImageBuffer, _ search: Search = Search()) throws(VisionError) -> [Hit] {
    try image.requireGray("search an image with a cascade")
    guard search.scaleFactor > 1.001, search.scaleFactor < 10, (0...10_000).contains(search.minNeighbors)
    else {
      throw VisionError(
        "search an image with a cascade",
        reason: "the scale factor is \(search.scaleFactor), the neighbours \(search.minNeighbors)",
        nextStep: "choose a factor above 1.001 and at least 0 neighbours")
    }
    return try attempt("search an image with a cascade") { error in
      var hits: UnsafePointer<ocv_cascade_hit>?
      let count = image.withView { source in
        ocv_cascade_detect(
          handle, source, search.scaleFactor, Int32(search.minNeighbors), Int32(clamping: search.sides.min),
          Int32(clamping: search.sides.max), search.equalize, search.score == .levelWeight, &hits, error)
      }
      guard count >= 0 else { return nil }
      return UnsafeBufferPointer(start: hits, count: Int(count)).map {
        Hit(box: Box($0.box), score: $0.score)
      }
    }
  }
}

/// Says so where there is no file, before a library says it in other words.
func requireFile(_ url: URL, _ operation: String, nextStep: String) throws(VisionError) {
  var isFolder: ObjCBool = false
  guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), !isFolder.boolValue else {
    throw VisionError(operation, reason: "there is no such file", nextStep: nextStep)
  }
}
