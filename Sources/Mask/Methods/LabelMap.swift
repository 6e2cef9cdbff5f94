import Dataset
import Foundation
import Imaging

/// A grey image in which each level is one of CelebAMask-HQ's 19 classes; 0 is the background.
///
/// Two orders of the parts are in use, and files do not record their order. It is inferred from the parts' positions: hair and
/// brows are above the middle of the skin; lips, neck and cloth are below it.
struct LabelMap {
  /// The part of each level from 1 to 18.
  enum Order: CaseIterable {
    /// switchablenorms/CelebAMask-HQ, face_parsing/Data_preprocessing/g_mask.py.
    case archive
    /// zllrunning/face-parsing.PyTorch, prepropess_data.py.
    case faceParsing

    /// The parts of the levels 1 to 18.
    var parts: [String] {
      switch self {
      case .archive: PartMasks.known
      case .faceParsing:
        [
          "skin", "l_brow", "r_brow", "l_eye", "r_eye", "eye_g", "l_ear", "r_ear", "ear_r", "nose", "mouth",
          "u_lip", "l_lip", "neck", "neck_l", "cloth", "hair", "hat",
        ]
      }
    }
  }

  /// The order that fits the parts' positions best.
  let order: Order
  private let image: ImageBuffer

  /// Reads a map.
  ///
  /// - Throws: `MaskError` if it cannot be read or a level is none of the 19.
  init(contentsOf file: URL) throws {
    let image = try PartMasks.read(file)
    guard image.format == .gray else {
      throw MaskError(
        "mask-labels", "\(file.lastPathComponent) has colors; a label map is grey, with levels 0 to 18",
        isOfFiles: true)
    }
    var (counts, heights) = ([Double](repeating: 0, count: 19), [Double](repeating: 0, count: 19))
    for (index, level) in image.bytes.enumerated() {
      guard level < 19 else {
        throw MaskError(
          "mask-labels", "\(file.lastPathComponent) has the level \(level); a label map has levels 0 to 18",
          isOfFiles: true)
      }
      counts[Int(level)] += 1
      heights[Int(level)] += Double(index / image.width)
    }
    let means = zip(heights, counts).map { $1 > 0 ? $0 / $1 : nil }
    func plausibility(_ order: Order) -> Double {
      guard let skin = means[1] else { return 0 }
      return zip(order.parts, means.dropFirst()).reduce(0) { sum, part in
        sum + (part.1 ?? skin) * Self.side(of: part.0) - skin * Self.side(of: part.0)
      }
    }
    self.image = image
    order = plausibility(.faceParsing) > plausibility(.archive) ? .faceParsing : .archive
  }

  /// 255 for pixels of these parts, 0 elsewhere.
  func union(of parts: [String]) -> ImageBuffer {
    var isWanted = [false]
    isWanted += order.parts.map(parts.contains)
    var union = image
    union.bytes = image.bytes.map { isWanted[Int($0)] ? 255 : 0 }
    return union
  }

  /// 1 for parts below the middle of the skin, -1 for those above it, 0 for those beside it.
  private static func side(of part: String) -> Double {
    switch part {
    case "hair", "hat", "l_brow", "r_brow", "l_eye", "r_eye": -1
    case "mouth", "u_lip", "l_lip", "neck", "neck_l", "cloth": 1
    default: 0
    }
  }
}
