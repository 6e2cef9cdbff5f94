import Foundation
import Imaging

/// The probability that a random walk over the image, slowed by differences of colour, ends in the figure
/// ("random walker with priors", Grady 2005): the minimum of
/// sum w_ij (x_i - x_j)^2 + sum confidence_i (x_i - prior_i)^2, found by over-relaxed Gauss-Seidel sweeps.
struct RandomWalk {
  private let width: Int
  private let height: Int
  /// Weights to the right, below, below right and below left of each pixel.
  private let links: [[Float]]

  /// The walk over an RGB image.
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
    // A step of the mean difference weighs exp(-2.5); the least weight lets news pass through any outline at last.
    let beta = 2.5 / Float(max(sum / Double(max(count, 1)), 1))
    links = differences.enumerated().map { direction, row in
      let near: Float = direction < 2 ? 1 : 0.7071
      return row.map { $0 < 0 ? 0 : near * (0.002 + exp(-beta * $0)) }
    }
  }

  /// How strong the image's edges are along the outline of `figure`, 0 to 1; 0 where there is no outline.
  func support(ofOutline figure: [Float]) -> Float {
    var (sum, count): (Float, Float) = (0, 0)
    for y in 0..<max(0, height - 1) {
      for x in 0..<max(0, width - 1) {
        let i = y * width + x
        for (link, other) in [(links[0][i], i + 1), (links[1][i], i + width)]
        where (figure[i] >= 0.5) != (figure[other] >= 0.5) {
          sum += 1 - min(link, 1)
          count += 1
        }
      }
    }
    return count > 0 ? sum / count : 0
  }

  /// Spreads `prior` (0 to 1) over the image; `confidence` is how strongly each pixel holds to its own.
  func settle(prior: [Float], confidence: [Float], sweeps: Int = 60) -> [Float] {
    let (width, height) = (width, height)
    // A rim of pixels without links spares the sweeps every test for the image's edges.
    let stride = width + 2
    func rimmed(_ values: [Float]) -> [Float] {
      var result = [Float](repeating: 0, count: stride * (height + 2))
      for y in 0..<height {
        for x in 0..<width { result[(y + 1) * stride + x + 1] = values[y * width + x] }
      }
      return result
    }
    let (right, below) = (rimmed(links[0]), rimmed(links[1]))
    let (belowRight, belowLeft) = (rimmed(links[2]), rimmed(links[3]))
    let own = rimmed(zip(prior, confidence).map { $0 * $1 })
    var scale = rimmed(confidence)
    for y in 1...height {
      for x in 1...width {
        let i = y * stride + x
        let ahead = right[i] + below[i] + belowRight[i] + belowLeft[i]
        let behind = right[i - 1] + below[i - stride] + belowRight[i - stride - 1] + belowLeft[i - stride + 1]
        scale[i] = 1 / max(scale[i] + ahead + behind, 1e-9)
      }
    }
    var values = rimmed(prior)
    let relaxation: Float = 1.6
    values.withUnsafeMutableBufferPointer { v in
      for sweep in 0..<sweeps {
        // Turning the direction round carries news across the image in one sweep either way.
        let forth = sweep % 2 == 0
        for row in 0..<height {
          var i = (forth ? row + 1 : height - row) * stride + (forth ? 1 : width)
          let step = forth ? 1 : -1
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
  /// The squared distance between the colours of two pixels of an RGB image.
  fileprivate func squaredDifference(_ first: Int, _ second: Int) -> Float {
    var sum: Float = 0
    for channel in 0..<3 {
      let difference = Float(bytes[first * 3 + channel]) - Float(bytes[second * 3 + channel])
      sum += difference * difference
    }
    return sum
  }
}
