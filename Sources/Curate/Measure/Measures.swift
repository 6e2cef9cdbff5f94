import Dataset
import Foundation
public import Imaging
public import Ledger
import PublishedDataset
import Vision

/// All measures of one cutout; `MeasureName` describes each.
///
/// Light, color, sharpness and motion are measured on the foreground of the crop, occlusion on the face in the crop, and
/// BRISQUE on the whole crop of photos. Compression, interlacing, resolution and noise are measured on the source's own pixels
/// around the face when the crop is made, because scaling and rotation remove their traces. The measures of the mask
/// (`coverage` and `mask-...`) are in the mask's summary, and `roll` is in the face. A measure that cannot be computed is
/// absent.
public enum Measures {
  /// The version of the measures; a change makes those in the ledger outdated.
  static let version = 12

  /// The digest of everything that the measures of a crop with this mask depend on.
  static func digest(of crop: CropRow, mask: MaskRow) -> String {
    Digest(of: "measures \(version)\n\(crop.digest)\n\(mask.digest)").hex
  }

  /// The native measures of an imported crop, taken at its centre.
  static func native(_ image: ImageBuffer) -> Sample.NativeMeasures {
    let (width, height) = (min(image.width, 512), min(image.height, 512))
    let patch = LumaPatch(
      image.cropped(
        x: (image.width - width) / 2, y: (image.height - height) / 2, width: width, height: height))
    let traces = CompressionTraces(patch)
    return Sample.NativeMeasures(
      blocking: traces.blocking, combing: traces.combing, resolution: RealResolution.measure(patch),
      noise: NoiseLevel.measure(patch))
  }

  /// Measures one sample.
  ///
  /// - Parameters:
  ///   - crop: The crop's row, with a cut.
  ///   - mask: The mask's row.
  ///   - pixels: The crop.
  ///   - cutout: The cutout: RGBA of the same size, or the crop itself if there is no mask.
  ///   - source: The size of the source image in pixels.
  /// - Returns: The measures, each rounded to four decimals, with its hashes.
  public static func measure(
    _ crop: CropRow, mask: MaskRow, pixels: ImageBuffer, cutout: ImageBuffer, source: PixelSize?
  ) -> MeasureRow {
    let map = crop.cut?.matrix ?? .identity
    let view = Foreground(
      crop: pixels, alpha: cutout.size == pixels.size ? cutout.alpha : nil, matrix: map,
      source: crop.cut == nil ? nil : source)
    let (exposure, colors, edges) = (Exposure(view), Colors(view), Sharpness(view))
    var quality: [String: Double] = [
      "sharpness": edges.sharpness, "motion": edges.motion, "brightness": exposure.brightness,
      "contrast": exposure.contrast, "white-point": exposure.whitePoint,
      "black-point": exposure.blackPoint, "saturation": colors.saturation,
      "colorfulness": colors.colorfulness, "grey": colors.grey,
      "native-face": min(crop.face.box.width, crop.face.box.height), "score": crop.face.score,
    ]
    if let cut = crop.cut {
      (quality["outside"], quality["bars"], quality["subtitle"]) = (cut.outside, cut.bars, cut.subtitle)
    }
    quality["yaw"] = Pose.yaw(crop.face)
    quality["eye-line"] = FacePlacement.eyeLine(crop.face, crop.cut, side: crop.size)
    quality["face-share"] = FacePlacement.box(crop.face, crop.cut, side: crop.size)?.height
    quality["occlusion"] = Occlusion.measure(view, face: crop.face, map: map)
    quality["text"] = TextOverlay.measure(view, face: crop.face, map: map)
    // A clipped part of the face may be outside the mask.
    quality["clipped"] = max(exposure.clipped, Occlusion.clipped(view, face: crop.face, map: map) ?? 0)
    // In anime, hair and lines may be pure black.
    if crop.domain == .a { quality["black"] = Occlusion.black(view, face: crop.face, map: map) }
    if crop.domain == .a { quality["brisque"] = Brisque.installed?.measure(pixels) }
    if crop.face.detector != "given", mask.summary.method != "none", let cut = crop.cut,
      let hair = HeadColors(cutout, face: crop.face, matrix: cut.matrix).hairColor
    {
      quality["hair-lightness"] = Double(hair.lightness) / 100
      quality["hair-colorfulness"] = Double(hypot(hair.a, hair.b)) / 100
      quality["hair-hue"] = Double(atan2(hair.b, hair.a)) * 180 / .pi
    }
    if let native = crop.cut.map({ $0.native }) ?? Self.native(pixels) {
      quality["blocking"] = native.blocking
      quality["combing"] = native.combing
      quality["resolution"] = native.resolution
      quality["noise"] = native.noise
    }
    quality["real-face"] = quality["resolution"].map { $0 * (quality["native-face"] ?? 0) }
    // For an unusual frame, a measure may not be finite; it is then absent.
    quality = quality.filter { $0.value.isFinite }
    for (name, value) in quality { quality[name] = (value * 10_000).rounded() / 10_000 }
    var hasher = Hasher256()
    Array("\(cutout.width) \(cutout.height) \(cutout.channels)\n".utf8).withUnsafeBytes { hasher.update($0) }
    cutout.bytes.withUnsafeBytes { hasher.update($0) }
    let thumbnail = GrayThumbnail(crop: pixels, cut: crop.cut, source: source)
    let polar = PolarSignature(of: thumbnail, aspect: crop.cut?.aspect ?? 1)
    let faces = FaceHashes(crop: pixels, cut: crop.cut, source: source)
    let hashes = [polar.hash.description] + faces.all.map(\.description)
    var row = MeasureRow(
      id: crop.id, quality: quality, hash: PerceptualHash(of: cutout).description,
      turned: hashes.joined(separator: " "),
      pixels: hasher.finish().hex, digest: digest(of: crop, mask: mask))
    row.half = thumbnail.half.bytes
    return row
  }
}
