public import Imaging

/// What the networks make of one fixed image, in one direction.
public struct SampleColumn: Sendable, Equatable {
  /// The image (`real_A`).
  public var real: ImageBuffer
  /// The image through the generator of its own domain (`fake_A2A`), with that generator's attention.
  public var identity: ImageBuffer
  /// Where the generator of its own domain looks.
  public var identityHeatmap: Heatmap
  /// The translation (`fake_A2B`).
  public var translated: ImageBuffer
  /// Where the translating generator looks.
  public var translatedHeatmap: Heatmap
  /// The translation translated back (`fake_A2B2A`).
  public var cycled: ImageBuffer
  /// Where the generator looks that translates back.
  public var cycledHeatmap: Heatmap

  /// A column from its seven cells.
  public init(
    real: ImageBuffer, identity: ImageBuffer, identityHeatmap: Heatmap, translated: ImageBuffer,
    translatedHeatmap: Heatmap, cycled: ImageBuffer, cycledHeatmap: Heatmap
  ) {
    (self.real, self.identity, self.translated, self.cycled) = (real, identity, translated, cycled)
    self.identityHeatmap = identityHeatmap
    self.translatedHeatmap = translatedHeatmap
    self.cycledHeatmap = cycledHeatmap
  }

  /// The seven cells from top to bottom, as UGATIT-pytorch lays them out.
  func cells(overlay: Double?) -> [ImageBuffer] {
    func attention(_ map: Heatmap, _ image: ImageBuffer) -> ImageBuffer {
      map.picture(size: real.size, over: overlay == nil ? nil : image, opacity: overlay ?? 1)
    }
    return [
      real, attention(identityHeatmap, real), identity, attention(translatedHeatmap, real), translated,
      attention(cycledHeatmap, translated), cycled,
    ]
  }
}

/// The picture by which a person sees how a training goes: a column an image, seven rows, both directions.
///
/// From top to bottom: the image; attention and image of A to A; of A to B; of A to B to A. The second direction stands to the
/// right of the first, behind a gap. Source: UGATIT-pytorch's UGATIT.py, `train`, every `print_freq` steps.
public struct SampleSheet: Sendable {
  /// How much of the attention's colours is seen over the image it belongs to, 0 to 1; nil, as published, for colours alone.
  public var overlay: Double?
  /// Pixels between the directions.
  public var gap: Int

  /// A sheet in the published look, its directions `gap` pixels apart.
  public init(overlay: Double? = nil, gap: Int = 8) {
    precondition(gap >= 0, "directions do not overlap")
    (self.overlay, self.gap) = (overlay, gap)
  }

  /// Lays out the columns of one or both directions.
  ///
  /// - Parameter directions: the columns of A to B, then those of B to A; all cells have one size.
  /// - Returns: an RGB image, or nil where there are no columns.
  public func picture(_ directions: [[SampleColumn]]) -> ImageBuffer? {
    let directions = directions.filter { !$0.isEmpty }
    guard let cell = directions.first?.first?.real.size else { return nil }
    let columns = directions.map(\.count).reduce(0, +)
    var sheet = ImageBuffer(
      width: columns * cell.width + (directions.count - 1) * gap, height: 7 * cell.height, format: .rgb,
      filledWith: [255, 255, 255])
    var x = 0
    for columns in directions {
      for column in columns {
        for (row, image) in column.cells(overlay: overlay).enumerated() {
          precondition(image.size == cell, "all cells have one size")
          sheet.paste(image.composited(on: [255, 255, 255]), x: x, y: row * cell.height)
        }
        x += cell.width
      }
      x += gap
    }
    return sheet
  }
}
