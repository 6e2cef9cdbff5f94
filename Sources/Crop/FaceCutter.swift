public import Dataset
public import Imaging
import Vision

/// A face of an image, and its crop where there is one.
public struct FaceCut: Sendable {
  /// Which of the image's faces it is, from 0, from left to right.
  public var number: Int
  /// Where the face is in the image.
  public var face: Sample.Face
  /// How the crop lies in the image; nil where there is none.
  public var cut: Sample.Cut?
  /// The crop, in the image's format; nil where there is none.
  public var pixels: ImageBuffer?
  /// Why there is no crop.
  public var reason: Reason?
  /// One sentence for a person about why.
  public var detail: String?
}

/// One worker's way from an image to its crops, with a detector of its own.
public struct FaceCutter {
  let settings: CropSettings
  let size: Int
  let detector: any FaceDetector

  /// A cutter of crops of `size` pixels a side around the faces that `detector` finds.
  public init(settings: CropSettings, size: Int, detector: any FaceDetector) {
    (self.settings, self.size, self.detector) = (settings, size, detector)
  }

  /// Finds the faces of `picture` and cuts those that are wanted.
  ///
  /// - Returns: The wanted faces; and why none is, where the image as a whole is refused.
  /// - Throws: `VisionError`.
  public func cut(
    _ picture: ImageBuffer
  ) throws -> (faces: [FaceCut], refusal: (reason: Reason, detail: String?)?) {
    // Detectors look at what a person would see: what is transparent is white.
    let seen = picture.format == .rgba ? picture.composited(on: [255, 255, 255]) : picture
    let faces = try detector.detect(seen).sorted { ($0.box.x, $0.box.y) < ($1.box.x, $1.box.y) }
    guard !faces.isEmpty else { return ([], (.noFace, "\(detector.name) found no face")) }
    if settings.faces == .one, faces.count > 1 {
      return ([], (.severalFaces, "\(faces.count) faces, and `faces: one` asks for exactly one"))
    }
    return (try chosen(faces, in: picture.size).map { try cut(faces[$0], number: $0, from: picture) }, nil)
  }

  /// The numbers of the faces that `faces:` asks for.
  private func chosen(_ faces: [DetectedFace], in size: PixelSize) -> [Int] {
    let middle = Point(x: Double(size.width) / 2, y: Double(size.height) / 2)
    let numbers = Array(faces.indices)
    let one: Int? =
      switch settings.faces {
      case .all, .one: nil
      case .largest: numbers.max { faces[$0].box.area < faces[$1].box.area }
      case .central:
        numbers.min {
          faces[$0].box.center.distance(to: middle) < faces[$1].box.center.distance(to: middle)
        }
      }
    return one.map { [$0] } ?? numbers
  }

  private func cut(_ face: DetectedFace, number: Int, from picture: ImageBuffer) throws -> FaceCut {
    var result = FaceCut(number: number, face: face.record)
    let shorter = min(face.box.width, face.box.height)
    guard shorter >= Double(settings.minFace) else {
      result.reason = .faceTooSmall
      result.detail = "the face has \(Int(shorter)) pixels, and `min-face` asks for \(settings.minFace)"
      return result
    }
    let frame = CropFrame(settings.framing, around: FaceExtent(of: face, align: settings.align))
    let map = frame.map(toSide: size)
    result.pixels = try picture.warped(
      by: map, to: PixelSize(width: size, height: size), border: border(of: picture),
      interpolation: map.scale > 1 ? .cubic : .area)
    result.cut = Sample.Cut(matrix: map, scale: map.scale, outside: frame.shareOutside(picture.size))
    return result
  }

  /// What stands beyond the image's edge; nothing at all beside a cut-out figure.
  private func border(of picture: ImageBuffer) -> Border {
    switch settings.border {
    case .white: .constant(picture.hasTransparency ? [255, 255, 255, 0] : [255, 255, 255, 255])
    case .edge: .edge
    case .reflect: .reflect
    }
  }
}

extension ImageBuffer {
  /// Whether any pixel lets the background through.
  var hasTransparency: Bool {
    guard format == .rgba else { return false }
    return stride(from: 3, to: bytes.count, by: 4).contains { bytes[$0] < 255 }
  }
}
