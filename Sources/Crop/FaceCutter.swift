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

/// The way from an image to its crops, for one worker: looks for faces and cuts them.
public struct FaceCropper {
  private let lookout: Lookout
  private let cutter: FaceCutter
  private let isFrame: Bool

  /// A cropper to crops of `size` pixels a side around the faces that `detector` finds.
  ///
  /// - Parameters:
  ///   - settings: How faces are chosen and framed.
  ///   - size: The crops' side in pixels.
  ///   - detector: Finds the faces.
  ///   - isFrame: Whether images may be frames of videos, with black bars and captions.
  ///   - landmarks: Finds 68 points in each face; nil for the detector's own.
  ///   - leader: The other domain's framing, which a matched one begins with.
  ///   - match: The zoom and move of a matched framing, from the dataset that it belongs to.
  public init(
    settings: CropSettings, size: Int, detector: any FaceDetector, isFrame: Bool,
    landmarks: LandmarkNetwork? = nil, leader: CropSettings.Framing = .photo2cartoon,
    match: FramingComparison? = nil
  ) {
    var rule = FramingRule(settings.framing, leader: leader)
    if settings.framing == .matched, let match {
      rule = rule.moved(by: .init(zoom: match.zoom, right: match.right, down: match.down))
    }
    cutter = FaceCutter(settings: settings, size: size, rule: rule)
    lookout = Lookout(detector: detector, landmarks: landmarks)
    self.isFrame = isFrame
  }

  /// Finds the faces of `picture` and cuts those that are wanted.
  ///
  /// - Returns: The wanted faces; and why none is, where the image as a whole is refused.
  /// - Throws: `VisionError`.
  public func cut(
    _ picture: ImageBuffer
  ) throws -> (faces: [FaceCut], refusal: (reason: Reason, detail: String?)?) {
    try cutter.cut(lookout.look(at: picture, isFrame: isFrame), from: picture)
  }
}

/// Cuts faces that were found.
struct FaceCutter: Sendable {
  let settings: CropSettings
  let size: Int
  let rule: FramingRule

  /// Cuts those of the found faces that are wanted.
  ///
  /// - Returns: The wanted faces; and why none is, where the image as a whole is refused.
  /// - Throws: `VisionError`.
  func cut(
    _ findings: Findings, from picture: ImageBuffer
  ) throws -> (faces: [FaceCut], refusal: (reason: Reason, detail: String?)?) {
    let faces = findings.faces
    guard !faces.isEmpty else { return ([], (.noFace, "\(findings.detector) found no face")) }
    if settings.faces == .one, faces.count > 1 {
      return ([], (.severalFaces, "\(faces.count) faces, and `faces: one` asks for exactly one"))
    }
    // Bars are no part of the picture, so that what stands beyond it stands there too.
    let seen = findings.content.map { picture.cropped(to: $0) } ?? picture
    let cuts = try chosen(findings).map { number in
      try cut(faces[number], number: number, from: seen, findings, hasAlpha: picture.hasTransparency)
    }
    return (cuts, nil)
  }

  /// How the faces that become crops sit in them.
  func seats(_ findings: Findings) -> [FramingMatch.Seat] {
    if settings.faces == .one, findings.faces.count > 1 { return [] }
    return chosen(findings).map { findings.faces[$0] }
      .filter { tooSmall($0) == nil && !isForeign($0, findings) }
      .map { FramingMatch.Seat($0, rule, align: settings.align) }
  }

  /// The numbers of the faces that `faces:` asks for.
  private func chosen(_ findings: Findings) -> [Int] {
    let (faces, size) = (findings.faces, findings.size)
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

  /// Whether only the other domain's detector found the face.
  private func isForeign(_ face: DetectedFace, _ findings: Findings) -> Bool {
    face.looksForeign && face.detector != findings.detector
  }

  /// What is wrong with the size of a face that has too few pixels.
  private func tooSmall(_ face: DetectedFace) -> String? {
    let shorter = min(face.box.width, face.box.height)
    guard shorter < Double(settings.minFace) else { return nil }
    return "the face has \(Int(shorter)) pixels, and `min-face` asks for \(settings.minFace)"
  }

  private func cut(
    _ face: DetectedFace, number: Int, from seen: ImageBuffer, _ findings: Findings, hasAlpha: Bool
  ) throws -> FaceCut {
    var result = FaceCut(number: number, face: face.record)
    if isForeign(face, findings) {
      result.reason = .wrongDomain
      result.detail =
        "\(findings.detector) found no face, but \(face.detector), of the other domain, found one"
      return result
    }
    if let detail = tooSmall(face) {
      (result.reason, result.detail) = (.faceTooSmall, detail)
      return result
    }
    let extent = FaceExtent(of: face, align: settings.align)
    let frame = CropFrame(rule, around: extent)
    let map = frame.map(toSide: size)
    result.face.extent = extent.box.mapped(by: map)
    let (left, top) = (findings.content?.x ?? 0, findings.content?.y ?? 0)
    result.pixels = try seen.warped(
      by: .translation(x: left, y: top).then(map), to: PixelSize(width: size, height: size),
      border: border(hasAlpha: hasAlpha), interpolation: map.scale > 1 ? .cubic : .area)
    var cut = Sample.Cut(
      matrix: map, scale: map.scale, outside: frame.share { !findings.size.contains($0) })
    if let content = findings.content {
      cut.bars = frame.share { findings.size.contains($0) && !content.contains($0) }
    }
    cut.subtitle = frame.share { place in findings.captions.contains { $0.contains(place) } }
    result.cut = cut
    return result
  }

  /// What stands beyond the image's edge; nothing at all beside a cut-out figure.
  private func border(hasAlpha: Bool) -> Border {
    switch settings.border {
    case .white: .constant(hasAlpha ? [255, 255, 255, 0] : [255, 255, 255, 255])
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
