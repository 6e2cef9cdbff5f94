import Dataset
import Imaging

/// Which of the detected faces become crops, and where their crops are.
struct FaceSelection: Sendable {
  let settings: CropSettings
  let rule: FramingRule

  /// The faces that the settings ask for.
  ///
  /// - Returns: The faces, with a square for each that becomes a crop; and why there is none, if the image as a whole is
  ///   refused.
  func locate(_ detection: DetectionResult) -> (faces: [LocatedFace], refusal: Refusal?) {
    let faces = detection.faces
    guard !faces.isEmpty else {
      return ([], Refusal(reason: .noFace, detail: "\(detection.detector) found no face"))
    }
    if settings.faces == .one, faces.count > 1 {
      return (
        [],
        Refusal(reason: .severalFaces, detail: "\(faces.count) faces, and `faces: one` asks for exactly one")
      )
    }
    return (chosen(detection).map { locate(faces[$0], number: $0, detection) }, nil)
  }

  /// How the faces that become crops are placed in them.
  func placements(_ detection: DetectionResult) -> [FramingMatch.Placement] {
    locate(detection).faces.filter { $0.reason == nil }
      .map { FramingMatch.Placement(detection.faces[$0.number], rule, align: settings.align) }
  }

  private func locate(_ face: DetectedFace, number: Int, _ detection: DetectionResult) -> LocatedFace {
    var result = LocatedFace(number: number, face: face.record)
    if face.isWrongDomain, face.detector != detection.detector {
      result.reason = .wrongDomain
      result.detail =
        "\(detection.detector) found no face, but \(face.detector), of the other domain, found one"
      return result
    }
    let shorter = min(face.box.width, face.box.height)
    if shorter < Double(settings.minFace) {
      result.reason = .faceTooSmall
      result.detail = "the face has \(Int(shorter)) pixels, and `min-face` asks for \(settings.minFace)"
      return result
    }
    let extent = FaceExtent(of: face, align: settings.align)
    (result.extent, result.square) = (extent.box, CropSquare(rule, around: extent))
    return result
  }

  /// The numbers of the faces that `faces:` asks for.
  private func chosen(_ detection: DetectionResult) -> [Int] {
    let (faces, size) = (detection.faces, detection.size)
    let middle = Point(x: Double(size.width) / 2, y: Double(size.height) / 2)
    let numbers = Array(faces.indices)
    switch settings.faces {
    case .all, .one: return numbers
    case .largest: return numbers.max { faces[$0].box.area < faces[$1].box.area }.map { [$0] } ?? []
    case .central:
      return numbers.min {
        faces[$0].box.center.distance(to: middle) < faces[$1].box.center.distance(to: middle)
      }.map { [$0] } ?? []
    }
  }
}
