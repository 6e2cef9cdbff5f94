public import Imaging

/// The networks' outputs for one fixed image in one direction: one column of a sample sheet.
public struct SampleColumn: Sendable, Equatable {
  /// The image (`real_A`).
  public var real: ImageBuffer
  /// The identity output: the image through the generator of its own domain (`fake_A2A`).
  public var identity: ImageBuffer
  /// The attention of the identity output.
  public var identityHeatmap: Heatmap
  /// The translation (`fake_A2B`).
  public var translated: ImageBuffer
  /// The attention of the translation.
  public var translatedHeatmap: Heatmap
  /// The translation back to the image's domain (`fake_A2B2A`).
  public var cycled: ImageBuffer
  /// The attention of the translation back.
  public var cycledHeatmap: Heatmap

  /// A column with the given seven cells.
  public init(
    real: ImageBuffer, identity: ImageBuffer, identityHeatmap: Heatmap, translated: ImageBuffer,
    translatedHeatmap: Heatmap, cycled: ImageBuffer, cycledHeatmap: Heatmap
  ) {
    (self.real, self.identity, self.translated, self.cycled) = (real, identity, translated, cycled)
    self.identityHeatmap = identityHeatmap
    self.translatedHeatmap = translatedHeatmap
    self.cycledHeatmap = cycledHeatmap
  }

  /// The seven cells from top to bottom, in UGATIT-pytorch's order.
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

/// The layout of a sample sheet: one column for each image, seven rows, both directions.
///
/// The rows are the image, then attention and output of A to A, of A to B, and of A to B to A. The columns of the second
/// direction follow to the right after a gap. Source: UGATIT-pytorch's UGATIT.py, `train`, every `print_freq` steps.
public struct SampleSheet: Sendable {
  /// The opacity of the attention's colors over the image, 0...1; nil for colors alone, as published.
  public var overlay: Double?
  /// The number of pixels between the directions.
  public var gap: Int

  /// A sheet with the published layout and `gap` pixels between the directions.
  public init(overlay: Double? = nil, gap: Int = 8) {
    precondition(gap >= 0, "the gap must not be negative")
    (self.overlay, self.gap) = (overlay, gap)
  }

  /// Lays out the columns of one or both directions.
  ///
  /// - Parameter directions: The columns of A to B, then those of B to A; all cells have the same size.
  /// - Returns: An RGB image; nil if there are no columns.
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
          precondition(image.size == cell, "all cells must have the same size")
          sheet.paste(image.composited(on: [255, 255, 255]), x: x, y: row * cell.height)
        }
        x += cell.width
      }
      x += gap
    }
    return sheet
  }
}
