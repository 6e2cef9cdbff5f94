internal import Foundation
internal import Imaging
internal import Vision

/// YuNet (Wu, Peng, Yu, 2023), a small face detector for photos with five landmarks, in both generations of its model file.
///
/// They are told apart by their outputs: `loc`, `conf`, `iou` go to OpenCV's own decoder, which reads them up to 4.7;
/// `cls_8` ... `kps_32` are decoded here.
struct YuNetFinder: FaceFinder {
  let name = "yunet"
  let landmarksLagBehindRoll = true
  private let model: Model

  private enum Model {
    case first(YuNet)
    case second(Network)
  }

  /// Upright faces of real photos reach this nine times in ten, faces that lie or stand on their heads seldom.
  var sureScore: Double {
    switch model {
    case .first: 0.92
    case .second: 0.87
    }
  }

  /// Faces below this are left out.
  ///
  /// Of the test selfies all pass at 0.7, 98 of 100 at 0.8; of 43 animals' portraits 23 pass at 0.7, 15 at 0.8. Whether a face is
  /// a photo it cannot tell: it also takes 42 of 100 drawn ones.
  static let leastScore = 0.7

  init(model url: URL) throws {
    let network = try Network(contentsOf: url)
    let names = Set(network.outputNames)
    if names.isSuperset(of: ["loc", "conf", "iou"]) {
      model = .first(try YuNet(contentsOf: url, score: Self.leastScore))
    } else if names.isSuperset(of: Self.outputs) {
      model = .second(network)
    } else {
      throw VisionError(
        "load the face detector \(url.path)",
        reason: "its outputs are \(network.outputNames.joined(separator: ", ")), not those of a YuNet",
        nextStep: "use YuNet's ONNX file")
    }
  }

  func find(in image: ImageBuffer) throws -> [DetectedFace] {
    // Whole cells of its coarsest grid.
    let image = image.filledUp(toMultiplesOf: 64)
    return switch model {
    case .first(let yunet):
      try yunet.detect(in: image).map { face in
        self.face(face.box, min(1, face.score), face.points)
      }
    case .second(let network): try decode(network, image)
    }
  }

  private func face(_ box: Box, _ score: Double, _ points: [Point]) -> DetectedFace {
    DetectedFace(
      detector: name, score: score, box: box,
      extent: box.part(left: 0.045, top: 0.27, width: 0.92, height: 0.732),
      landmarks: DetectedFace.Landmarks(five: points),
      roll: AffineMap.angle(from: points[0], to: points[1]))
  }

  private static let strides = [8, 16, 32]
  private static let outputs = ["cls", "obj", "bbox", "kps"].flatMap { kind in
    strides.map { "\(kind)_\($0)" }
  }

  /// Each stride has a grid of cells; a cell tells how likely a face is there, where its middle is from the cell's corner and
  /// how large (as logarithms), and its five points, all in units of the stride.
  private func decode(_ network: Network, _ image: ImageBuffer) throws -> [DetectedFace] {
    var form = Network.Input(size: image.size)
    form.blueFirst = true
    try network.setInput(image, form)
    let results = try network.forward(Self.outputs)
    var faces: [DetectedFace] = []
    for (index, stride) in Self.strides.enumerated() {
      let (columns, rows, unit) = (image.width / stride, image.height / stride, Double(stride))
      let (cls, obj) = (results[index].values, results[3 + index].values)
      let (boxes, points) = (results[6 + index].values, results[9 + index].values)
      guard cls.count == columns * rows, obj.count == cls.count, boxes.count == 4 * cls.count,
        points.count == 10 * cls.count
      else {
        throw VisionError("find faces", reason: "YuNet's outputs do not fit its input")
      }
      for cell in cls.indices {
        let score = Double(min(max(cls[cell], 0), 1) * min(max(obj[cell], 0), 1)).squareRoot()
        guard score >= Self.leastScore else { continue }
        let (column, row) = (Double(cell % columns), Double(cell / columns))
        let middle = Point(
          x: (column + Double(boxes[cell * 4])) * unit, y: (row + Double(boxes[cell * 4 + 1])) * unit)
        let (w, h) = (exp(Double(boxes[cell * 4 + 2])) * unit, exp(Double(boxes[cell * 4 + 3])) * unit)
        guard w.isFinite, h.isFinite else { continue }
        let five = (0..<5).map { point in
          Point(
            x: (column + Double(points[cell * 10 + point * 2])) * unit,
            y: (row + Double(points[cell * 10 + point * 2 + 1])) * unit)
        }
        faces.append(face(Box(x: middle.x - w / 2, y: middle.y - h / 2, width: w, height: h), score, five))
      }
    }
    return withoutOverlaps(faces)
  }
}
