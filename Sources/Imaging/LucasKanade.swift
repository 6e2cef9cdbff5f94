/// One Gauss-Newton step of image registration (Lucas and Kanade, 1981): the motion, gain and offset that
/// align a warped picture better with another one.
///
/// Each pixel has the weight 1 / (1 + (r / s)^2), where r is its difference and s is 1.5 times the median
/// difference. So parts that are only in one picture, such as a caption, have little influence.
package struct LucasKanade: Sendable {
  /// The kind of motion; positions are relative to the picture's center.
  package enum Motion: Sendable {
    /// Translation, and a scale for each axis.
    case stretch
    /// Translation, one scale and a rotation.
    case similarity
  }

  /// The motion's four numbers: translation in x and y, then scale in x and y (`stretch`) or scale and rotation (`similarity`),
  /// both as a difference from none.
  package let motion: [Float]
  /// The factor for the warped picture's values.
  package let gain: Float
  /// The offset that is added after that.
  package let offset: Float

  /// A step from `warped` to `target`, both row by row with `width` columns; nil if fewer than a quarter of the pixels can be
  /// compared, or nothing determines the motion.
  ///
  /// - Parameters:
  ///   - warped: The picture, warped by the current motion; NaN pixels are ignored.
  ///   - target: The other picture.
  ///   - width: The number of columns.
  ///   - border: The number of ignored rows and columns at the edges, at least 1.
  ///   - motion: The kind of motion.
  package init?(from warped: [Float], to target: [Float], width: Int, border: Int, _ motion: Motion) {
    let height = target.count / width
    let (middleX, middleY) = (Float(width - 1) / 2, Float(height - 1) / 2)
    var rows: [SIMD8<Float>] = []
    var differences: [Float] = []
    rows.reserveCapacity(target.count)
    differences.reserveCapacity(target.count)
    warped.withUnsafeBufferPointer { warped in
      target.withUnsafeBufferPointer { target in
        for y in border..<height - border {
          for x in border..<width - border {
            let index = y * width + x
            let gx = (warped[index + 1] - warped[index - 1]) / 2
            let gy = (warped[index + width] - warped[index - width]) / 2
            let value = warped[index]
            guard gx.isFinite, gy.isFinite, value.isFinite else { continue }
            let (dx, dy) = (Float(x) - middleX, Float(y) - middleY)
            switch motion {
            case .stretch: rows.append(SIMD8(gx, gy, gx * dx, gy * dy, value / 64, 1, 0, 0))
            case .similarity:
              rows.append(SIMD8(gx, gy, gx * dx + gy * dy, gy * dx - gx * dy, value / 64, 1, 0, 0))
            }
            differences.append(target[index] - value)
          }
        }
      }
    }
    guard differences.count * 4 >= target.count else { return nil }
    let scale = max(4, 1.5 * Self.median(differences))
    var system = NormalEquations()
    for (row, difference) in zip(rows, differences) {
      let ratio = difference / scale
      system.add(row, difference, weight: 1 / (1 + ratio * ratio))
    }
    guard let found = system.solve(), found.allSatisfy(\.isFinite) else { return nil }
    self.motion = Array(found.prefix(4))
    (gain, offset) = (1 + found[4] / 64, found[5])
  }

  /// The median absolute value (of an even number, the larger one in the middle), by partitioning instead of sorting.
  private static func median(_ values: [Float]) -> Float {
    // The bits of numbers that are not negative are in the order of the numbers.
    var bits = values.map { abs($0).bitPattern }
    let middle = bits.count / 2
    return bits.withUnsafeMutableBufferPointer { bits in
      var (low, high) = (0, bits.count - 1)
      while low < high {
        let pivot = bits[(low + high) / 2]
        var (left, right) = (low, high)
        while left <= right {
          while bits[left] < pivot { left += 1 }
          while bits[right] > pivot { right -= 1 }
          guard left <= right else { break }
          bits.swapAt(left, right)
          left += 1
          right -= 1
        }
        if middle <= right { high = right } else if middle >= left { low = left } else { break }
      }
      return Float(bitPattern: bits[middle])
    }
  }
}
