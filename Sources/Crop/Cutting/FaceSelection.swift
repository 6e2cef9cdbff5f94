import Dataset
import Imaging

/// Selects which of the detected faces become crops, and computes where their crops are.
struct FaceSelection: Sendable {
  let settings: CropSettings
  let rule: FramingRule
  /// Faces get no crop if more than this share of it, 0 to 1, is outside the picture; nil for no limit.
  var maxOutside: Double?

  /// The faces that the settings select.
  ///
  /// - Returns: The faces, with a square for each that becomes a crop; if the image as a whole is rejected,
  ///   none and the reason.
  func locate(_ detection: DetectionResult) -> (faces: [LocatedFace], refusal: Refusal?) {
    let faces = detection.faces
    guard !faces.isEmpty else {
      return ([], Refusal(reason: .noFace, detail: "\(detection.detector) found no face"))
    }
    if settings.faces == .one, faces.count > 1 {
      return (
        [],
        Refusal(reason: .severalFaces, detail: "\(faces.count) faces, and faces: one requires exactly one")
      )
    }
    return (chosen(detection).map { locate(faces[$0], number: $0, detection) }, nil)
  }

  /// The faces that become crops, whatever the framing.
  func survey(_ detection: DetectionResult) -> [SurveyedFace] {
    let size = detection.size
    let whole = Box(x: 0, y: 0, width: Double(size.width), height: Double(size.height))
    return locate(detection).faces.filter { $0.reason == nil }.map { located in
      let face = detection.faces[located.number]
      let extent = FaceExtent(of: face, align: settings.align)
      return SurveyedFace(
        extent: extent, roll: face.eyeRoll ?? extent.roll, region: detection.content ?? whole)
    }
  }

  private func locate(_ face: DetectedFace, number: Int, _ detection: DetectionResult) -> LocatedFace {
    let extent = FaceExtent(of: face, align: settings.align)
    var result = LocatedFace(number: number, face: face.record, extent: extent.box)
    if face.isWrongDomain, face.detector != detection.detector {
      result.reason = .wrongDomain
      result.detail =
        "\(detection.detector) found no face, but \(face.detector), of the other domain, found one"
      return result
    }
    // Detectors measure sizes to within 5 %, so only a face that is certainly too small is rejected.
    if face.size < 0.95 * Double(settings.minFace) {
      result.reason = .faceTooSmall
      result.detail = "the face has \(Int(face.size)) pixels, and min-face requires \(settings.minFace)"
      return result
    }
    let content =
      detection.content
      ?? Box(x: 0, y: 0, width: Double(detection.size.width), height: Double(detection.size.height))
    if let part = face.part(outside: content) {
      result.reason = .faceCutOff
      result.detail = "the \(part) is outside the picture"
      return result
    }
    let square = CropSquare(rule, around: extent)
    let outside = square.map(toSide: 32).share(ofSide: 32) { !content.contains($0) }
    if let maxOutside, outside > maxOutside {
      result.reason = .outsidePicture
      result.detail =
        "\(Int((outside * 100).rounded())) % of its crop would be outside the picture; `border: edge` or `reflect` would fill it"
      return result
    }
    result.square = square
    return result
  }

  /// The numbers of the faces that the setting `faces` selects.
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

extension DetectedFace {
  /// The part of the face that is certainly outside `picture`; nil if there is none.
  ///
  /// Detectors find faces of which only the eyes are in the picture, and place the mouth outside. The chin does not count,
  /// because close-ups of anime often cut it.
  fileprivate func part(outside picture: Box) -> String? {
    guard let landmarks else { return nil }
    // Landmarks are accurate to a few percent of the face.
    let margin = 0.05 * size
    let parts: [(String, [Point?])] = [
      ("mouth", [landmarks.mouth, landmarks.leftMouth, landmarks.rightMouth]), ("nose", [landmarks.nose]),
      ("left eye", [landmarks.leftEye]), ("right eye", [landmarks.rightEye]),
    ]
    return parts.first { _, points in
      points.contains { point in
        guard let point else { return false }
        return point.x < picture.x - margin || point.x > picture.x + picture.width + margin
          || point.y < picture.y - margin || point.y > picture.y + picture.height + margin
      }
    }?.0
  }
}
