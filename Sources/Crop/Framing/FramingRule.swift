import Dataset
import Imaging

/// A framing as numbers: how a square lies about a face that reaches from brow line to chin and from cheek to cheek.
struct FramingRule: Equatable {
  /// The square's side holds so many face heights.
  var heights: Double
  /// The square's side holds so many face widths, where that is more.
  var widths: Double
  /// So many face heights lie between the face's middle and the square's, downwards.
  var drop = 0.0
  /// And so many of the square's sides.
  var down = 0.0
  /// How the square is zoomed and moved in the end.
  var move = FramingMatch.Move.none

  /// The rule of `framing`; that of `leader` where it is to match the other domain, whose framing that is.
  init(_ framing: CropSettings.Framing, leader: CropSettings.Framing = .photo2cartoon) {
    switch framing {
    case .photo2cartoon: self.init(up: 0.8, down: 0.3, sides: 0.3)
    case .margins(let up, let down, let sides): self.init(up: up, down: down, sides: sides)
    case .danbooru: self.init(heights: 1.75, widths: 1.75, down: -0.2)
    case .box(let factor): self.init(heights: factor, widths: factor)
    // 3.6 ways from the eyes to the mouth or 4 distances of the eyes, in heights and widths of `LandmarkTemplate`.
    case .ffhq: self.init(heights: 1.678, widths: 2, drop: -0.278)
    // The mean face's points, fitted to the template by least squares.
    case .arcface: self.init(heights: 1.36, widths: 1.506, drop: -0.284)
    case .matched: self.init(leader == .matched ? .photo2cartoon : leader)
    }
  }

  init(heights: Double, widths: Double, drop: Double = 0, down: Double = 0) {
    (self.heights, self.widths, self.drop, self.down) = (heights, widths, drop, down)
  }

  /// Margins around the face in shares of its height and width; the shorter side of what comes out is widened.
  private init(up: Double, down: Double, sides: Double) {
    self.init(heights: 1 + up + down, widths: 1 + 2 * sides, drop: (down - up) / 2)
  }

  /// The rule with a match's zoom and move.
  func moved(by match: FramingMatch.Move) -> FramingRule {
    var rule = self
    rule.move = match
    return rule
  }
}
