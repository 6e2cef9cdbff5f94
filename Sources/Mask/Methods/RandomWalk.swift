import Foundation
import Imaging

/// Segmentation by a random walker with priors (Grady 2005).
///
/// The foreground probabilities x minimise sum w_ij (x_i - x_j)^2 + sum confidence_i (x_i - prior_i)^2, in which the
/// weights w fall with the difference of neighbouring colors. Solved by over-relaxed Gauss-Seidel sweeps.
struct RandomWalk {
  private let width: Int
  private let height: Int
  /// Edge weights to the right, below, below right and below left of each pixel.
  private let weights: [[Float]]

  /// The graph of an RGB image.
  init(_ image: ImageBuffer) {
    let (width, height) = (image.width, image.height)
    (self.width, self.height) = (width, height)
    var differences: [[Float]] = []
    var (sum, count): (Double, Int) = (0, 0)
    for (dx, dy) in [(1, 0), (0, 1), (1, 1), (-1, 1)] {
      var row = [Float](repeating: -1, count: width * height)
      for y in 0..<height - dy {
        for x in max(0, -dx)..<max(max(0, -dx), width - max(0, dx)) {
          let difference = image.squaredDifference(y * width + x, (y + dy) * width + x + dx)
          row[y * width + x] = difference
          sum += Double(difference)
          count += 1
        }
      }
      differences.append(row)
    }
    // An edge with the mean difference has weight exp(-2.5); a minimum weight keeps the graph connected.
    let beta = 2.5 / Float(max(sum / Double(max(count, 1)), 1))
    weights = differences.enumerated().map { direction, row in
      let near: Float = direction < 2 ? 1 : 0.7071
      return row.map { $0 < 0 ? 0 : near * (0.002 + exp(-beta * $0)) }
    }
  }

  /// The strength of the image's edges along the outline of `foreground`, 0...1; 0 without an outline.
  func edgeSupport(ofOutline foreground: [Float]) -> Float {
    var (sum, count): (Float, Float) = (0, 0)
    for y in 0..<max(0, height - 1) {
      for x in 0..<max(0, width - 1) {
        let i = y * width + x
        for (weight, other) in [(weights[0][i], i + 1), (weights[1][i], i + width)]
        where (foreground[i] >= 0.5) != (foreground[other] >= 0.5) {
          sum += 1 - min(weight, 1)
          count += 1
        }
      }
    }
    return count > 0 ? sum / count : 0
  }

  /// The foreground probabilities for a `prior` of 0 to 1, each weighted by its `confidence`.
  func solve(prior: [Float], confidence: [Float], sweeps: Int = 60) -> [Float] {
    let (width, height) = (width, height)
    // A border of unconnected pixels avoids bounds checks inside the sweeps.
    let stride = width + 2
    func padded(_ values: [Float]) -> [Float] {
      var result = [Float](repeating: 0, count: stride * (height + 2))
      for y in 0..<height {
        for x in 0..<width { result[(y + 1) * stride + x + 1] = values[y * width + x] }
      }
      return result
    }
    let (right, below) = (padded(weights[0]), padded(weights[1]))
    let (belowRight, belowLeft) = (padded(weights[2]), padded(weights[3]))
    let own = padded(zip(prior, confidence).map { $0 * $1 })
    var scale = padded(confidence)
    for y in 1...height {
      for x in 1...width {
        let i = y * stride + x
        let ahead = right[i] + below[i] + belowRight[i] + belowLeft[i]
        let behind = right[i - 1] + below[i - stride] + belowRight[i - stride - 1] + belowLeft[i - stride + 1]
        scale[i] = 1 / max(scale[i] + ahead + behind, 1e-9)
      }
    }
    var values = padded(prior)
    let relaxation: Float = 1.6
    values.withUnsafeMutableBufferPointer { v in
      for sweep in 0..<sweeps {
        // Alternating directions propagate values across the whole image in two sweeps.
        let forward = sweep % 2 == 0
        for row in 0..<height {
          var i = (forward ? row + 1 : height - row) * stride + (forward ? 1 : width)
          let step = forward ? 1 : -1
          for _ in 0..<width {
            var sum = own[i] + right[i] * v[i + 1] + right[i - 1] * v[i - 1]
            sum += below[i] * v[i + stride] + below[i - stride] * v[i - stride]
            sum += belowRight[i] * v[i + stride + 1] + belowRight[i - stride - 1] * v[i - stride - 1]
            sum += belowLeft[i] * v[i + stride - 1] + belowLeft[i - stride + 1] * v[i - stride + 1]
            v[i] += relaxation * (sum * scale[i] - v[i])
            i += step
          }
        }
      }
    }
    var result = prior
    for y in 0..<height {
      for x in 0..<width { result[y * width + x] = values[(y + 1) * stride + x + 1] }
    }
    return result
  }
}

extension ImageBuffer {
  /// The squared distance between the colors of two pixels of an RGB image.
  fileprivate func squaredDifference(_ first: Int, _ second: Int) -> Float {
    var sum: Float = 0
    for channel in 0..<3 {
      let difference = Float(bytes[first * 3 + channel]) - Float(bytes[second * 3 + channel])
      sum += difference * difference
    }
    return sum
  }
}
