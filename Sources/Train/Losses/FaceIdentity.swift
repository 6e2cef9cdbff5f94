import WeightFiles
public import Foundation
public import Tensors

/// photo2cartoon's face identity loss: the cosine distance between the face features of two images.
///
/// Source: minivision-ai/photo2cartoon, models/face_features.py. The network's weights are frozen and get no gradients.
public final class FaceIdentity {
  private let network: MobileFaceNet

  /// A loss with `network`, whose weights are already loaded.
  public init(_ network: MobileFaceNet) { self.network = network }

  /// A loss with the network in a weights file, `.pt` or safetensors, for images of `side` pixels on `device`.
  ///
  /// - Throws: `TrainError.face` if the file does not exist or does not contain a MobileFaceNet with 512 features.
  public convenience init(contentsOf url: URL, side: Int, device: Device = .cpu) throws {
    func faceError(_ problem: String) -> TrainError { .face(url.path, problem: problem) }
    guard FileManager.default.fileExists(atPath: url.path) else { throw faceError("there is no such file") }
    let square = FaceIdentity.square(side: side)
    guard square.rows.count > 1, square.columns.lowerBound >= 0 else {
      throw faceError("images of side \(side) are too small for the face network")
    }
    let network = try MobileFaceNet(device: device)
    do {
      let file = try WeightsFile(contentsOf: url)
      let name = file.names[0]
      let difference = KeyDifference(
        of: "MobileFaceNet", expected: network.state.map { ($0.key, $0.tensor.shape) },
        found: try file.shapes(name))
      guard difference.isEmpty else { throw faceError(difference.text(atMost: 4)) }
      try network.load(try file.stateDict(name))
    } catch let error as TrainError {
      throw error
    } catch {
      throw faceError("\(error)")
    }
    self.init(network)
  }

  /// The square of the face in an image with photo2cartoon's framing, in pixels.
  static func square(side: Int) -> (rows: Range<Int>, columns: Range<Int>) {
    let scale = Double(side) / 2.1
    let top = Int(scale * (0.8 - 0.33))
    let bottom = Int(Double(side) - scale * 0.3)
    let left = Int(Double(side) / 2 - Double(bottom - top) / 2)
    return (top..<bottom, left..<left + bottom - top)
  }

  /// The mean of 1 - cosine over a batch of images (N, 3, side, side) in -1...1, as a scalar.
  ///
  /// - Throws: `TensorError`.
  public func callAsFunction(_ first: Tensor, _ second: Tensor) throws -> Tensor {
    let cosine = try (features(first) * features(second)).sum([1])
    return try (1 - cosine).mean()
  }

  /// The features of each image of a batch, one row of 512 numbers each.
  ///
  /// - Throws: `TensorError`.
  package func rows(_ images: Tensor) throws -> [[Float]] {
    let features = try features(images)
    let values = try features.to(device: .cpu).floats()
    let width = values.count / max(1, images.shape[0])
    return (0..<images.shape[0]).map { Array(values[$0 * width..<($0 + 1) * width]) }
  }

  private func features(_ pictures: Tensor) throws -> Tensor {
    let square = FaceIdentity.square(side: pictures.shape[2])
    let faces = try pictures.narrow(axis: 2, square.rows).narrow(axis: 3, square.columns)
    return try network(faces.resizeBilinear(height: 112, width: 112, alignCorners: true))
  }
}
