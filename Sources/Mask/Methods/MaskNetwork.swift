import Dataset
import Foundation
import Imaging
import MaskModel
import ONNX
import Vision

/// The built-in or fine-tuned network that computes the alpha of the head whose face is marked in its input.
///
/// `MaskModel` contains the weights and prepares the input as in training; docs/mask-network.md describes the training. Each
/// worker has its own instance.
final class MaskNetwork: MaskMethod {
  let name = "network"
  let precision = MaskPrecision.matte
  /// The side of the input in pixels.
  let side: Int
  private let network: Network

  /// The network with the weights in `file`; nil for the built-in one.
  ///
  /// - Throws: `SegmentationFailure` if the file cannot be read or is not a mask network's, or if the program was built without
  ///   the built-in weights.
  convenience init(_ file: URL? = nil) throws {
    guard let file else {
      guard let weights = Self.builtIn else {
        throw SegmentationFailure(
          "model-missing", "this program was built without the mask network; choose the method color-model")
      }
      try self.init(weights, name: "the built-in mask network")
      return
    }
    let name = "the mask network \(file.path)"
    let bytes: Data
    do { bytes = try Data(contentsOf: file) } catch {
      throw SegmentationFailure("model-unreadable", "\(name) cannot be read")
    }
    let weights: MaskWeights
    do { weights = try MaskWeights(bytes) } catch {
      throw SegmentationFailure("model-unusable", "\(name) is not usable: \(error)")
    }
    try self.init(weights, name: name)
  }

  private init(_ weights: MaskWeights, name: String) throws {
    side = weights.architecture.side
    do { network = try Network(onnx: weights.graph.encoded(), name: name) } catch {
      throw SegmentationFailure("model-unreadable", "\(error)")
    }
  }

  /// The built-in weights; nil if the program was built without them.
  private static let builtIn = try? BuiltInMaskNetwork.weights()

  /// Whether the program has a built-in network.
  static var isBuiltIn: Bool { builtIn != nil }

  /// The digest of the built-in network, on which masks depend.
  static let builtInDigest = builtIn.map { Digest(of: $0.data).hex } ?? "none"

  /// Checks the network by running it on a grey image.
  ///
  /// - Throws: `SegmentationFailure` if its output has another size or values that are not numbers.
  func check() throws {
    let gray = ImageBuffer(width: side, height: side, format: .rgb, filledWith: [128, 128, 128])
    let face = FaceGuide.framed(gray.size).box
    guard try alpha(of: MaskInput.values(gray, face: face, side: side)).values.allSatisfy(\.isFinite) else {
      throw SegmentationFailure("model-unusable", "its output has values that are not numbers")
    }
  }

  func mask(of subject: MaskSubject) throws -> MaskPrediction? {
    let (input, fit) = try input(of: subject)
    let plane = try alpha(of: input)
    // The mask of the mirrored image should be the mirrored mask; the difference measures uncertainty. The mean of the two
    // masks is not better than one alone, and worse for the worst tenth.
    let mirrored = try alpha(of: input.mirrored(side)).values.mirrored(side)
    let disagreement = plane.difference(from: Plane(width: side, height: side, values: mirrored))
    return MaskPrediction(fit.crop(plane), disagreement: disagreement)
  }

  func plane(of subject: MaskSubject) throws -> Plane? {
    let (input, fit) = try input(of: subject)
    return fit.crop(try alpha(of: input))
  }

  /// The network's input, and how the image was fitted into it.
  private func input(of subject: MaskSubject) throws -> (values: [Float], fit: SquareFit) {
    let fit = SquareFit(subject.image.size, side: side)
    let image =
      fit.isSquare
      ? subject.image
      : try subject.image.warped(
        by: fit.toSquareImage, to: PixelSize(width: fit.length, height: fit.length), border: .edge)
    let face = subject.face.map { $0.measured.mapped(by: fit.toSquareImage) }
    return (MaskInput.values(image, face: face, side: side), fit)
  }

  /// The alpha for an input of `MaskInput`.
  private func alpha(of input: [Float]) throws -> Plane {
    try network.setInput(input, shape: [1, 4, side, side])
    guard let output = try network.forward().first, output.values.count == side * side else {
      throw SegmentationFailure(
        "model-unusable", "the mask network's output has another size than its input")
    }
    return Plane(width: side, height: side, values: output.values)
  }
}

/// The padding of an image to a square and its scaling to the network's side.
private struct SquareFit {
  private let size: PixelSize
  private let side: Int
  private let (left, top): (Int, Int)
  /// The side of the padded square in image pixels.
  let length: Int

  init(_ size: PixelSize, side: Int) {
    (self.size, self.side) = (size, side)
    length = max(size.width, size.height)
    (left, top) = ((length - size.width) / 2, (length - size.height) / 2)
  }

  /// Whether nothing is padded.
  var isSquare: Bool { size.width == size.height }

  /// From image pixels to pixels of the padded square.
  var toSquareImage: AffineMap { .translation(x: Double(left), y: Double(top)) }

  /// The part of a plane of the network's size that shows the image.
  func crop(_ plane: Plane) -> Plane {
    let scale = Double(side) / Double(length)
    let (x, y) = (Int((Double(left) * scale).rounded()), Int((Double(top) * scale).rounded()))
    let width = max(1, min(side - x, Int((Double(size.width) * scale).rounded())))
    let height = max(1, min(side - y, Int((Double(size.height) * scale).rounded())))
    guard width < side || height < side else { return plane }
    return Plane(
      width: width, height: height,
      values: (y..<y + height).flatMap { plane.values[$0 * side + x..<$0 * side + x + width] })
  }
}

extension [Float] {
  /// The values with the order in each row of `width` reversed.
  fileprivate func mirrored(_ width: Int) -> [Float] {
    stride(from: 0, to: count, by: width).flatMap { self[$0..<Swift.min($0 + width, count)].reversed() }
  }
}
