import Dataset
public import Imaging
public import Vision

/// What a person painted over one crop's mask: a word a pixel, in crop pixels.
///
/// As a file it is a PNG of the crop's size: transparent where nothing was painted, pure green to keep, pure red to
/// remove, pure blue for soft edges. Any paint program can open the crop, and paint on a layer above it.
public struct BrushLayer: Sendable, Equatable {
  /// A person's word about a pixel.
  public enum Word: UInt8, Sendable, CaseIterable {
    /// Nothing was painted.
    case none
    /// Figure: alpha 1.
    case keep
    /// Background: alpha 0.
    case remove
    /// An edge that lets the background through, such as hair: alpha is estimated from the colours about it.
    case soft

    /// The paint, RGBA.
    public var color: [UInt8] {
      switch self {
      case .none: [0, 0, 0, 0]
      case .keep: [0, 255, 0, 255]
      case .remove: [255, 0, 0, 255]
      case .soft: [0, 0, 255, 255]
      }
    }
  }

  /// Width and height in pixels.
  public let size: PixelSize
  /// A word a pixel, row by row.
  public var words: [Word]

  /// A layer of `size` on which nothing is painted.
  public init(size: PixelSize) {
    self.size = size
    words = [Word](repeating: .none, count: size.area)
  }

  /// Whether nothing is painted.
  public var isEmpty: Bool { words.allSatisfy { $0 == .none } }

  /// The word in column `x` of row `y`.
  public subscript(x: Int, y: Int) -> Word {
    get { words[y * size.width + x] }
    set { words[y * size.width + x] = newValue }
  }

  /// Reads painted pixels.
  ///
  /// Paint that covers less than half counts as none. Brushes with soft edges mix colours where strokes meet: a few such
  /// pixels take the stronger one.
  ///
  /// - Parameters:
  ///   - image: Of any format; without alpha, white and black are unpainted.
  ///   - size: The crop's size, which it must have; nil for any.
  /// - Throws: `MaskError` with `edit-size`, or `edit-colors` where more than a fiftieth of the paint is of no known
  ///   colour.
  public init(_ image: ImageBuffer, for size: PixelSize? = nil) throws(MaskError) {
    if let size, size != image.size {
      throw MaskError(
        "edit-size",
        "the layer has \(image.width)x\(image.height) pixels and the crop \(size.width)x\(size.height); export the "
          + "edits again and paint on those")
    }
    self.init(size: image.size)
    let rgba = image.converted(to: .rgba)
    var (painted, strange): (Int, Int?) = (0, nil)
    var strangers = 0
    for index in words.indices where rgba.bytes[index * 4 + 3] >= 128 {
      let color = rgba.bytes[index * 4..<index * 4 + 3].map(Int.init)
      if image.format != .rgba, color.allSatisfy({ $0 > 250 }) || color.allSatisfy({ $0 < 5 }) { continue }
      painted += 1
      let (word, isPure) = Self.word(of: color)
      words[index] = word
      guard !isPure else { continue }
      strangers += 1
      if strange == nil || word == .none { strange = index }
    }
    if let strange, strangers * 50 > painted {
      let color = rgba.bytes[strange * 4..<strange * 4 + 3].map { String($0) }.joined(separator: ", ")
      throw MaskError(
        "edit-colors",
        "pixel (\(strange % image.width), \(strange / image.width)) of the layer is painted rgb(\(color)); paint pure "
          + "green (0, 255, 0) to keep, red to remove, blue for soft edges, and save the layer alone")
    }
  }

  /// The word whose paint is nearest to a colour, and whether it clearly is that paint.
  private static func word(of color: [Int]) -> (Word, isPure: Bool) {
    let paints = [(Word.remove, 0), (.keep, 1), (.soft, 2)]
    guard let (word, channel) = paints.max(by: { color[$0.1] < color[$1.1] }) else { return (.none, false) }
    let others = (0..<3).filter { $0 != channel }.map { color[$0] }.max() ?? 0
    let isPaint = color[channel] >= 100 && others * 2 <= color[channel]
    return (color[channel] - others >= 24 ? word : .none, isPaint)
  }

  /// The layer as an RGBA image in its pure colours.
  public var image: ImageBuffer {
    ImageBuffer(width: size.width, height: size.height, format: .rgba, bytes: words.flatMap(\.color))
  }

  /// The same strokes on another crop, of `target` pixels, that `map` leads to from this one's.
  ///
  /// Each pixel takes the word of the nearest one; a map that flattens the plane leaves nothing.
  public func carried(by map: AffineMap, to target: PixelSize) -> BrushLayer {
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

  /// `alpha` with a person's word put above it.
  ///
  /// - Parameters:
  ///   - alpha: The mask of the layer's size.
  ///   - image: The crop, RGB.
  /// - Returns: The mask that is kept.
  /// - Throws: `VisionError`.
  public func applied(to alpha: Plane, of image: ImageBuffer) throws -> Plane {
    precondition(alpha.size == size && image.size == size, "a layer belongs to a crop of its size")
    var result = alpha
    for index in words.indices {
      switch words[index] {
      case .keep: result.values[index] = 1
      case .remove: result.values[index] = 0
      case .none, .soft: break
      }
    }
    guard words.contains(.soft) else { return result }
    let soft = try softened(result, of: image)
    for index in words.indices where words[index] == .soft { result.values[index] = soft.values[index] }
    return result
  }

  /// How far each colour is on the way from the background about it to the figure about it.
  private func softened(_ alpha: Plane, of image: ImageBuffer) throws -> Plane {
    func sure(_ wanted: Float) -> [Float] {
      words.indices.map { words[$0] != .soft && alpha.values[$0] == wanted ? 1 : 0 }
    }
    let (figure, ground) = (sure(1), sure(0))
    guard figure.contains(1), ground.contains(1) else { return alpha }
    let (near, behind) = (nearbyColors(image, weights: figure), nearbyColors(image, weights: ground))
    var mixed = alpha
    for index in words.indices where words[index] == .soft {
      var (along, length): (Float, Float) = (0, 0)
      for channel in index * 3..<index * 3 + 3 {
        let way = near[channel] - behind[channel]
        along += (Float(image.bytes[channel]) - behind[channel]) * way
        length += way * way
      }
      // Where both have one colour, nothing but the coarse mask tells.
      if length > 300 { mixed.values[index] = min(max(along / length, 0), 1) }
    }
    let smooth = try mixed.guided(by: image, radius: 2, epsilon: 1e-4)
    return Plane(width: smooth.width, height: smooth.height, values: smooth.values.map { min(max($0, 0), 1) })
  }
}
