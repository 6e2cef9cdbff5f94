import Foundation
import Imaging
import Vision

/// Computes the MobileFaceNet embedding of a photographed face: 128 numbers, whose cosine is the similarity of two faces.
///
/// The face is aligned to the 112 x 112 template of five points that ArcFace's networks were trained with (Deng et al.,
/// 2019). The input is RGB, (x - 127.5) / 128. For anime faces the embedding is meaningless. Each worker has its own instance.
final class FaceEmbedder {
  private let network: Network

  /// The number of values of an embedding.
  static let length = 128
  /// The version of the embeddings; a change makes those in the ledger outdated.
  static let version = 1
  /// The template: eyes (left in the image first), nose, mouth corners.
  static let template = [
    Point(x: 38.2946, y: 51.6963), Point(x: 73.5318, y: 51.5014), Point(x: 56.0252, y: 71.7366),
    Point(x: 41.5493, y: 92.3655), Point(x: 70.7299, y: 92.2041),
  ]
  private static let side = PixelSize(width: 112, height: 112)

  /// - Parameter model: The Caffe model and its description.
  /// - Throws: `VisionError`.
  init(_ model: [URL]) throws(VisionError) {
    guard model.count == 2 else {
      throw VisionError("load MobileFaceNet", reason: "a Caffe model is two files")
    }
    network = try Network(contentsOf: model[0], description: model[1])
  }

  /// Computes the embedding of the face in `image`.
  ///
  /// - Parameters:
  ///   - image: The image, in any format.
  ///   - landmarks: Eyes (left in the image first), nose, mouth corners, in pixels of the image.
  /// - Returns: The embedding, with norm 1; nil if the landmarks do not determine the alignment.
  /// - Throws: `VisionError`.
  func embed(_ image: ImageBuffer, landmarks: [Point]) throws(VisionError) -> [Float]? {
    guard let map = AffineMap(similarityFrom: landmarks, to: Self.template) else { return nil }
    let face = try image.composited(on: [128, 128, 128]).converted(to: .rgb).warped(by: map, to: Self.side)
    let values = [Double](repeating: 127.5, count: 3)
    try network.setInput(
      face, Network.Input(size: Self.side, mean: values, scale: [Double](repeating: 1.0 / 128, count: 3)))
    guard let output = try network.forward().first?.values else { return nil }
    let length = output.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return length > 0 && length.isFinite ? output.map { $0 / length } : nil
  }
}
