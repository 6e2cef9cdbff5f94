import Dataset
public import Imaging
import Vision

/// The pixels of one source image: all of them, or a reduced copy of a large photograph whose parts can be
/// read at full size.
///
/// Faces are detected in the copy. A crop is cut from the copy if it has enough pixels, else from the part of
/// the file that the crop shows. So a picture of 200 megapixels is never in memory as a whole.
public struct SourcePicture: Sendable {
  /// The image or its reduced copy.
  public let image: ImageBuffer
  /// The size of the whole image.
  public let size: PixelSize
  /// One pixel of `image` stands for `box` x `box` source pixels; 1 for the whole image.
  let box: Int
  /// The map from the pixels of `image` to source pixels.
  let toSource: AffineMap
  /// What users should know about the file, for example that it has more pages; nil for nothing.
  let note: String?
  /// The file's format and its size in bytes; nil for an image in memory.
  let format: ImageFormat?
  let bytes: Int?
  private let file: [UInt8]

  /// A picture from an image in memory.
  public init(_ image: ImageBuffer) {
    (self.image, size, box, toSource, note, file) = (image, image.size, 1, .identity, nil, [])
    (format, self.bytes) = (nil, nil)
  }

  /// Reads the image file at `path`.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - minFace: The shorter side of the smallest wanted face, in source pixels.
  /// - Throws: `ImagingError` with the path.
  public init(path: String, minFace: Int) throws(ImagingError) {
    let bytes = try ImageFile.bytes(path: path)
    do throws(ImagingError) {
      let size = try ImageCodec.inspect(bytes).size
      let copy = Self.boxes.last {
        max(size.width, size.height) / $0 >= Self.sideForDetection && minFace / $0 >= Self.pixelsOfFace
      }
      let decoded = try ImageCodec.decode(
        bytes, minimumSide: copy.map { (min(size.width, size.height) + $0 - 1) / $0 })
      (image, self.size, box, toSource) = (decoded.image, size, decoded.box, decoded.toSource)
      (note, file) = (decoded.note, decoded.box > 1 ? bytes : [])
      (format, self.bytes) = (try ImageFormat.detect(bytes), bytes.count)
    } catch { throw error.at(path: path) }
  }

  private static let boxes = [2, 4, 8]
  /// The minimum longer side of a reduced copy in pixels.
  ///
  /// The largest copies that detectors search have about 1,280.
  private static let sideForDetection = 1600
  /// The minimum side of the smallest face in a reduced copy, in pixels.
  ///
  /// At this size its eyes are found and it can be verified.
  private static let pixelsOfFace = 40

  /// Cuts a crop.
  ///
  /// - Parameters:
  ///   - map: Source pixels to crop pixels.
  ///   - side: The crop's side in pixels.
  ///   - border: What fills the crop beyond the image.
  ///   - content: The part of the image that may be used, in source pixels; nil for all of it.
  /// - Returns: The crop in the image's format.
  ///
  /// - Throws: `VisionError`.
  func warped(
    by map: AffineMap, side: Int, border: Border, content: Box?
  ) throws(VisionError) -> ImageBuffer {
    var (pixels, toSource) = (image, self.toSource)
    if let content {
      (pixels, toSource) = visible(content)
    } else if box > 1, map.scale * Double(box) > 1, let part = part(around: map, side: side) {
      (pixels, toSource) = part
    }
    let total = toSource.then(map)
    return try pixels.warped(
      by: total, to: PixelSize(width: side, height: side), border: border,
      interpolation: total.scale > 1 ? .cubic : .area)
  }

  /// The part of the image in `content`, with the map from its pixels to source pixels.
  private func visible(_ content: Box) -> (ImageBuffer, AffineMap) {
    let back = toSource.inverse ?? .identity
    let (start, end) = (
      back(Point(x: content.x, y: content.y)),
      back(Point(x: content.x + content.width - 1, y: content.y + content.height - 1))
    )
    let (left, top) = (max(0, Int(start.x.rounded(.up))), max(0, Int(start.y.rounded(.up))))
    let (right, bottom) = (min(image.width - 1, Int(end.x)), min(image.height - 1, Int(end.y)))
    guard left <= right, top <= bottom else { return (image, toSource) }
    return (
      image.cropped(x: left, y: top, width: right - left + 1, height: bottom - top + 1),
      .translation(x: Double(left), y: Double(top)).then(toSource)
    )
  }

  /// Reads the part of the file that a crop shows, with at least one pixel for each pixel of the crop; nil if
  /// it cannot be read.
  private func part(around map: AffineMap, side: Int) -> (ImageBuffer, AffineMap)? {
    guard let back = map.inverse else { return nil }
    let ends = [-0.5, Double(side) - 0.5]
    let corners = ends.flatMap { x in ends.map { y in back(Point(x: x, y: y)) } }
    guard let left = corners.map(\.x).min(), let right = corners.map(\.x).max(),
      let top = corners.map(\.y).min(), let bottom = corners.map(\.y).max(),
      let x = Self.clamped(left, right, size.width), let y = Self.clamped(top, bottom, size.height)
    else { return nil }
    let fitting = Self.boxes.last { Double($0) * map.scale <= 1 } ?? 1
    return part(PixelRegion(x: x.lowerBound, y: y.lowerBound, width: x.count, height: y.count), box: fitting)
  }

  /// The range of pixels from `low` to `high` with a margin for interpolation; nil if it is empty.
  private static func clamped(_ low: Double, _ high: Double, _ count: Int) -> Range<Int>? {
    guard low.isFinite, high.isFinite else { return nil }
    let first = max(0, min(low, Double(count)) - 16)
    let end = min(Double(count), max(high, 0) + 17)
    return first < end ? Int(first)..<Int(end.rounded(.up)) : nil
  }

  private func part(_ region: PixelRegion, box: Int) -> (ImageBuffer, AffineMap)? {
    guard let decoded = try? ImageCodec.decode(file, region: region, box: box) else { return nil }
    return (decoded.image, decoded.toSource)
  }

  /// Source pixels at full size; if they cannot be read, pixels of the copy.
  ///
  /// - Precondition: The region is within the image.
  func native(x: Int, y: Int, width: Int, height: Int) -> ImageBuffer {
    guard box > 1 else { return image.cropped(x: x, y: y, width: width, height: height) }
    guard let (pixels, map) = part(PixelRegion(x: x, y: y, width: width, height: height), box: 1) else {
      return image
    }
    let (left, top) = (x - Int(map.c), y - Int(map.f))
    guard left >= 0, top >= 0, left + width <= pixels.width, top + height <= pixels.height else {
      return pixels
    }
    return pixels.cropped(x: left, y: top, width: width, height: height)
  }

  /// Whether a crop that was cut by `matrix`, source pixels to crop pixels, shows this picture.
  ///
  /// The central quarter of the crop is compared; its mean difference must be below 3 levels of 255, which
  /// resampling can cause.
  ///
  /// - Throws: `VisionError`.
  public func resembles(_ crop: ImageBuffer, cutBy matrix: AffineMap) throws -> Bool {
    let own = try warped(by: matrix, side: crop.width, border: .edge, content: nil).converted(to: crop.format)
    guard own.size == crop.size else { return false }
    let (left, top) = (crop.width / 4, crop.height / 4)
    let middle = PixelSize(width: max(1, crop.width / 2), height: max(1, crop.height / 2))
    let (a, b) = (
      own.cropped(x: left, y: top, width: middle.width, height: middle.height).bytes,
      crop.cropped(x: left, y: top, width: middle.width, height: middle.height).bytes
    )
    let difference = zip(a, b).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
    return Double(difference) / Double(a.count) < 3
  }
}
