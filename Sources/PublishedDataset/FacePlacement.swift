package import Dataset
package import Imaging

/// Where faces are in their crops, on average.
package struct FacePlacement {
  /// How far down the eyes are, as a share of the crop's height; nil if no eyes are known.
  package let eyeLine: Double?
  /// The height of the face box as a share of the crop's; nil if whole images count as faces.
  package let faceShare: Double?
  /// The mean face box in parts of the crop's side; nil if whole images count as faces.
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

  /// How far down a face's eyes are, as a share of a crop of `side` pixels; nil if no eyes are known.
  package static func eyeLine(_ face: Sample.Face?, _ cut: Sample.Cut?, side: Int?) -> Double? {
    guard let eyes = face?.landmarks.eyes, let cut, let side, side > 0 else { return nil }
    return (cut.matrix(eyes.left).y + cut.matrix(eyes.right).y) / 2 / Double(side)
  }

  /// The face's box in the crop, in parts of its side, turned with the crop about its centre.
  package static func box(_ face: Sample.Face?, _ cut: Sample.Cut?, side: Int?) -> Box? {
    guard let face, face.detector != "given", let cut, let side, side > 0 else { return nil }
    let (centre, length) = (cut.matrix(face.box.center), Double(side))
    let (width, height) = (face.box.width * cut.scale / length, face.box.height * cut.scale / length)
    return Box(
      x: centre.x / length - width / 2, y: centre.y / length - height / 2, width: width, height: height)
  }
}
