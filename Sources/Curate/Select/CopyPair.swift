import Dataset
import Foundation
import Imaging
import PublishedDataset

/// Two copies of one picture, and the values that can only be compared in pairs.
struct CopyPair: Sendable {
  let one: CurationInput.Candidate
  let other: CurationInput.Candidate
  /// The similarity of the second to the first; nil if they were not compared.
  let similarity: Similarity?

  /// A measure of both.
  func values(of measure: MeasureName) -> (Double, Double)? {
    guard let left = one.value(of: measure), let right = other.value(of: measure) else { return nil }
    return (left, right)
  }

  /// How much of its light each copy lost, 0 to 1; nil if they were not compared.
  var lostLight: (Double, Double)? { similarity.map { (max(0, -$0.clipping), max(0, $0.clipping)) } }

  /// How much of each copy is clipped, 0 to 1; nil if `lostLight` is known.
  var clipped: (Double, Double)? { similarity == nil ? values(of: .clipped) : nil }

  /// The sizes of the faces in pixels of their sources.
  ///
  /// If the copies were compared, their alignment gives the ratio: it is more exact than two detections of the face.
  var faceSizes: (Double, Double)? {
    guard let (left, right) = values(of: .nativeFace) else { return nil }
    guard let similarity, let scale = one.scale, let otherScale = other.scale else { return (left, right) }
    return (left, left * exp(similarity.scale) * scale / otherScale)
  }

  /// Whether both faces have about the same size in pixels.
  private var isOneScale: Bool { faceSizes.map { max($0, $1) <= 1.1 * min($0, $1) } ?? true }

  /// The true detail of two faces of one size; nil if only one file was saved with loss, because blocks look like detail.
  var details: (Double, Double)? {
    one.format?.isLossy == other.format?.isLossy && isOneScale ? values(of: .realFace) : nil
  }

  /// The true detail of two faces of one size, whose files may differ in loss.
  var detailsOfAnyFormat: (Double, Double)? { isOneScale ? values(of: .realFace) : nil }

  /// The sizes of the faces; nil if the larger one may only be enlarged.
  var trueFaceSizes: (Double, Double)? {
    guard let sizes = faceSizes, let found = enlargement else { return faceSizes }
    return found.gain > found.least ? sizes : nil
  }

  /// Whether each copy was only enlarged: 1 if so, else 0; nil if neither was.
  var enlarged: (Double, Double)? {
    guard !isOneScale, let found = enlargement, found.gain < found.least - 0.05 else { return nil }
    return found.isFirst ? (1, 0) : (0, 1)
  }

  /// The ratio of the larger face's true detail to that of the smaller one, the ratio that its size should give at least, and
  /// whether the first is the larger one.
  ///
  /// A face that was enlarged by 15 % has 0.78 to 1.14 times the true detail of the original, and one that was doubled 1.01 to 1.14
  /// times. The original of a face that was halved has 1.1 to 2.6 times as much.
  private var enlargement: (gain: Double, least: Double, isFirst: Bool)? {
    guard let sizes = faceSizes, let (left, right) = values(of: .realFace) else { return nil }
    let isFirst = sizes.0 > sizes.1
    let (larger, smaller) = isFirst ? (one, other) : (other, one)
    // The blocks of a file with loss look like detail.
    let blocks =
      switch (larger.format?.isLossy ?? false, smaller.format?.isLossy ?? false) {
      case (true, false): 0.1
      case (false, true): -0.2
      default: 0.0
      }
    let ratio = max(sizes.0, sizes.1) / max(min(sizes.0, sizes.1), 1e-6)
    let gain = isFirst ? left / max(right, 1e-6) : right / max(left, 1e-6)
    return (gain, 1 + 0.15 * min(1, ratio - 1) + blocks, isFirst)
  }

  /// The gaps between the levels; nil if loss may have filled the gaps of one of them.
  var gaps: (Double, Double)? {
    guard let left = one.gaps, let right = other.gaps else { return nil }
    let filled = left < right ? one : other
    let isCompressed = filled.format?.isLossy == true && filled.value(of: .blocking) ?? 0 > 0.1
    return isCompressed && one.format?.isLossy != other.format?.isLossy ? nil : (left, right)
  }

  /// The blocking of two copies of one scale; nil if the picture with fewer blocks is softer, because blurring removes blocks, and
  /// if only one of them is WebP or HEIC, whose decoders remove blocks.
  var blocks: (Double, Double)? {
    guard one.format == other.format || !(Self.hidesBlocks(one) || Self.hidesBlocks(other)), isOneScale,
      let (left, right) = values(of: .blocking)
    else {
      return nil
    }
    if let (mine, theirs) = values(of: .realFace), left < right ? mine < 0.75 * theirs : theirs < 0.75 * mine
    {
      return nil
    }
    return (left, right)
  }

  private static func hidesBlocks(_ sample: CurationInput.Candidate) -> Bool {
    sample.format == .webp || sample.format == .heif
  }

  /// The sizes of two files that were saved with loss, as bytes of a JPEG file; nil for others.
  var bytes: (Double, Double)? {
    guard let left = Self.bytes(one), let right = Self.bytes(other) else { return nil }
    guard one.format == other.format else {
      // The factors between formats are not exact.
      return max(left, right) > 1.3 * min(left, right) ? (left, right) : nil
    }
    // A file that was only saved again at a higher quality is larger, but has as many blocks.
    guard let (mine, theirs) = blocks else { return (left, right) }
    return (left > right ? theirs - mine : mine - theirs) > 0.01 ? (left, right) : nil
  }

  private static func bytes(_ sample: CurationInput.Candidate) -> Double? {
    guard let bytes = sample.bytes, let format = sample.format else { return nil }
    // At the same quality, a JPEG file is about this many times as large.
    let factor: Double? =
      switch format {
      case .jpeg: 1
      case .webp: 1.5
      case .heif: 2
      case .png, .gif, .tiff, .bmp, .pnm: nil
      }
    return factor.map { Double(bytes) * $0 }
  }

  /// How much of the picture each copy shows, as a share of what the larger one shows; nil if they were not compared.
  var areas: (Double, Double)? {
    guard let similarity, let size = one.size, let otherSize = other.size, let scale = one.scale,
      let otherScale = other.scale
    else { return nil }
    // In squares of the first crop's pixels, without black bars.
    let left = Double(size.width) * Double(size.height) * (1 - one.bars) * scale * scale
    let factor = otherScale / exp(similarity.scale)
    let right = Double(otherSize.width) * Double(otherSize.height) * (1 - other.bars) * factor * factor
    let larger = max(left, right)
    return larger > 0 ? (left / larger, right / larger) : nil
  }
}

extension ImageFormat {
  /// Whether saving loses detail; a few WebP files lose none, but they count as lossy too.
  var isLossy: Bool {
    switch self {
    case .jpeg, .webp, .heif: true
    case .png, .gif, .tiff, .bmp, .pnm: false
    }
  }
}
