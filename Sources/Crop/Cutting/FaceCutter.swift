public import Dataset
public import Imaging
import Vision

/// A face of an image, and its crop if there is one.
public struct FaceCut: Sendable {
  /// The face's number among the image's faces, from 0, from left to right.
  public var number: Int
  /// The face in source pixels.
  public var face: Sample.Face
  /// How the crop was cut; nil if there is none.
  public var cut: Sample.Cut?
  /// The crop, in the image's format; nil if there is none.
  public var pixels: ImageBuffer?
  /// Why there is no crop.
  public var reason: Reason?
  /// One sentence about why.
  public var detail: String?
}

/// Finds the faces of images and cuts their crops; each worker has its own.
public struct FaceCropper {
  private let locator: FaceLocator
  private let cutter: FaceCutter

  /// A cropper to crops of `size` pixels a side around the faces that `locator` finds.
  public init(_ locator: FaceLocator, size: Int) {
    self.locator = locator
    cutter = FaceCutter(selection: locator.selection, size: size)
  }

  /// Finds the faces of `picture` and cuts those that the settings ask for.
  ///
  /// - Returns: The faces; and why there is none, if the image as a whole is refused.
  /// - Throws: `VisionError`.
  public func cut(_ picture: ImageBuffer) throws -> (faces: [FaceCut], refusal: Refusal?) {
    try cutter.cut(locator.analyze(picture), from: picture)
  }
}

/// Cuts the crops of detected faces.
struct FaceCutter: Sendable {
  let selection: FaceSelection
  /// The crops' side in pixels.
  let size: Int

  /// Cuts the faces that the settings ask for.
  ///
  /// - Returns: The faces; and why there is none, if the image as a whole is refused.
  /// - Throws: `VisionError`.
  func cut(
    _ detection: DetectionResult, from picture: ImageBuffer
  ) throws -> (faces: [FaceCut], refusal: Refusal?) {
    let (faces, refusal) = selection.locate(detection)
    let source = CropSource(picture, content: detection.content, captions: detection.captions)
    let cuts = try faces.map { located in
      var result = FaceCut(
        number: located.number, face: located.face, reason: located.reason, detail: located.detail)
      if let square = located.square {
        let map = square.map(toSide: size)
        let (pixels, cut) = try source.cut(
          by: map, side: size, border: selection.settings.border, face: located.face.box)
        (result.pixels, result.cut, result.face) = (pixels, cut, located.face(in: map))
      }
      return result
    }
    return (cuts, refusal)
  }
}
