import Foundation
import Imaging

/// The mean image of a domain's samples; common features, such as the position of the eyes, are sharp.
enum MeanPicture {
  /// The maximum number of averaged samples, which are evenly spaced.
  static let maximumSamples = 300
  private static let side = 160

  /// The mean as a JPEG file; nil without samples.
  ///
  /// - Throws: `ImagingError`.
  static func picture(of items: [Item], from pictures: Pictures) throws -> Data? {
    var sums = [Int](repeating: 0, count: side * side * 3)
    var count = 0
    for item in items {
      // A sample whose file was deleted in the meantime is skipped.
      guard
        let bytes = try? pictures.thumbnail(of: item.id, side: side, version: item.picture).bytes,
        let image = try? ImageCodec.decode([UInt8](bytes)).image.converted(to: .rgb),
        image.width == side, image.height == side
      else { continue }
      for index in sums.indices { sums[index] += Int(image.bytes[index]) }
      count += 1
    }
    guard count > 0 else { return nil }
    let mean = sums.map { UInt8(($0 + count / 2) / count) }
    return Data(try ImageBuffer(width: side, height: side, format: .rgb, bytes: mean).jpeg(quality: 90))
  }
}
