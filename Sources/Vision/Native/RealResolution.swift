internal import COpenCV
internal import Foundation

/// The detail of a picture relative to its pixels: at least 0.7 for original photographs and anime, about 1 /
/// k after enlargement by k.
///
/// The luma is differentiated along rows and columns, and its power spectrum is computed over runs of 64
/// pixels with a Hann window (Welch's method). The power of rounding errors is subtracted. The measure is the
/// frequency below which 90 % of the power is, as a share of the Nyquist frequency. Rows and columns that
/// repeat the previous ones, as after enlargement without interpolation, are removed first, and the measure
/// is multiplied by the share of the others.
package enum RealResolution {
  private static let length = 64
  private static let step = 32
  private static let share = 0.9
  private static let usual = 0.7

  /// Measures a patch.
  ///
  /// - Returns: 0 to 1; nil if the patch has no 65 measured pixels in a row.
  package static func measure(_ patch: LumaPatch) -> Double? {
    var runs: [Float] = []
    let (rows, columns) = distinct(patch)
    let kept = max(
      Double(rows.count) / Double(patch.height), Double(columns.count) / Double(patch.width))
    // If too few distinct pixels remain, the typical value of an original picture is used.
    if kept < 1, min(rows.count, columns.count) <= length { return usual * kept }
    func add(_ index: (Int) -> Int) {
      for place in 0...length where !patch.isIncluded[index(place)] { return }
      for place in 0..<length {
        runs.append(window[place] * (Float(patch.luma[index(place + 1)]) - Float(patch.luma[index(place)])))
      }
    }
    // Every second row and column is enough, and takes half the time.
    for row in stride(from: 0, to: rows.count, by: 2) {
      for start in stride(from: 0, to: columns.count - length, by: step) {
        add { rows[row] * patch.width + columns[start + $0] }
      }
    }
    for column in stride(from: 0, to: columns.count, by: 2) {
      for start in stride(from: 0, to: rows.count - length, by: step) {
        add { rows[start + $0] * patch.width + columns[column] }
      }
    }
    guard !runs.isEmpty, var power = power(of: runs) else { return nil }
    let windowPower = window.reduce(0) { $0 + Double($1) * Double($1) }
    for bin in power.indices {
      let angle = 2 * Double.pi * Double(bin) / Double(length)
      // The power of differences of independent rounding errors with variance 1 / 12, increased by half as a
      // safety margin.
      let rounding = Double(runs.count / length) * windowPower * (2 - 2 * cos(angle)) / 12 * 1.5
      power[bin] = max(0, power[bin] - rounding)
    }
    let total = power.reduce(0, +)
    guard total > 0 else { return 0 }
    var sum = 0.0
    for bin in power.indices {
      guard sum + power[bin] < total * share else {
        let part = (total * share - sum) / power[bin]
        let frequency = (Double(bin) - 0.5 + part) / Double(length / 2)
        return min(1, max(0, frequency)) * kept
      }
      sum += power[bin]
    }
    return 1
  }

  private static let window = (0..<length).map {
    Float(0.5 - 0.5 * cos(2 * .pi * Double($0 + 1) / Double(length + 1)))
  }

  /// The power of the frequencies 0 to `length / 2`, summed over runs of `length` samples.
  private static func power(of runs: [Float]) -> [Double]? {
    try? attempt("measure frequencies") { error in
      runs.withUnsafeBytes { raw in
        var power = [Double](repeating: 0, count: length / 2 + 1)
        let rows = view(
          raw.baseAddress, width: length, height: runs.count / length, channels: 1, depth: OCV_FLOAT32)
        return ocv_row_power(rows, &power, error) ? power : nil
      }
    }
  }

  /// The rows and columns without those that repeat the previous one, as after enlargement without
  /// interpolation.
  ///
  /// If only rows or only columns repeat, all are kept.
  ///
  /// Eight or more repetitions are a plain border, not enlargement.
  private static func distinct(_ patch: LumaPatch) -> (rows: [Int], columns: [Int]) {
    let (width, height) = (patch.width, patch.height)
    func lines(_ count: Int, _ length: Int, index: (Int, Int) -> Int) -> [Int] {
      var kept: [Int] = []
      var run: [Int] = []
      for line in 0..<count {
        let isRepeat =
          line > 0
          && (0..<length).allSatisfy { patch.luma[index(line, $0)] == patch.luma[index(line - 1, $0)] }
        if isRepeat {
          run.append(line)
        } else {
          kept += (run.count >= 8 ? run : []) + [line]
          run = []
        }
      }
      return kept + (run.count >= 8 ? run : [])
    }
    let columns = lines(width, height) { $1 * width + $0 }
    let rows = lines(height, width) { $0 * width + $1 }
    let isEnlarged = rows.count < height && columns.count < width
    return isEnlarged ? (rows, columns) : (Array(0..<height), Array(0..<width))
  }
}
