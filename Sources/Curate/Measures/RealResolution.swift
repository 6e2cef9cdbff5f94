import Foundation

/// How much of what pixels can hold an image uses: near 0.7 and more as photographed or drawn, about 1 / k after it was
/// enlarged by k.
///
/// The luma is differentiated along rows and columns, and its power spectrum taken over stretches of 64 pixels under a
/// Hann window (Welch's method). The measure is the frequency, as a share of the highest that pixels can hold, below which
/// 90 % of the power lies, after the power of rounding to whole numbers was taken off. Where pixels were repeated rather
/// than interpolated, the repeated ones do not count.
enum RealResolution {
  private static let length = 64
  private static let step = 32
  private static let share = 0.9

  /// 0 to 1; nil where the figure has no 65 pixels in a row.
  static func measure(_ figure: Figure) -> Double? {
    var power = [Double](repeating: 0, count: length / 2 + 1)
    var stretches = 0
    let (width, height) = (figure.width, figure.height)
    let transform = Transform(length: length)
    var samples = [Float](repeating: 0, count: length)
    func add(_ start: Int, stride: Int) {
      for place in 0...length where !figure.isFigure[start + place * stride] { return }
      for place in 0..<length {
        let index = start + place * stride
        samples[place] = Float(figure.luma[index + stride]) - Float(figure.luma[index])
      }
      transform.addPower(of: samples, to: &power)
      stretches += 1
    }
    // Every other row and column is plenty, and half the work.
    for y in stride(from: 0, to: height, by: 2) {
      for x in stride(from: 0, to: width - length, by: step) { add(y * width + x, stride: 1) }
    }
    for x in stride(from: 0, to: width, by: 2) {
      for y in stride(from: 0, to: height - length, by: step) { add(y * width + x, stride: width) }
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
        return min(1, max(0, frequency)) * (1 - repeated(figure))
      }
      sum += power[bin]
    }
    return 1
  }

  /// The share of columns and rows that are those before them again, as after enlarging without interpolation.
  ///
  /// Runs of more than eight are a plain border, not enlargement.
  private static func repeated(_ figure: Figure) -> Double {
    let (width, height) = (figure.width, figure.height)
    func share(_ count: Int, _ length: Int, index: (Int, Int) -> Int) -> Double {
      var (repeats, run) = (0, 0)
      for line in 1..<count {
        let isEqual = (0..<length).allSatisfy {
          figure.luma[index(line, $0)] == figure.luma[index(line - 1, $0)]
        }
        run = isEqual ? run + 1 : 0
        if isEqual { repeats += 1 }
        if run == 8 { repeats -= 8 }
        if run > 8 { repeats -= 1 }
      }
      return Double(max(0, repeats)) / Double(count)
    }
    guard width > 1, height > 1 else { return 0 }
    let columns = share(width, height) { $1 * width + $0 }
    let rows = share(height, width) { $0 * width + $1 }
    return min(columns, rows)
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
