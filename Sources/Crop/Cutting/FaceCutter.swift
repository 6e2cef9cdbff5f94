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

/// Detects the faces of images and cuts their crops.
///
/// Each worker has its own cropper.
public struct FaceCropper {
  private let locator: FaceLocator
  private let cutter: FaceCutter

  /// A cropper that cuts crops of `size` x `size` pixels around the faces that `locator` finds.
  public init(_ locator: FaceLocator, size: Int) {
    self.locator = locator
    cutter = FaceCutter(selection: locator.selection, size: size)
  }

  /// Detects the faces of `picture` and cuts those that the settings select.
  ///
  /// - Returns: The faces; if the image as a whole is rejected, none and the reason.
  /// - Throws: `VisionError`.
  public func cut(_ picture: SourcePicture) throws -> (faces: [FaceCut], refusal: Refusal?) {
    try cutter.cut(locator.analyze(picture), from: picture)
  }

  /// Detects the faces of `image` and cuts those that the settings select.
  ///
  /// - Throws: `VisionError`.
  public func cut(_ image: ImageBuffer) throws -> (faces: [FaceCut], refusal: Refusal?) {
    try cut(SourcePicture(image))
  }
}

/// Cuts the crops of detected faces.
struct FaceCutter: Sendable {
  let selection: FaceSelection
  /// The crops' side in pixels.
  let size: Int

  /// Cuts the faces that the settings select.
  ///
  /// - Returns: The faces; if the image as a whole is rejected, none and the reason.
  /// - Throws: `VisionError`.
  func cut(
    _ detection: DetectionResult, from picture: SourcePicture
  ) throws -> (faces: [FaceCut], refusal: Refusal?) {
    let (faces, refusal) = selection.locate(detection)
    let source = CropSource(picture, content: detection.content, captions: detection.captions)
    let cuts = try faces.map { located in
      var result = FaceCut(
        number: located.number, face: located.face, reason: located.reason, detail: located.detail)
      if let square = located.square {
        let map = square.map(toSide: size)
        result.face = located.face(in: map)
        let (pixels, cut) = try source.cut(
          by: map, side: size, border: selection.settings.border, face: located.face.box)
        (result.pixels, result.cut) = (pixels, cut)
      }
      return result
    }
    return (cuts, refusal)
  }
}
