import CMaskNetwork
import Dataset
import Foundation
import Imaging
import MaskInput
import Vision

/// The network that computes the alpha of the head whose face is marked: the built-in one, or a fine-tuned one.
///
/// Input: a square image, red, green and blue from -1 to 1, and a fourth channel that marks the face (`FaceChannel`). Output:
/// the alpha. The card beside the weights (`Sources/CMaskNetwork`) says how it was trained and from what.
///
/// One instance a worker.
final class MaskNetwork: MaskMethod {
  let name = "network"
  let precision = MaskPrecision.matte
  /// The side of the input in pixels.
  let side: Int
  private let network: Network

  /// The built-in network, or the fine-tuned one in the ONNX file `file`.
  ///
  /// - Throws: `SegmentationFailure` if the file cannot be read or is not such a network.
  init(_ file: URL? = nil) throws {
    if let file {
      let bytes: Data
      do { bytes = try Data(contentsOf: file) } catch {
        throw SegmentationFailure("model-unreadable", "the mask network \(file.path) cannot be read")
      }
      (network, side) = try bytes.withUnsafeBytes { try Self.load($0, "the mask network \(file.path)") }
    } else {
      (network, side) = try Self.load(Self.builtIn, "the built-in mask network")
    }
  }

  /// The bytes of the built-in network's ONNX file.
  private static var builtIn: UnsafeRawBufferPointer {
    var count = 0
    let start = mask_network_bytes(&count)
    return UnsafeRawBufferPointer(start: start, count: count)
  }

  /// The digest of the built-in network, on which masks depend.
  static let builtInDigest = Digest(of: Data(builtIn)).hex

  private static func load(
    _ bytes: UnsafeRawBufferPointer, _ name: String
  ) throws -> (network: Network, side: Int) {
    let shape = ONNXInput.shape(of: bytes)
    guard let shape, shape.count == 4, shape[0] == 1, shape[1] == 4, shape[2] == shape[3],
      (32...1024).contains(shape[2])
    else {
      throw SegmentationFailure(
        "model-unusable",
        "\(name) takes an input of shape \(shape.map { "\($0)" } ?? "unknown"), but a mask network takes [1, 4, side, side]"
      )
    }
    do { return (try Network(onnx: bytes, name: name), shape[2]) } catch {
      throw SegmentationFailure("model-unreadable", "\(error)")
    }
  }

  /// Runs the network once on a grey image.
  ///
  /// - Throws: `SegmentationFailure` if its output has another size or values that are not numbers.
  func check() throws {
    let gray = ImageBuffer(width: side, height: side, format: .rgb, filledWith: [128, 128, 128])
    let middle = Box(
      x: Double(side) * 0.3, y: Double(side) * 0.3, width: Double(side) * 0.4, height: Double(side) * 0.4)
    guard try alpha(of: gray, face: middle).values.allSatisfy(\.isFinite) else {
      throw SegmentationFailure("model-unusable", "its output has values that are not numbers")
    }
  }

  func mask(of subject: MaskSubject) throws -> MaskPrediction? {
    let fit = SquareFit(subject.image.size, side: side)
    let image = try subject.image.warped(
      by: fit.toSquareImage, to: PixelSize(width: fit.length, height: fit.length), border: .edge
    ).openCVResized(to: PixelSize(width: side, height: side), by: fit.length > side ? .area : .linear)
    let face = subject.face?.measured
    var plane = try alpha(of: image, face: face.map { fit.scaled($0) })
    let mirrored = try alpha(
      of: image.flippedHorizontally(), face: face.map { fit.scaled($0) }.map { $0.mirrored(in: Double(side)) }
    )
    // The mask of the mirror image should be the mirrored mask. Their mean is more accurate, their difference shows doubt.
    let other = mirrored.mirrored
    let disagreement = plane.difference(from: other)
    for index in plane.values.indices {
      plane.values[index] = (plane.values[index] + other.values[index]) / 2
    }
    return MaskPrediction(fit.crop(plane), disagreement: disagreement)
  }

  /// The alpha of an image of the network's size, with the face in its pixels.
  private func alpha(of image: ImageBuffer, face: Box?) throws -> Plane {
    let area = side * side
    var input = [Float](repeating: 0, count: 4 * area)
    for index in 0..<area {
      for channel in 0..<3 {
        input[channel * area + index] = Float(image.bytes[index * 3 + channel]) / 127.5 - 1
      }
    }
    input.withUnsafeMutableBufferPointer { values in
      FaceChannel.fill(UnsafeMutableBufferPointer(rebasing: values[(3 * area)...]), side: side, face: face)
    }
    try network.setInput(input, shape: [1, 4, side, side])
    guard let output = try network.forward().first, output.values.count == area else {
      throw SegmentationFailure(
        "model-unusable", "the mask network gives an output of another size than its input")
    }
    return Plane(width: side, height: side, values: output.values)
  }
}

/// How an image of any shape is padded to a square and scaled to the network's side.
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

  /// From image pixels to pixels of the padded square.
  var toSquareImage: AffineMap { .translation(x: Double(left), y: Double(top)) }

  /// A box of the image in pixels of the network's input.
  func scaled(_ box: Box) -> Box {
    let scale = Double(side) / Double(length)
    return Box(
      x: (box.x + Double(left)) * scale, y: (box.y + Double(top)) * scale, width: box.width * scale,
      height: box.height * scale)
  }

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

extension Box {
  /// The box in the mirror image of an image of `width`.
  fileprivate func mirrored(in width: Double) -> Box {
    Box(x: width - x - self.width, y: y, width: self.width, height: height)
  }
}

extension Plane {
  /// The plane, left and right exchanged.
  fileprivate var mirrored: Plane {
    Plane(
      width: width, height: height,
      values: (0..<height).flatMap { row in values[row * width..<(row + 1) * width].reversed() })
  }
}
