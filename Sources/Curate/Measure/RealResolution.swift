import Foundation

/// How much of what pixels can hold an image uses: near 0.7 and more as photographed or drawn, about 1 / k after it was
/// enlarged by k.
///
/// The luma is differentiated along rows and columns, and its power spectrum taken over stretches of 64 pixels under a
/// Hann window (Welch's method). The measure is the frequency, as a share of the highest that pixels can hold, below which
/// 90 % of the power lies, after the power of rounding to whole numbers was taken off. Rows and columns that were repeated
/// rather than interpolated are left out first, and their share taken off the measure.
enum RealResolution {
  private static let length = 64
  private static let step = 32
  private static let share = 0.9
  private static let usual = 0.7

  /// 0 to 1; nil where the figure has no 65 pixels in a row.
  static func measure(_ foreground: Foreground) -> Double? {
    var power = [Double](repeating: 0, count: length / 2 + 1)
    var stretches = 0
    let (rows, columns) = distinct(foreground)
    let kept = max(
      Double(rows.count) / Double(foreground.height), Double(columns.count) / Double(foreground.width))
    // Where enlarging left too few pixels to look at, they are taken to be as usual.
    if kept < 1, min(rows.count, columns.count) <= length { return usual * kept }
    let transform = Transform(length: length)
    var samples = [Float](repeating: 0, count: length)
    func add(_ index: (Int) -> Int) {
      for place in 0...length where !foreground.isForeground[index(place)] { return }
      for place in 0..<length {
        samples[place] = Float(foreground.luma[index(place + 1)]) - Float(foreground.luma[index(place)])
      }
      transform.addPower(of: samples, to: &power)
      stretches += 1
    }
    // Every other row and column is plenty, and half the work.
    for row in stride(from: 0, to: rows.count, by: 2) {
      for start in stride(from: 0, to: columns.count - length, by: step) {
        add { rows[row] * foreground.width + columns[start + $0] }
      }
    }
    for column in stride(from: 0, to: columns.count, by: 2) {
      for start in stride(from: 0, to: rows.count - length, by: step) {
        add { rows[start + $0] * foreground.width + columns[column] }
      }
    }
    guard stretches > 0 else { return nil }
    for bin in power.indices {
      let angle = 2 * Double.pi * Double(bin) / Double(length)
      // The differences of independent rounding errors, each of variance 1 / 12, with half as much again to be safe.
      let rounding = Double(stretches) * transform.windowPower * (2 - 2 * cos(angle)) / 12 * 1.5
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

  /// The rows and columns without those that are the ones before them again, as after enlarging without interpolation; all
  /// of them where none or only one of both repeats.
  ///
  /// Eight and more repeats are a plain border, not enlargement.
  private static func distinct(_ foreground: Foreground) -> (rows: [Int], columns: [Int]) {
    let (width, height) = (foreground.width, foreground.height)
    func lines(_ count: Int, _ length: Int, index: (Int, Int) -> Int) -> [Int] {
      var kept: [Int] = []
      var run: [Int] = []
      for line in 0..<count {
        let isRepeat =
          line > 0
          && (0..<length).allSatisfy {
            foreground.luma[index(line, $0)] == foreground.luma[index(line - 1, $0)]
          }
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

/// The power spectrum of a stretch of samples under a Hann window, by the fast Fourier transform of radix two.
private struct Transform {
  private let length: Int
  private let window: [Float]
  private let cosines: [Float]
  private let sines: [Float]
  private let order: [Int]

  /// The sum of the window's squares.
  let windowPower: Double

  /// - Precondition: `length` is a power of two.
  init(length: Int) {
    self.length = length
    window = (0..<length).map { Float(0.5 - 0.5 * cos(2 * .pi * Double($0 + 1) / Double(length + 1))) }
    windowPower = window.reduce(0) { $0 + Double($1) * Double($1) }
    cosines = (0..<length / 2).map { Float(cos(2 * .pi * Double($0) / Double(length))) }
    sines = (0..<length / 2).map { Float(-sin(2 * .pi * Double($0) / Double(length))) }
    let bits = length.trailingZeroBitCount
    order = (0..<length).map { index in
      (0..<bits).reduce(0) { $0 | ((index >> $1) & 1) << (bits - 1 - $1) }
    }
  }

  /// Adds the power of the frequencies 0 to half of all.
  func addPower(of samples: [Float], to power: inout [Double]) {
    var real = order.map { samples[$0] * window[$0] }
    var imaginary = [Float](repeating: 0, count: length)
    var half = 1
    while half < length {
      let jump = length / (2 * half)
      for start in stride(from: 0, to: length, by: 2 * half) {
        for offset in 0..<half {
          let (low, high) = (start + offset, start + offset + half)
          let (c, s) = (cosines[offset * jump], sines[offset * jump])
          let (re, im) = (real[high] * c - imaginary[high] * s, real[high] * s + imaginary[high] * c)
          (real[high], imaginary[high]) = (real[low] - re, imaginary[low] - im)
          (real[low], imaginary[low]) = (real[low] + re, imaginary[low] + im)
        }
      }
      half *= 2
    }
    for bin in power.indices {
      // All but the two ends stand for two frequencies.
      let weight: Float = bin == 0 || bin == length / 2 ? 0.5 : 1
      power[bin] += Double(weight * (real[bin] * real[bin] + imaginary[bin] * imaginary[bin]))
    }
  }
}
