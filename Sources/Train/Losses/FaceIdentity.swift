import WeightFiles
public import Foundation
public import Tensors

/// How far the features of two pictures' faces lie apart, photo2cartoon's face identity loss.
///
/// Source: minivision-ai/photo2cartoon, models/face_features.py. The weights are frozen: nothing is computed for them.
public final class FaceIdentity {
  private let network: MobileFaceNet

  /// A loss over `network`, whose weights were loaded before.
  public init(_ network: MobileFaceNet) { self.network = network }

  /// A loss over the network in a weights file, `.pt` or safetensors, for pictures of `side` pixels on `device`.
  ///
  /// - Throws: `TrainError.face` where there is no such file, or it holds no MobileFaceNet with 512 features.
  public convenience init(contentsOf url: URL, side: Int, device: Device = .cpu) throws {
    func refusal(_ problem: String) -> TrainError { .face(url.path, problem: problem) }
    guard FileManager.default.fileExists(atPath: url.path) else { throw refusal("there is no such file") }
    let square = FaceIdentity.square(side: side)
    guard square.rows.count > 1, square.columns.lowerBound >= 0 else {
      throw refusal("at a side of \(side) there is no face to look at")
    }
    let network = try MobileFaceNet(device: device)
    do {
      let file = try WeightsFile(contentsOf: url)
      let name = file.names[0]
      let difference = KeyDifference(
        of: "MobileFaceNet", expected: network.state.map { ($0.key, $0.tensor.shape) },
        found: try file.shapes(name))
      guard difference.isEmpty else { throw refusal(difference.text(atMost: 4)) }
      try network.load(try file.stateDict(name))
    } catch let error as TrainError {
      throw error
    } catch {
      throw refusal("\(error)")
    }
    self.init(network)
  }

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
