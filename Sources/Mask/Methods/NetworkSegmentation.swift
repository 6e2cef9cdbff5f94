import Dataset
import Foundation
import Imaging
import Vision

/// Segmentation with a user's ONNX network.
final class NetworkSegmentation: MaskMethod {
  let name = "segment"
  let precision = MaskPrecision.coarse
  private let card: ModelCard
  private let network: Network
  private let model: String

  /// Loads the network called `model`.
  ///
  /// - Throws: What `models` throws if the file is missing; `SegmentationFailure` if it cannot be read or has no card.
  init(_ model: String, models: (String) throws -> URL) throws {
    let file = try models(model)
    self.model = model
    card = try ModelCard.card(of: file, called: model)
    do { network = try Network(contentsOf: file) } catch {
      throw SegmentationFailure(
        "model-unreadable",
        "\(error); OpenCV reads networks with a fixed input size and common layers, such as SINet (docs/masks.md)"
      )
    }
  }

  func mask(of subject: MaskSubject) throws -> MaskPrediction? {
    let (picture, region) = try fitted(subject.image)
    var input = Network.Input(
      size: PixelSize(width: card.width, height: card.height), mean: card.mean,
      scale: card.deviation.map { 1 / $0 })
    input.blueFirst = card.order == .bgr
    let output: Network.Output?
    do {
      try network.setInput(picture, input)
      output = try network.forward(card.output.isEmpty ? [] : [card.output]).first
    } catch {
      throw SegmentationFailure(
        "model-unusable", "\(error); check the size and the output's name in its card")
    }
    guard let output, let plane = foreground(in: output) else {
      throw SegmentationFailure(
        "model-unusable",
        "the network \(model) has \(output.map { "an output of shape \($0.shape)" } ?? "no output"), but its card "
          + "lists the channels \(card.foreground); correct the card, or use the published file")
    }
    let range = (plane.values.min() ?? 0)...(max(plane.values.max() ?? 0, plane.values.min() ?? 0))
    guard range.upperBound - range.lowerBound > 0.01 else {
      throw MaskError(
        "network-blank",
        "the network \(model) finds \(range.upperBound < 0.5 ? "no foreground" : "no background") in the crop; choose "
          + "another method, or check the model's card")
    }
    return MaskPrediction(try region.map { try plane.cut($0) } ?? plane)
  }

  /// The image padded to the card's aspect ratio, and the crop's box in it as fractions of its sides; nil without padding.
  private func fitted(_ image: ImageBuffer) throws -> (ImageBuffer, Box?) {
    let target = Double(card.width) / Double(card.height)
    let given = Double(image.width) / Double(image.height)
    guard card.fit == .letterbox, abs(target - given) > 1e-6 else { return (image, nil) }
    let size =
      given > target
      ? PixelSize(width: image.width, height: Int((Double(image.width) / target).rounded()))
      : PixelSize(width: Int((Double(image.height) * target).rounded()), height: image.height)
    let (x, y) = ((size.width - image.width) / 2, (size.height - image.height) / 2)
    let mean = card.order == .bgr ? Array(card.mean.reversed()) : card.mean
    let padded = try image.warped(
      by: .translation(x: Double(x), y: Double(y)), to: size,
      border: .constant(mean.map { UInt8(min(max($0, 0), 255)) }))
    let (width, height) = (Double(size.width), Double(size.height))
    return (
      padded,
      Box(
        x: Double(x) / width, y: Double(y) / height, width: Double(image.width) / width,
        height: Double(image.height) / height)
    )
  }

  /// The foreground probability of each of the output's pixels; nil if the output lacks the card's channels.
  ///
  /// Outputs are N x C x H x W, N x H x W or H x W.
  private func foreground(in output: Network.Output) -> Plane? {
    let shape = Array(repeating: 1, count: max(0, 4 - output.shape.count)) + output.shape
    guard shape.count == 4, shape[0] == 1, shape[2] > 0, shape[3] > 0, (card.foreground.max() ?? 0) < shape[1]
    else { return nil }
    let (channels, area) = (shape[1], shape[2] * shape[3])
    guard output.values.count >= channels * area else { return nil }
    var values = [Float](repeating: 0, count: area)
    for index in 0..<area {
      switch card.activation {
      case .softmax:
        let logits = (0..<channels).map { output.values[$0 * area + index] }
        let largest = logits.max() ?? 0
        let powers = logits.map { exp($0 - largest) }
        values[index] = card.foreground.reduce(0) { $0 + powers[$1] } / powers.reduce(0, +)
      case .sigmoid:
        values[index] = card.foreground.reduce(0) {
          max($0, 1 / (1 + exp(-output.values[$1 * area + index])))
        }
      case .none, .range:
        values[index] = card.foreground.reduce(0) { $0 + output.values[$1 * area + index] }
      }
    }
    if card.activation == .range, let lower = values.min(), let upper = values.max(), upper - lower > 1e-6 {
      values = values.map { ($0 - lower) / (upper - lower) }
    }
    return Plane(width: shape[3], height: shape[2], values: values)
  }
}

extension Plane {
  /// The part of the plane inside `box`, which is given as fractions of its sides.
  fileprivate func cut(_ box: Box) throws -> Plane {
    let (left, top) = (Int((box.x * Double(width)).rounded()), Int((box.y * Double(height)).rounded()))
    let right = min(width, max(left + 1, Int(((box.x + box.width) * Double(width)).rounded())))
    let bottom = min(height, max(top + 1, Int(((box.y + box.height) * Double(height)).rounded())))
    return Plane(
      width: right - left, height: bottom - top,
      values: (top..<bottom).flatMap { values[$0 * width + left..<$0 * width + right] })
  }
}
