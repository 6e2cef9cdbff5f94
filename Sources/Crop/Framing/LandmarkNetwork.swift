import Dataset
public import Foundation
import Imaging
import Vision

/// PFLD (Guo et al., 2019), a network that finds 68 points in a photographed face.
///
/// Its input is the upright square around the face with 1.1 times the longer side of its box, as 112 x 112
/// RGB pixels from 0 to 1. Its output is 68 positions as shares of the square.
public final class LandmarkNetwork {
  private let network: Network

  /// Reads the model file.
  ///
  /// - Throws: `VisionError`.
  public init(contentsOf model: URL) throws { network = try Network(contentsOf: model) }

  /// Adds the 68 points to `face`.
  ///
  /// A face smaller than about 7 pixels is returned unchanged.
  func completed(_ face: DetectedFace, in picture: ImageBuffer) throws -> DetectedFace {
    let side = 1.1 * max(face.box.width, face.box.height)
    guard side >= 8 else { return face }
    let frame = CropSquare(center: face.box.center, side: side, roll: face.eyeRoll ?? 0)
    let map = frame.map(toSide: Self.side)
    guard let back = map.inverse else { return face }
    let seen = try picture.converted(to: .rgb).warped(
      by: map, to: PixelSize(width: Self.side, height: Self.side), border: .edge)
    try network.setInput(
      seen, Network.Input(size: seen.size, mean: [0, 0, 0], scale: [1 / 255, 1 / 255, 1 / 255]))
    let values = try network.forward(network.outputNames).first?.values ?? []
    guard values.count == 136 else {
      throw VisionError("find 68 points", reason: "the network returned \(values.count) numbers, not 136")
    }
    var face = face
    face.points = (0..<68).map { point in
      back(
        Point(
          x: Double(values[2 * point]) * Double(Self.side) - 0.5,
          y: Double(values[2 * point + 1]) * Double(Self.side) - 0.5))
    }
    return face
  }

  private static let side = 112
}
