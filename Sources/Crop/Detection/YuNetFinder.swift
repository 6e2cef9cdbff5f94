internal import Foundation
internal import Imaging
internal import Vision

/// YuNet (Wu, Peng, Yu, 2023), a small face detector for photographs with five landmarks.
///
/// Both generations of its model file can be used.
///
/// The names of the outputs distinguish them. Files with `loc`, `conf`, `iou` are decoded by OpenCV, which
/// supports them up to version 4.7; files with `cls_8` ... `kps_32` are decoded here.
struct YuNetFinder: FaceFinder {
  let name = "yunet"
  let landmarksNeedUprightFaces = true
  private let model: Model

  private enum Model {
    case first(YuNet)
    case second(Network)
  }

  /// 9 of 10 upright photographed faces reach this score; sideways and upside-down ones seldom do.
  var sureScore: Double {
    switch model {
    case .first: 0.92
    case .second: 0.87
    }
  }

  /// Faces with a lower score are ignored.
  ///
  /// All 100 test selfies reach 0.7, and 98 reach 0.8. Of 43 animal portraits 23 reach 0.7, and 15 reach 0.8.
  /// YuNet does not separate photographs from anime: it also accepts 42 of 100 anime faces.
  static let minScore = 0.7

  init(model url: URL) throws {
    let network = try Network(contentsOf: url)
    let names = Set(network.outputNames)
    if names.isSuperset(of: ["loc", "conf", "iou"]) {
      model = .first(try YuNet(contentsOf: url, score: Self.minScore))
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
    // The grids need a size that is a multiple of the largest stride.
    let image = image.padded(toMultiplesOf: 64)
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

  /// Decodes the outputs.
  ///
  /// Each stride has a grid of cells; a cell has the probability of a face, the position of its center
  /// relative to the cell's corner, the logarithms of its size, and its five points, all in units of the
  /// stride.
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
        guard score >= Self.minScore else { continue }
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
