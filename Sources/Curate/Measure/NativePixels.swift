import Dataset
import Foundation
import Imaging
import Ledger

/// A face's surroundings at the resolution of the source, where traces of compression, enlargement and interlacing are as
/// they were left: turning and scaling a crop wipes them away.
enum NativePixels {
  /// Sides beyond this are cut off around the face: more pixels tell nothing more.
  static let limit = 512

  /// The pixels; the crop itself where it holds the source's pixels as they are.
  ///
  /// - Returns: nil where they cannot be had any more: of a video, of which the frame is gone, and of a file that is no longer
  ///   there or another one.
  static func read(_ image: ImageRow, crop: CropRow, pixels: ImageBuffer) -> ImageBuffer? {
    guard let cut = crop.cut else { return pixels }
    let map = cut.matrix
    let isUpright = map.b == 0 && map.d == 0 && map.a == 1 && map.e == 1
    if isUpright, map.c == map.c.rounded(), map.f == map.f.rounded() { return pixels }
    guard image.time == nil, let bytes = try? ImageFile.bytes(path: image.file),
      Digest(of: bytes).hex == image.sha256, let source = try? ImageCodec.decode(bytes).image
    else { return nil }
    let (x, width) = span(crop.face.box.center.x, Double(crop.size ?? limit) / cut.scale, source.width)
    let (y, height) = span(crop.face.box.center.y, Double(crop.size ?? limit) / cut.scale, source.height)
    return source.cropped(x: x, y: y, width: width, height: height)
  }

  /// Where to start and how many pixels to take of `count` so that `length` of them lie around `centre`.
  private static func span(_ centre: Double, _ length: Double, _ count: Int) -> (start: Int, length: Int) {
    let size = min(count, limit, max(64, Int(min(length, 1e6).rounded(.up))))
    let start = Int(min(max(centre, 0), Double(count))) - size / 2
    return (min(max(0, start), count - size), size)
  }
}
