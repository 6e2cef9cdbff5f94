import Dataset
public import Imaging
public import Ledger

/// All measures of one cutout.
///
/// | name | unit and range | of |
/// |---|---|---|
/// | `sharpness` | 0 to 1, see `Sharpness` | the crop, on the figure |
/// | `brightness`, `contrast`, `clipped` | 0 to 1, see `Exposure` | the crop, on the figure |
/// | `saturation` | 0 to 1, see `Saturation` | the crop, on the figure |
/// | `native-face` | source pixels, the shorter side of the face box | the source |
/// | `outside` | 0 to 1, the share of the crop that lies outside the source | the cut |
/// | `score` | 0 to 1, how sure the detector was | the face |
///
/// Two more that rules may name are not measured here: `coverage` (0 to 1, the mean alpha) stands in the manifest's
/// `mask` and `roll` (degrees, clockwise positive) in its `face`.
public enum Measures {
  /// What the measures mean; another number makes those in the ledger outdated.
  static let version = 2

  /// The names that rules may use, in the order of the alphabet.
  public static let names = [
    "brightness", "clipped", "contrast", "coverage", "native-face", "outside", "roll", "saturation", "score",
    "sharpness",
  ]

  /// The digest under which the measures of a crop with this mask are kept.
  static func digest(of crop: CropRow, mask: MaskRow) -> String {
    Digest(of: "measures \(version)\n\(crop.digest)\n\(mask.digest)").hex
  }

  /// Measures one sample.
  ///
  /// - Parameters:
  ///   - crop: Its row, with a cut.
  ///   - mask: Its mask's row.
  ///   - pixels: The crop as it was cut.
  ///   - figure: The cutout: RGBA of the same size, or the crop itself where there is no mask.
  ///   - source: The size of the source image in pixels.
  /// - Returns: The measures, each rounded to four decimals, with both hashes.
  public static func measure(
    _ crop: CropRow, mask: MaskRow, pixels: ImageBuffer, figure: ImageBuffer, source: PixelSize?
  ) -> MeasureRow {
    let view = Figure(
      crop: pixels, alpha: figure.size == pixels.size ? figure.alpha : nil,
      matrix: crop.cut?.matrix ?? .identity, source: crop.cut == nil ? nil : source)
    let exposure = Exposure(view)
    var quality: [String: Double] = [
      "sharpness": Sharpness.measure(view), "brightness": exposure.brightness, "contrast": exposure.contrast,
      "clipped": exposure.clipped, "saturation": Saturation.measure(view),
      "native-face": min(crop.face.box.width, crop.face.box.height), "score": crop.face.score,
    ]
    quality["outside"] = crop.cut?.outside
    for (name, value) in quality { quality[name] = (value * 10_000).rounded() / 10_000 }
    var hasher = Hasher256()
    Array("\(figure.width) \(figure.height) \(figure.channels)\n".utf8).withUnsafeBytes { hasher.update($0) }
    figure.bytes.withUnsafeBytes { hasher.update($0) }
    let hashes = PerceptualHash.all(of: figure).map(\.description)
    return MeasureRow(
      id: crop.id, quality: quality, hash: hashes[0], turned: hashes.dropFirst().joined(separator: " "),
      pixels: hasher.finish().hex, digest: digest(of: crop, mask: mask))
  }
}
