package import Dataset
package import Imaging

/// The mean position of faces in their crops.
package struct FacePlacement {
  /// The height of the eyes below the crop's top edge, as a fraction of the crop's height; nil if no eyes are known.
  package let eyeLine: Double?
  /// The height of the face box as a fraction of the crop's height; nil if no faces were detected.
  package let faceShare: Double?
  /// The mean face box as fractions of the crop's side; nil if no faces were detected.
  package let box: Box?

  /// The means over `samples`.
  package init(_ samples: [Sample]) {
    func mean(_ values: [Double]) -> Double? {
      values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }
    eyeLine = mean(samples.compactMap { Self.eyeLine($0.face, $0.crop, side: $0.height) })
    faceShare = mean(samples.compactMap { Self.box($0.face, $0.crop, side: $0.height)?.height })
    let boxes = samples.compactMap { Self.box($0.face, $0.crop, side: $0.height) }
    if let x = mean(boxes.map(\.x)), let y = mean(boxes.map(\.y)), let width = mean(boxes.map(\.width)),
      let height = mean(boxes.map(\.height))
    {
      box = Box(x: x, y: y, width: width, height: height)
    } else {
      box = nil
    }
  }

  /// The height of the eyes below the top edge, as a fraction of a crop of `side` pixels; nil if no eyes are known.
  package static func eyeLine(_ face: Sample.Face?, _ cut: Sample.Cut?, side: Int?) -> Double? {
    guard let eyes = face?.landmarks.eyes, let cut, let side, side > 0 else { return nil }
    return (cut.matrix(eyes.left).y + cut.matrix(eyes.right).y) / 2 / Double(side)
  }

  /// The face's box in the crop, as fractions of its side, rotated with the crop about its centre.
  package static func box(_ face: Sample.Face?, _ cut: Sample.Cut?, side: Int?) -> Box? {
    guard let face, face.detector != "given", let cut, let side, side > 0 else { return nil }
    let (centre, length) = (cut.matrix(face.box.center), Double(side))
    let (width, height) = (face.box.width * cut.scale / length, face.box.height * cut.scale / length)
    return Box(
      x: centre.x / length - width / 2, y: centre.y / length - height / 2, width: width, height: height)
  }
}
