import Foundation
import Imaging

/// BRISQUE, a no-reference measure of the quality of photos: Mittal, Moorthy and Bovik, "No-reference image quality
/// assessment in the spatial domain" (2012).
///
/// Features and model are those of OpenCV's quality module, whose data files are in Debian: 18 statistics of locally
/// normalised luma at each of two scales, and a support vector regression. It was trained on photos and is meaningless for
/// anime.
struct Brisque: Sendable {
  private let minima: [Float]
  private let maxima: [Float]
  private let vectors: [[Float]]
  private let weights: [Float]
  private let offset: Float

  private static let features = 36
  private static let gamma: Float = 0.05

  /// The model of Debian's package opencv-data; nil if it is not installed.
  static let installed = Brisque(folder: "/usr/share/opencv4/quality")

  /// The model in `folder`; nil if it is missing or not in OpenCV's format.
  init?(folder: String) {
    guard let model = try? String(contentsOfFile: "\(folder)/brisque_model_live.yml", encoding: .utf8),
      let range = try? String(contentsOfFile: "\(folder)/brisque_range_live.yml", encoding: .utf8)
    else { return nil }
    let bounds = Self.numbers(in: range, from: "data:", to: nil)
    let support = Self.numbers(in: model, from: "support_vectors:", to: "decision_functions:")
    weights = Self.numbers(in: model, from: "alpha:", to: nil)
    guard let rho = Self.numbers(in: model, from: "rho:", to: "alpha:").first,
      bounds.count == 2 * Self.features, !weights.isEmpty, support.count == weights.count * Self.features
    else { return nil }
    offset = rho
    (minima, maxima) = (Array(bounds.prefix(Self.features)), Array(bounds.suffix(Self.features)))
    vectors = stride(from: 0, to: support.count, by: Self.features).map {
      Array(support[$0..<$0 + Self.features])
    }
  }

  /// The score of `image`, from 0 (best) to 100 (worst).
  func measure(_ image: ImageBuffer) -> Double {
    let scaled = NaturalStatistics(image).features.enumerated().map { index, value -> Float in
      let range: Float = maxima[index] - minima[index]
      return 2 * (Float(value) - minima[index]) / range - 1
    }
    var sum: Float = 0
    for (vector, weight) in zip(vectors, weights) {
      var square: Float = 0
      for index in 0..<Self.features {
        let difference: Float = vector[index] - scaled[index]
        square += difference * difference
      }
      sum += weight * exp(-Self.gamma * square)
    }
    return Double(min(100, max(0, sum - offset)))
  }

  /// All numbers between two words of a text.
  private static func numbers(in text: String, from start: String, to end: String?) -> [Float] {
    guard let first = text.range(of: start)?.upperBound else { return [] }
    let last = end.flatMap { text.range(of: $0, range: first..<text.endIndex)?.lowerBound } ?? text.endIndex
    return text[first..<last].utf8.split { !"0123456789.+-eE".utf8.contains($0) }
      .compactMap { Float(Substring($0)) }
  }
}

/// The 36 features of BRISQUE.
struct NaturalStatistics {
  private(set) var features: [Double] = []

  init(_ image: ImageBuffer) {
    var plane = FloatPlane(
      width: image.width, height: image.height,
      values: image.converted(to: .gray).bytes.map { Float($0) / 255 })
    for scale in 0..<2 {
      if scale > 0 { plane = plane.halved() }
      add(plane)
    }
  }

  private mutating func add(_ plane: FloatPlane) {
    let mean = plane.smoothed()
    let squares = FloatPlane(
      width: plane.width, height: plane.height, values: plane.values.map { $0 * $0 }
    ).smoothed()
    let normal = plane.values.indices.map { index -> Float in
      let variance = squares.values[index] - mean.values[index] * mean.values[index]
      return (plane.values[index] - mean.values[index]) / (max(0, variance).squareRoot() + 1 / 255)
    }
    let all = AsymmetricGaussian(normal)
    features += [all.shape, (all.left * all.left + all.right * all.right) / 2]
    for (down, right) in [(0, 1), (1, 0), (1, 1), (-1, 1)] {
      var products = [Float](repeating: 0, count: normal.count)
      for y in max(0, -down)..<min(plane.height, plane.height - down) {
        for x in 0..<plane.width - right {
          let index = y * plane.width + x
          products[index] = normal[index] * normal[index + down * plane.width + right]
        }
      }
      let fit = AsymmetricGaussian(products)
      features += [fit.shape, fit.mean, fit.left * fit.left, fit.right * fit.right]
    }
  }
}

/// An asymmetric generalised Gaussian fitted by its moments (Lasmar, Stitou and Berthoumieu 2009).
private struct AsymmetricGaussian {
  let shape: Double
  let left: Double
  let right: Double

  /// Shapes from 0.2 to 10 with the ratio of moments of each.
  private static let table: [(shape: Double, ratio: Double)] = (0..<9800).map { step in
    let shape: Double = 0.2 + 0.001 * Double(step)
    let middle: Double = tgamma(2 / shape)
    return (shape, middle * middle / (tgamma(1 / shape) * tgamma(3 / shape)))
  }

  init(_ values: [Float]) {
    var (negatives, positives, negativeSquares, positiveSquares, sum) = (0, 0, 0.0, 0.0, 0.0)
    for value in values {
      let value = Double(value)
      if value > 0 {
        positives += 1
        positiveSquares += value * value
        sum += value
      } else if value < 0 {
        negatives += 1
        negativeSquares += value * value
        sum -= value
      }
    }
    left = negatives > 0 ? (negativeSquares / Double(negatives)).squareRoot() : 0
    right = positives > 0 ? (positiveSquares / Double(positives)).squareRoot() : 0
    let count = Double(values.count)
    guard left > 0, right > 0 else {
      shape = 10
      return
    }
    let ratio: Double = left / right
    let mean: Double = sum / count
    let raw: Double = mean * mean / ((negativeSquares + positiveSquares) / count)
    let (cube, square): (Double, Double) = (ratio * ratio * ratio + 1, ratio * ratio + 1)
    let wanted: Double = raw * cube * (ratio + 1) / (square * square)
    // The ratio grows with the shape.
    var (low, high) = (0, Self.table.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if Self.table[middle].ratio < wanted { low = middle + 1 } else { high = middle }
    }
    let isBelowNearer = low > 0 && wanted - Self.table[low - 1].ratio < abs(Self.table[low].ratio - wanted)
    shape = Self.table[isBelowNearer ? low - 1 : low].shape
  }

  /// The mean of the fitted distribution.
  var mean: Double {
    let scale: Double = (tgamma(1 / shape) / tgamma(3 / shape)).squareRoot()
    return (right - left) * tgamma(2 / shape) / tgamma(1 / shape) * scale
  }
}

/// A plane of luma, with the two filters that BRISQUE uses.
private struct FloatPlane {
  let width: Int
  let height: Int
  let values: [Float]

  /// Blurred by a Gaussian of 7/6 pixels in windows of 7, edges repeated.
  func smoothed() -> FloatPlane {
    let raw = (-3...3).map { exp(-Double($0 * $0) / (2 * 49.0 / 36)) }
    let sum = raw.reduce(0, +)
    let kernel = raw.map { Float($0 / sum) }
    var rows = [Float](repeating: 0, count: values.count)
    for y in 0..<height {
      for x in 0..<width {
        var total: Float = 0
        for shift in -3...3 {
          total += kernel[shift + 3] * values[y * width + min(max(x + shift, 0), width - 1)]
        }
        rows[y * width + x] = total
      }
    }
    var both = [Float](repeating: 0, count: values.count)
    for y in 0..<height {
      for shift in -3...3 {
        let (weight, start) = (kernel[shift + 3], min(max(y + shift, 0), height - 1) * width)
        for x in 0..<width { both[y * width + x] += weight * rows[start + x] }
      }
    }
    return FloatPlane(width: width, height: height, values: both)
  }

  /// Half the size by OpenCV's cubic interpolation (a = -0.75), which samples midway between pixels at this factor.
  func halved() -> FloatPlane {
    let taps: [Float] = [-0.09375, 0.59375, 0.59375, -0.09375]
    let (newWidth, newHeight) = (max(1, width / 2), max(1, height / 2))
    var result = [Float](repeating: 0, count: newWidth * newHeight)
    for y in 0..<newHeight {
      for x in 0..<newWidth {
        var total: Float = 0
        for i in 0..<4 {
          let row = min(max(2 * y - 1 + i, 0), height - 1) * width
          for j in 0..<4 {
            total += taps[i] * taps[j] * values[row + min(max(2 * x - 1 + j, 0), width - 1)]
          }
        }
        result[y * newWidth + x] = total
      }
    }
    return FloatPlane(width: newWidth, height: newHeight, values: result)
  }
}
