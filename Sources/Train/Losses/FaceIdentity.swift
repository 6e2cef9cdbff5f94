public import Tensors

/// How far the features of two pictures' faces lie apart, photo2cartoon's face identity loss.
///
/// Source: minivision-ai/photo2cartoon, models/face_features.py. The weights are frozen: nothing is computed for them.
public final class FaceIdentity {
  private let network: MobileFaceNet

  /// A loss over `network`, whose weights were loaded before.
  public init(_ network: MobileFaceNet) { self.network = network }

  /// The face's square in a picture of the published framing, in pixels.
  static func square(side: Int) -> (rows: Range<Int>, columns: Range<Int>) {
    let scale = Double(side) / 2.1
    let top = Int(scale * (0.8 - 0.33))
    let bottom = Int(Double(side) - scale * 0.3)
    let left = Int(Double(side) / 2 - Double(bottom - top) / 2)
    return (top..<bottom, left..<left + bottom - top)
  }

  /// The mean of 1 - cosine over a batch of pictures (N, 3, side, side) in -1...1, as one number.
  public func callAsFunction(_ first: Tensor, _ second: Tensor) throws -> Tensor {
    let cosine = try (features(first) * features(second)).sum([1])
    return try (1 - cosine).mean()
  }

  private func features(_ pictures: Tensor) throws -> Tensor {
    let square = FaceIdentity.square(side: pictures.shape[2])
    let faces = try pictures.narrow(axis: 2, square.rows).narrow(axis: 3, square.columns)
    return try network(faces.resizeBilinear(height: 112, width: 112, alignCorners: true))
  }
}
