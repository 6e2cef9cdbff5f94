import Dataset
import Imaging
import Vision

/// An image from which crops are cut.
///
/// Both the framing's crops and the user's crops are cut here. Black bars are excluded, and the shares of the
/// crop outside the picture, in a bar and under a caption are measured in the same way.
struct CropSource {
  private let picture: SourcePicture
  private let content: Box?
  private let captions: [Box]
  private let hasTransparency: Bool

  /// A source whose bars and captions are known.
  ///
  /// - Parameters:
  ///   - picture: The image after EXIF orientation.
  ///   - content: The picture without its black bars; nil if it has none.
  ///   - captions: Lines of text over the picture.
  init(_ picture: SourcePicture, content: Box?, captions: [Box]) {
    (self.picture, self.content, self.captions) = (picture, content, captions)
    hasTransparency = picture.image.hasTransparency
  }

  /// A source in which bars and captions are detected.
  ///
  /// - Parameters:
  ///   - picture: The image after EXIF orientation.
  ///   - isVideoFrame: Whether it may have bars and captions.
  /// - Throws: `VisionError`.
  init(_ picture: SourcePicture, isVideoFrame: Bool) throws {
    guard isVideoFrame else {
      self.init(picture, content: nil, captions: [])
      return
    }
    let content = BlackBars(of: picture.image)?.content
    let captions = try Captions.find(
      in: content.map { picture.image.cropped(to: $0) } ?? picture.image, at: content)
    self.init(
      picture, content: content.map { $0.mapped(by: picture.toSource) },
      captions: captions.map { $0.mapped(by: picture.toSource) })
  }

  /// Cuts one crop.
  ///
  /// - Parameters:
  ///   - map: Source pixels to crop pixels.
  ///   - side: The crop's side in pixels.
  ///   - border: What fills the crop beyond the picture.
  ///   - face: The face's box in source pixels. Compression and resolution are measured around it.
  /// - Returns: The crop in the image's format, and how it was cut.
  /// - Throws: `VisionError`.
  func cut(
    by map: AffineMap, side: Int, border: CropSettings.Border, face: Box
  ) throws -> (pixels: ImageBuffer, cut: Sample.Cut) {
    let fill = border.fill(hasTransparency: hasTransparency)
    let pixels = try picture.warped(by: map, side: side, border: fill, content: content)
    var cut = Sample.Cut(
      matrix: map, scale: map.scale, outside: map.share(ofSide: side) { !picture.size.contains($0) })
    if let content {
      cut.bars = map.share(ofSide: side) { picture.size.contains($0) && !content.contains($0) }
    }
    if !captions.isEmpty {
      cut.subtitle = map.share(ofSide: side) { place in captions.contains { $0.contains(place) } }
    }
    cut.native = nativeMeasures(around: face.center, side: Double(side) / map.scale)
    return (pixels, cut)
  }

  /// The largest side of the measured part in pixels; a larger part does not measure compression better.
  private static let nativeLimit = 512

  /// Measures traces of compression, interlacing and enlargement in the source's own pixels around a face.
  ///
  /// Rotation and scaling remove these traces from a crop.
  private func nativeMeasures(around center: Point, side: Double) -> Sample.NativeMeasures {
    func span(_ center: Double, _ count: Int) -> (start: Int, length: Int) {
      let length = min(count, Self.nativeLimit, max(64, Int(min(side, 1e6).rounded(.up))))
      let start = Int(min(max(center, 0), Double(count))) - length / 2
      return (min(max(0, start), count - length), length)
    }
    let (x, width) = span(center.x, picture.size.width)
    let (y, height) = span(center.y, picture.size.height)
    let patch = LumaPatch(picture.native(x: x, y: y, width: width, height: height))
    let traces = CompressionTraces(patch)
    func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }
    return Sample.NativeMeasures(
      blocking: rounded(traces.blocking), combing: rounded(traces.combing),
      resolution: RealResolution.measure(patch).map(rounded), noise: NoiseLevel.measure(patch).map(rounded))
  }
}

extension CropSettings.Border {
  /// What fills a crop beyond its picture; a sprite with transparency stays transparent beyond its edge.
  func fill(hasTransparency: Bool) -> Border {
    switch self {
    case .white: .constant(hasTransparency ? [255, 255, 255, 0] : [255, 255, 255, 255])
    case .edge: .edge
    case .reflect: .reflect
    }
  }
}

extension AffineMap {
  /// The share of a square of `side` target pixels whose source positions satisfy `condition`, 0 to 1, sampled at 32 x 32
  /// positions.
  func share(ofSide side: Int, where condition: (Point) -> Bool) -> Double {
    guard let back = inverse else { return 0 }
    let step = Double(side) / 32
    var count = 0
    for row in 0..<32 {
      for column in 0..<32 {
        let place = Point(x: (Double(column) + 0.5) * step - 0.5, y: (Double(row) + 0.5) * step - 0.5)
        if condition(back(place)) { count += 1 }
      }
    }
    return Double(count) / 1024
  }
}

extension ImageBuffer {
  /// Whether any pixel is not opaque.
  var hasTransparency: Bool {
    guard format == .rgba else { return false }
    return stride(from: 3, to: bytes.count, by: 4).contains { bytes[$0] < 255 }
  }

  /// The part of the image in a box of whole pixels.
  func cropped(to box: Box) -> ImageBuffer {
    cropped(x: Int(box.x), y: Int(box.y), width: Int(box.width), height: Int(box.height))
  }
}
