import Dataset
public import Imaging
public import Ledger
import Vision

/// All measures of one cutout.
///
/// | name | unit and range | of |
/// |---|---|---|
/// | `sharpness`, `motion` | 0 to 1, see `Sharpness` | the crop, on the figure |
/// | `brightness`, `contrast`, `clipped`, `white-point`, `black-point` | 0 to 1, see `Exposure` | the crop, on the figure |
/// | `saturation`, `colorfulness`, `grey` | 0 to 1, see `Colors` | the crop, on the figure |
/// | `occlusion` | 0 to 1, see `Occlusion` | the crop, in the face |
/// | `brisque` | 0 to 100, see `Brisque`; photographs alone | the crop, all of it |
/// | `resolution` | 0 to 1, see `RealResolution` | the source's pixels around the face, when the crop is cut |
/// | `blocking` | 0 to 1, see `CompressionTraces` | the source's pixels around the face |
/// | `combing` | 0 to 1, see `CompressionTraces` | the source's pixels around the face |
/// | `native-face` | source pixels, the shorter side of the face box | the source |
/// | `real-face` | `native-face` times `resolution`: the pixels that carry detail | the source |
/// | `outside` | 0 to 1, the share of the crop that lies outside the source | the cut |
/// | `bars`, `subtitle` | 0 to 1, the shares of the crop that a screenshot's black bars and captions take | the cut |
/// | `score` | 0 to 1, how sure the detector was | the face |
/// | `yaw` | degrees to the right, see `Pose` | the landmarks |
///
/// Others that rules may name are not measured here: `coverage` (0 to 1, the mean alpha) and the numbers of its `lint`, as
/// `mask-holes` and so on, stand in the manifest's `mask` and `roll` (degrees, clockwise positive) in its `face`. A measure that cannot be taken is left out, and no rule
/// holds that against a sample.
public enum Measures {
  /// What the measures mean; another number makes those in the ledger outdated.
  static let version = 7

  /// The names that rules may use, in the order of the alphabet.
  public static let names = CurateSettings.measures.map(\.name)

  /// The digest under which the measures of a crop with this mask are kept.
  static func digest(of crop: CropRow, mask: MaskRow) -> String {
    Digest(of: "measures \(version)\n\(crop.digest)\n\(mask.digest)").hex
  }

  /// The native measures of an image that is a source itself, not cut from one, in its middle.
  static func native(_ image: ImageBuffer) -> Sample.NativeMeasures {
    let (width, height) = (min(image.width, 512), min(image.height, 512))
    let patch = LumaPatch(
      image.cropped(
        x: (image.width - width) / 2, y: (image.height - height) / 2, width: width, height: height))
    let traces = CompressionTraces(patch)
    return Sample.NativeMeasures(
      blocking: traces.blocking, combing: traces.combing, resolution: RealResolution.measure(patch))
  }

  /// Measures one sample.
  ///
  /// - Parameters:
  ///   - crop: Its row, with a cut.
  ///   - mask: Its mask's row.
  ///   - pixels: The crop as it was cut.
  ///   - figure: The cutout: RGBA of the same size, or the crop itself where there is no mask.
  ///   - source: The size of the source image in pixels.
  /// - Returns: The measures, each rounded to four decimals, with its hashes.
  public static func measure(
    _ crop: CropRow, mask: MaskRow, pixels: ImageBuffer, figure: ImageBuffer, source: PixelSize?
  ) -> MeasureRow {
    let map = crop.cut?.matrix ?? .identity
    let view = Figure(
      crop: pixels, alpha: figure.size == pixels.size ? figure.alpha : nil, matrix: map,
      source: crop.cut == nil ? nil : source)
    let (exposure, colors, edges) = (Exposure(view), Colors(view), Sharpness(view))
    var quality: [String: Double] = [
      "sharpness": edges.sharpness, "motion": edges.motion, "brightness": exposure.brightness,
      "contrast": exposure.contrast, "clipped": exposure.clipped, "white-point": exposure.whitePoint,
      "black-point": exposure.blackPoint, "saturation": colors.saturation,
      "colorfulness": colors.colorfulness, "grey": colors.grey,
      "native-face": min(crop.face.box.width, crop.face.box.height), "score": crop.face.score,
    ]
    if let cut = crop.cut {
      (quality["outside"], quality["bars"], quality["subtitle"]) = (cut.outside, cut.bars, cut.subtitle)
    }
    quality["yaw"] = Pose.yaw(crop.face)
    quality["occlusion"] = Occlusion.measure(view, face: crop.face, map: map)
    if crop.domain == .a { quality["brisque"] = Brisque.installed?.measure(pixels) }
    if let native = crop.cut.map({ $0.native }) ?? Self.native(pixels) {
      quality["blocking"] = native.blocking
      quality["combing"] = native.combing
      quality["resolution"] = native.resolution
    }
    quality["real-face"] = quality["resolution"].map { $0 * (quality["native-face"] ?? 0) }
    for (name, value) in quality { quality[name] = (value * 10_000).rounded() / 10_000 }
    var hasher = Hasher256()
    Array("\(figure.width) \(figure.height) \(figure.channels)\n".utf8).withUnsafeBytes { hasher.update($0) }
    figure.bytes.withUnsafeBytes { hasher.update($0) }
    let disc = Disc(of: LumaPrint(of: figure), aspect: crop.cut?.aspect ?? 1)
    let hashes = (PerceptualHash.all(of: figure) + [disc.hash]).map(\.description)
    return MeasureRow(
      id: crop.id, quality: quality, hash: hashes[0], turned: hashes.dropFirst().joined(separator: " "),
      pixels: hasher.finish().hex, digest: digest(of: crop, mask: mask))
  }
}
