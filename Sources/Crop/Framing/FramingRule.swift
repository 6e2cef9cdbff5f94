import Dataset
import Imaging

/// A framing as numbers: the size and position of the square relative to the face, which reaches from brow
/// line to chin and from cheek to cheek.
struct FramingRule: Equatable {
  /// The minimum side of the square in face heights.
  var heights: Double
  /// The minimum side of the square in face widths.
  var widths: Double
  /// How far the square's center is below the face's center, in face heights.
  var drop = 0.0
  /// An additional distance downwards, in sides of the square.
  var down = 0.0
  /// The zoom and shift of the square after all other rules.
  var move = FramingMatch.Move.none

  /// The rule of `framing`.
  ///
  /// For `matched` it is the rule of `leader`, the other domain's framing.
  init(_ framing: CropSettings.Framing, leader: CropSettings.Framing = .photo2cartoon) {
    switch framing {
    case .photo2cartoon: self.init(up: 0.8, down: 0.3, sides: 0.3)
    case .margins(let up, let down, let sides): self.init(up: up, down: down, sides: sides)
    case .danbooru: self.init(heights: 1.75, widths: 1.75, down: -0.2)
    case .box(let factor): self.init(heights: factor, widths: factor)
    // FFHQ's side is 3.6 times the distance from eyes to mouth or 4 times the distance between the eyes. Here
    // it is in heights and widths of `LandmarkTemplate`.
    case .ffhq: self.init(heights: 1.678, widths: 2, drop: -0.278)
    // The mean face's points, fitted to ArcFace's template by least squares.
    case .arcface: self.init(heights: 1.36, widths: 1.506, drop: -0.284)
    case .fit: self.init(.photo2cartoon)
    case .matched: self.init(leader == .matched ? .photo2cartoon : leader)
    }
  }

  init(heights: Double, widths: Double, drop: Double = 0, down: Double = 0) {
    (self.heights, self.widths, self.drop, self.down) = (heights, widths, drop, down)
  }

  /// Margins around the face in shares of its height and width.
  ///
  /// The square has the longer side of the resulting rectangle.
  private init(up: Double, down: Double, sides: Double) {
    self.init(heights: 1 + up + down, widths: 1 + 2 * sides, drop: (down - up) / 2)
  }

  /// The rule with all margins around the face multiplied by `factor`; with 0 the square reaches from brows
  /// to chin.
  func with(margins factor: Double) -> FramingRule {
    var rule = self
    rule.heights = 1 + factor * (heights - 1)
    rule.widths = 1 + factor * (widths - 1)
    (rule.drop, rule.down) = (factor * drop, factor * down)
    return rule
  }

  /// The rule with the zoom and shift of a match.
  func moved(by match: FramingMatch.Move) -> FramingRule {
    var rule = self
    rule.move = match
    return rule
  }
}
