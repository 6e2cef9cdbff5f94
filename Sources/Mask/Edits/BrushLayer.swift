import Dataset
public import Imaging
public import Vision

/// The strokes that a user painted over a crop's mask: one label for each pixel of the crop.
///
/// The file is a PNG of the crop's size: transparent where nothing was painted, pure green for foreground, pure red
/// for background, pure blue for soft edges. Any paint program can open the crop and paint on a layer above it.
public struct BrushLayer: Sendable, Equatable {
  /// The label of a pixel.
  public enum Label: UInt8, Sendable, CaseIterable {
    /// Nothing was painted.
    case none
    /// Foreground: alpha 1.
    case foreground
    /// Background: alpha 0.
    case background
    /// A half-transparent edge, such as hair: alpha is estimated from the colors around it.
    case soft

    /// The paint, RGBA.
    public var color: [UInt8] {
      switch self {
      case .none: [0, 0, 0, 0]
      case .foreground: [0, 255, 0, 255]
      case .background: [255, 0, 0, 255]
      case .soft: [0, 0, 255, 255]
      }
    }
  }

  /// Width and height in pixels.
  public let size: PixelSize
  /// The labels, row by row.
  public var labels: [Label]

  /// An empty layer of `size`.
  public init(size: PixelSize) {
    self.size = size
    labels = [Label](repeating: .none, count: size.area)
  }

  /// Whether nothing is painted.
  public var isEmpty: Bool { labels.allSatisfy { $0 == .none } }

  /// The label in column `x` of row `y`.
  public subscript(x: Int, y: Int) -> Label {
    get { labels[y * size.width + x] }
    set { labels[y * size.width + x] = newValue }
  }

  /// Reads painted pixels.
  ///
  /// Paint that covers less than half of a pixel is ignored. Brushes with soft edges mix colors where strokes meet;
  /// such a pixel takes the stronger color.
  ///
  /// - Parameters:
  ///   - image: Of any format; without alpha, white and black are unpainted.
  ///   - size: The crop's size, which the layer must have; nil for any.
  /// - Throws: `MaskError` with `edit-size`, or `edit-colors` if more than a fiftieth of the painted pixels have an unknown
  ///   color.
  public init(_ image: ImageBuffer, for size: PixelSize? = nil) throws(MaskError) {
    if let size, size != image.size {
      throw MaskError(
        "edit-size",
        "the layer has \(image.width)x\(image.height) pixels and the crop \(size.width)x\(size.height); export the "
          + "edits again and paint on those")
    }
    self.init(size: image.size)
    let rgba = image.converted(to: .rgba)
    var (painted, unknown): (Int, Int?) = (0, nil)
    var unknownCount = 0
    for index in labels.indices where rgba.bytes[index * 4 + 3] >= 128 {
      let color = rgba.bytes[index * 4..<index * 4 + 3].map(Int.init)
      if image.format != .rgba, color.allSatisfy({ $0 > 250 }) || color.allSatisfy({ $0 < 5 }) { continue }
      painted += 1
      let (label, isPure) = Self.label(of: color)
      labels[index] = label
      guard !isPure else { continue }
      unknownCount += 1
      if unknown == nil || label == .none { unknown = index }
    }
    if let unknown, unknownCount * 50 > painted {
      let color = rgba.bytes[unknown * 4..<unknown * 4 + 3].map { String($0) }.joined(separator: ", ")
      throw MaskError(
        "edit-colors",
        "pixel (\(unknown % image.width), \(unknown / image.width)) of the layer has the color rgb(\(color)); paint "
          + "pure green (0, 255, 0) for foreground, red for background, blue for soft edges, and save the layer alone"
      )
    }
  }

  /// The label whose paint is nearest to a color, and whether the color clearly is that paint.
  private static func label(of color: [Int]) -> (Label, isPure: Bool) {
    let paints = [(Label.background, 0), (.foreground, 1), (.soft, 2)]
    guard let (label, channel) = paints.max(by: { color[$0.1] < color[$1.1] }) else { return (.none, false) }
    let others = (0..<3).filter { $0 != channel }.map { color[$0] }.max() ?? 0
    let isPaint = color[channel] >= 100 && others * 2 <= color[channel]
    return (color[channel] - others >= 24 ? label : .none, isPaint)
  }

  /// The layer as an RGBA image in its pure colors.
  public var image: ImageBuffer {
    ImageBuffer(width: size.width, height: size.height, format: .rgba, bytes: labels.flatMap(\.color))
  }

  /// The same strokes in the pixels of another crop of size `target`, by nearest neighbour.
  ///
  /// - Parameters:
  ///   - map: The map from this crop's pixels to the other's; without an inverse, the result is empty.
  ///   - target: The other crop's size.
  /// - Returns: A layer of size `target`.
  public func transformed(by map: AffineMap, to target: PixelSize) -> BrushLayer {
    var layer = BrushLayer(size: target)
    guard let back = map.inverse else { return layer }
    for y in 0..<target.height {
      for x in 0..<target.width {
        let from = back(Point(x: Double(x), y: Double(y)))
        guard from.x > -0.5, from.y > -0.5, from.x < Double(size.width) - 0.5,
          from.y < Double(size.height) - 0.5
        else { continue }
        layer[x, y] = self[Int(from.x.rounded()), Int(from.y.rounded())]
      }
    }
    return layer
  }

  /// `alpha` with the painted labels applied.
  ///
  /// - Parameters:
  ///   - alpha: A mask of the layer's size.
  ///   - image: The crop, RGB.
  /// - Returns: The corrected mask.
  /// - Throws: `VisionError`.
  public func applied(to alpha: Plane, of image: ImageBuffer) throws -> Plane {
    precondition(
      alpha.size == size && image.size == size, "the layer, the mask and the crop must have one size")
    var result = alpha
    for index in labels.indices {
      switch labels[index] {
      case .foreground: result.values[index] = 1
      case .background: result.values[index] = 0
      case .none, .soft: break
      }
    }
    guard labels.contains(.soft) else { return result }
    let soft = try softAlpha(result, of: image)
    for index in labels.indices where labels[index] == .soft { result.values[index] = soft.values[index] }
    return result
  }

  /// The alpha of each soft pixel by its color's position between the background and the foreground around it.
  private func softAlpha(_ alpha: Plane, of image: ImageBuffer) throws -> Plane {
    func certain(_ wanted: Float) -> [Float] {
      labels.indices.map { labels[$0] != .soft && alpha.values[$0] == wanted ? 1 : 0 }
    }
    let (inside, outside) = (certain(1), certain(0))
    guard inside.contains(1), outside.contains(1) else { return alpha }
    let foreground = neighbourhoodColors(image, weights: inside)
    let background = neighbourhoodColors(image, weights: outside)
    var mixed = alpha
    for index in labels.indices where labels[index] == .soft {
      var (projection, length): (Float, Float) = (0, 0)
      for channel in 0..<3 {
        let difference = foreground[index][channel] - background[index][channel]
        projection += (Float(image.bytes[index * 3 + channel]) - background[index][channel]) * difference
        length += difference * difference
      }
      // If foreground and background have the same color, the coarse mask decides.
      if length > 300 { mixed.values[index] = min(max(projection / length, 0), 1) }
    }
    let smooth = try mixed.guided(by: image, radius: 2, epsilon: 1e-4)
    return Plane(width: smooth.width, height: smooth.height, values: smooth.values.map { min(max($0, 0), 1) })
  }
}
