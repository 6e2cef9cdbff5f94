internal import CAnimeFace
public import Foundation
public import Imaging

/// The anime face detector of the PyPI wheel `animeface` 2.0.3, opened at run time.
///
/// It finds anime faces with eyes, nose, mouth and chin by neural networks that are compiled into the library
/// (nagadomi, 2009). Several threads may share one instance: the library keeps no state between searches. (A
/// test compares parallel and sequential searches.)
public final class AnimeFaceLibrary: Sendable {
  /// The library's file name in the wheel.
  public static let fileName = "libnvxs-07331812.so.0.0.0"

  /// One face.
  ///
  /// "Left" is the character's own left, with the larger x.
  public struct Face: Sendable, Equatable {
    /// The face from forehead to chin.
    public let box: Box
    /// The library's confidence, 0.5 to 1.
    public let likelihood: Double
    /// The character's left eye.
    public let leftEye: Box
    /// The character's right eye.
    public let rightEye: Box
    /// The tip of the nose.
    public let nose: Point
    /// The mouth.
    public let mouth: Box
    /// The tip of the chin.
    public let chin: Point
  }

  /// Images are reduced to at most this many pixels on their longer side before the search.
  ///
  /// The library's summed-area tables are 32-bit floats, which lose precision on large images. The smallest
  /// face that it finds is 43 pixels wide.
  public static let maxSide = 1280

  nonisolated(unsafe) private let handle: OpaquePointer

  /// Opens the library.
  ///
  /// Opening runs the library's code, so check its SHA-256 first.
  ///
  /// - Throws: `VisionError` if the file is missing, is no library or lacks a needed function.
  public init(contentsOf url: URL) throws(VisionError) {
    let operation = "open the anime face library \(url.path)"
    let nextStep = "take \(Self.fileName) from the PyPI wheel animeface 2.0.3 for Linux on x86-64"
    try requireFile(url, operation, nextStep: nextStep)
    handle = try Self.attempt(operation, nextStep: nextStep) { animeface_open(url.path, $0) }
  }

  deinit { animeface_close(handle) }

  /// Finds anime faces in an image, sorted by descending confidence.
  ///
  /// - Parameters:
  ///   - image: An image of any format; alpha is ignored.
  ///   - threshold: The minimum likelihood, 0 to 1.
  /// - Returns: At most 256 faces, in pixels of `image`.
  /// - Throws: `VisionError` if the library reports an error.
  public func detect(in image: ImageBuffer, threshold: Double = 0.5) throws(VisionError) -> [Face] {
    let size = image.size.fitted(in: Self.maxSide)
    let small = image.resized(to: size)
    let rgb = small.converted(to: .rgb).bytes
    let raw: [animeface_face] = try Self.attempt("find anime faces") { error in
      var count: Int32 = -1
      let faces = [animeface_face](unsafeUninitializedCapacity: 256) { buffer, written in
        guard let start = buffer.baseAddress else { return }
        count = animeface_detect(
          handle, rgb, Int32(size.width), Int32(size.height), Float(threshold), start, 256, error)
        written = max(0, Int(count))
      }
      return count < 0 ? nil : faces
    }
    let (x, y) = (
      Double(image.width) / Double(size.width), Double(image.height) / Double(size.height)
    )
    return raw.map { Face($0, x: x, y: y) }.sorted { $0.likelihood > $1.likelihood }
  }

  private static func attempt<Result>(
    _ operation: String, nextStep: String = "", _ body: (animeface_error) -> Result?
  ) throws(VisionError) -> Result {
    try capturingReason(operation, nextStep: nextStep) { body(animeface_error(text: $0, capacity: $1)) }
  }
}

extension AnimeFaceLibrary.Face {
  /// Scales a face of the reduced image to pixels of the whole one.
  fileprivate init(_ face: animeface_face, x: Double, y: Double) {
    func box(_ rect: animeface_rect) -> Box {
      Box(
        x: Double(rect.x) * x, y: Double(rect.y) * y, width: Double(rect.width) * x,
        height: Double(rect.height) * y)
    }
    self.box = box(face.face)
    likelihood = Double(face.likelihood)
    leftEye = box(face.left_eye)
    rightEye = box(face.right_eye)
    nose = box(face.nose).center
    mouth = box(face.mouth)
    chin = box(face.chin).center
  }
}
