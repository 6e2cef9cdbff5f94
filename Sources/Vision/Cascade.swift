internal import COpenCV
public import Foundation
public import Imaging

/// A Haar or LBP cascade, which finds one kind of object at all sizes.
///
/// Each worker needs an instance of its own.
public final class Cascade {
  /// How the image is searched.
  public struct Search: Sendable, Equatable {
    /// The factor by which the window grows from pass to pass, above 1.
    public var scaleFactor = 1.1
    /// The minimum number of overlapping windows that form a detection.
    public var minNeighbors = 5
    /// The minimum and the maximum side of a detection in pixels; 0 for no limit.
    public var sides = (min: 24, max: 0)
    /// Whether the histogram is equalized first.
    public var equalize = false
    /// How a detection is scored.
    public var score = Score.neighbors

    /// The default settings.
    public init() {}

    /// A search with these settings and defaults for the others.
    public init(scaleFactor: Double, minNeighbors: Int, minSide: Int, equalize: Bool = false) {
      self.scaleFactor = scaleFactor
      self.minNeighbors = minNeighbors
      self.sides.min = minSide
      self.equalize = equalize
    }

    /// Whether all settings are equal.
    public static func == (left: Search, right: Search) -> Bool {
      left.scaleFactor == right.scaleFactor && left.minNeighbors == right.minNeighbors
        && left.sides == right.sides && left.equalize == right.equalize && left.score == right.score
    }
  }

  /// How a detection is scored.
  public enum Score: Sendable {
    /// By the number of windows that were merged.
    case neighbors
    /// By the sum of the last stage. The search then also counts windows that failed in the last stages, so
    /// it finds more.
    case levelWeight
  }

  /// One detection.
  public struct Hit: Sendable, Equatable {
    /// The box in pixels.
    public let box: Box
    /// The score as `Search.score` defines it; higher is more certain, without an upper limit.
    public let score: Double
  }

  private let handle: OpaquePointer

  /// Loads a cascade from an XML file.
  ///
  /// - Throws: `VisionError` if the file is missing or is no cascade.
  public init(contentsOf url: URL) throws(VisionError) {
    let operation = "load the cascade \(url.path)"
    let nextStep = "check that the file is an OpenCV cascade (opencv-data has some)"
    try requireFile(url, operation, nextStep: nextStep)
    handle = try attempt(operation, nextStep: nextStep) { ocv_cascade_load(url.path, $0) }
  }

  deinit { ocv_cascade_free(handle) }

  /// Finds the cascade's objects in a gray image.
  ///
  /// The order is arbitrary but always the same.
  ///
  /// - Throws: `VisionError` if the image is not gray or a setting is out of range.
  public func detect(in image: ImageBuffer, _ search: Search = Search()) throws(VisionError) -> [Hit] {
    try image.requireGray("search an image with a cascade")
    guard search.scaleFactor > 1.001, search.scaleFactor < 10, (0...10_000).contains(search.minNeighbors)
    else {
      throw VisionError(
        "search an image with a cascade",
        reason: "the scale factor is \(search.scaleFactor), the number of neighbors \(search.minNeighbors)",
        nextStep: "choose a factor from 1.001 to 10 and 0 to 10,000 neighbors")
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

/// Throws a clear error if there is no file, before a library reports it in its own words.
func requireFile(_ url: URL, _ operation: String, nextStep: String) throws(VisionError) {
  var isFolder: ObjCBool = false
  guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), !isFolder.boolValue else {
    throw VisionError(operation, reason: "there is no such file", nextStep: nextStep)
  }
}
