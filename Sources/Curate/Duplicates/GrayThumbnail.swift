import Dataset
import Foundation
import Imaging

/// The inner face as 64 x 64 luma values, in which two pictures are compared pixel by pixel.
///
/// It shows what the source shows, background included: masks of two copies differ. The middle of the crop is taken in the
/// source's own orientation, up to quarter turns, because two detections of one face differ by a few degrees.
struct GrayThumbnail: Sendable {
  static let side = 64
  /// The part of the crop's side that is shown, and how far down its centre is.
  private static let (share, centre) = (0.62, 0.53)

  /// Luma, 0 to 255, row by row.
  let values: [Float]
  /// Whether a pixel was in the source image.
  let isKnown: [Bool]
  /// Normalised values at half the size, ten times as large, for alignment; not-a-number if unknown.
  let half: [Float]

  /// The thumbnail of a crop.
  ///
  /// - Parameters:
  ///   - crop: The crop, without mask.
  ///   - cut: How it was cut; nil if the crop is the source itself.
  ///   - source: The source's size in pixels; nil if the whole crop is inside it.
  ///   - zoom: How much more than usual is shown.
  init(crop: ImageBuffer, cut: Sample.Cut?, source: PixelSize?, zoom: Double = 1) {
    let luma = crop.composited(on: [128, 128, 128]).converted(to: .gray)
    let (width, height, bytes) = (luma.width, luma.height, luma.bytes)
    let map = cut?.matrix ?? .identity
    let angle = atan2(map.d, map.a)
    let turn = angle - (angle / (.pi / 2)).rounded() * (.pi / 2)
    let step = Double(width) * Self.share * zoom / Double(Self.side)
    let (c, s) = (cos(turn) * step, sin(turn) * step)
    let (middleX, middleY) = (Double(width) * 0.5 - 0.5, Double(height) * Self.centre - 0.5)
    let back = map.inverse
    let parts = max(1, min(8, Int(step.rounded())))
    let half = Double(Self.side - 1) / 2
    var values = [Float](repeating: 0, count: Self.side * Self.side)
    var known = [Bool](repeating: true, count: Self.side * Self.side)
    for row in 0..<Self.side {
      for column in 0..<Self.side {
        var sum: Float = 0
        for part in 0..<parts * parts {
          let u = Double(column) - half + (Double(part % parts) + 0.5) / Double(parts) - 0.5
          let v = Double(row) - half + (Double(part / parts) + 0.5) / Double(parts) - 0.5
          let (x, y) = (middleX + c * u - s * v, middleY + s * u + c * v)
          sum += BilinearSample(x: Float(x), y: Float(y), width: width, height: height)() {
            Float(bytes[$1 * width + $0])
          }
        }
        let index = row * Self.side + column
        values[index] = sum / Float(parts * parts)
        let (u, v) = (Double(column) - half, Double(row) - half)
        let place = Point(x: middleX + c * u - s * v, y: middleY + s * u + c * v)
        var isKnown =
          place.x >= -0.5 && place.y >= -0.5 && place.x <= Double(width) - 0.5
          && place.y <= Double(height) - 0.5
        if isKnown, let source, let origin = back?(place) {
          isKnown =
            origin.x >= 0 && origin.y >= 0 && origin.x <= Double(source.width - 1)
            && origin.y <= Double(source.height - 1)
        }
        known[index] = isKnown
      }
    }
    self.init(values: values, isKnown: known)
  }

  /// The thumbnail of the middle of a picture that is its own source.
  init(of image: ImageBuffer) { self.init(crop: image, cut: nil, source: nil) }

  /// The thumbnail with these values.
  init(values: [Float], isKnown: [Bool]? = nil) {
    let known = isKnown ?? [Bool](repeating: true, count: values.count)
    self.init(values: values, isKnown: known, half: Self.halved(Self.normalized(values, known), known))
  }

  private init(values: [Float], isKnown: [Bool], half: [Float]) {
    (self.values, self.isKnown, self.half) = (values, isKnown, half)
  }

  /// The thumbnail of the same picture, turned or mirrored.
  func turned(_ turn: Orientation) -> GrayThumbnail {
    let (isTransposed, flipsX, flipsY) = turn.steps
    guard isTransposed || flipsX || flipsY else { return self }
    func order(_ side: Int) -> [Int] {
      (0..<side * side).map { index in
        let (row, column) = (index / side, index % side)
        let (y, x) = (flipsY ? side - 1 - row : row, flipsX ? side - 1 - column : column)
        return isTransposed ? x * side + y : y * side + x
      }
    }
    let (whole, small) = (order(Self.side), order(Self.side / 2))
    return GrayThumbnail(
      values: whole.map { values[$0] }, isKnown: whole.map { isKnown[$0] }, half: small.map { half[$0] })
  }

  private static func halved(_ normal: [Float], _ isKnown: [Bool]) -> [Float] {
    let half = side / 2
    return (0..<half * half).map { index in
      let at = index / half * 2 * side + index % half * 2
      guard isKnown[at], isKnown[at + 1], isKnown[at + side], isKnown[at + side + 1] else { return .nan }
      return (normal[at] + normal[at + 1] + normal[at + side] + normal[at + side + 1]) * 10
    }
  }

  /// The values with local mean 0 and local standard deviation 1, which light and contrast do not change; 0 where unknown.
  var normalized: [Float] { Self.normalized(values, isKnown) }

  static func normalized(_ values: [Float], _ isKnown: [Bool]) -> [Float] {
    let weights = isKnown.map { $0 ? Float(1) : 0 }
    let weight = blurred(weights)
    let mean = blurred(zip(values, weights).map { $0 * $1 })
    let square = blurred(zip(values, weights).map { $0 * $0 * $1 })
    return values.indices.map { index in
      guard isKnown[index], weight[index] > 1e-4 else { return 0 }
      let average = mean[index] / weight[index]
      let variance = max(0, square[index] / weight[index] - average * average)
      return (values[index] - average) / (variance.squareRoot() + 6)
    }
  }

  /// Two passes of a box of 19 pixels along both axes, near to a Gaussian of 8 pixels; beyond the edge is nothing.
  private static func blurred(_ plane: [Float]) -> [Float] {
    let reach = 9
    func pass(_ input: [Float], step: Int, line: Int) -> [Float] {
      var output = [Float](repeating: 0, count: input.count)
      for start in stride(from: 0, to: side * line, by: line) {
        var sum: Float = 0
        for at in 0..<reach { sum += input[start + at * step] }
        for at in 0..<side {
          if at + reach < side { sum += input[start + (at + reach) * step] }
          if at - reach - 1 >= 0 { sum -= input[start + (at - reach - 1) * step] }
          output[start + at * step] = sum / Float(2 * reach + 1)
        }
      }
      return output
    }
    let rows = pass(pass(plane, step: 1, line: side), step: 1, line: side)
    return pass(pass(rows, step: side, line: 1), step: side, line: 1)
  }
}

extension Orientation {
  /// What brings a picture with this EXIF orientation upright: rows and columns exchanged, then mirrored along both axes.
  var steps: (isTransposed: Bool, flipsX: Bool, flipsY: Bool) {
    switch self {
    case .topLeft: (false, false, false)
    case .topRight: (false, true, false)
    case .bottomRight: (false, true, true)
    case .bottomLeft: (false, false, true)
    case .leftTop: (true, false, false)
    case .rightTop: (true, true, false)
    case .rightBottom: (true, true, true)
    case .leftBottom: (true, false, true)
    }
  }
}
