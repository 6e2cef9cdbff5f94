import Dataset
import Foundation
import Imaging

/// Finds the zoom and shift of one domain's crops that give faces the same size and position as in the other
/// domain.
///
/// The domain with the smaller faces is zoomed in, so no crop reaches further beyond its picture than before.
/// The size is the geometric mean of brow-to-chin and cheek-to-cheek: anime faces are wider than photographed
/// ones, and with the height alone crops would cut through the hair. All means are 10 % trimmed means, so
/// false detections do not count. Zooms are rounded to 0.01 and shifts to 0.005 of the side, so a few more
/// images seldom change the result. It does not depend on the order of the faces.
enum FramingMatch {
  /// A zoom and a shift of crops.
  struct Move: Equatable, Sendable, CustomStringConvertible {
    /// The factor for the square's side.
    var zoom = 1.0
    /// The shift to the right, in sides.
    var right = 0.0
    /// The shift downwards, in sides.
    var down = 0.0

    static let none = Move()
    var description: String { "\(zoom) \(right) \(down)" }
  }

  /// The placement of one face in its crop.
  struct Placement: Equatable, Sendable {
    /// The height of the eyes below the crop's top, as a share of the side.
    var eyeLine: Double
    /// The size of the face, as a share of the side.
    var faceShare: Double
    /// The offset of the eyes to the right of the crop's center, as a share of the side.
    var aside: Double
    /// The rotation of the eye line in the crop, in degrees.
    var roll: Double

    /// The placement of `face` in the crop that `rule` puts around it.
    init(_ face: SurveyedFace, _ rule: FramingRule) {
      let square = CropSquare(rule, around: face.extent)
      let eyes = square.map(toSide: 1)(face.extent.eyes)
      // The center of a crop of one pixel is at 0.
      (eyeLine, aside) = (eyes.y + 0.5, eyes.x)
      faceShare = (face.extent.height * face.extent.width).squareRoot() / square.side
      roll = remainder(face.roll - square.roll, 360)
    }

    init(eyeLine: Double, faceShare: Double, aside: Double, roll: Double) {
      (self.eyeLine, self.faceShare, self.aside, self.roll) = (eyeLine, faceShare, aside, roll)
    }

    /// The placement after the crop is zoomed and shifted.
    func moved(by move: Move) -> Placement {
      Placement(
        eyeLine: 0.5 + (eyeLine - 0.5) / move.zoom - move.down, faceShare: faceShare / move.zoom,
        aside: aside / move.zoom - move.right, roll: roll)
    }
  }

  /// Matches the faces of both domains.
  ///
  /// - Parameters:
  ///   - placements: The placements of the faces with the unchanged framing.
  ///   - staysInside: Whether the new crops must be inside the unchanged ones.
  /// - Returns: The zoom and shift for the crops of the comparison's moved domain; nil if either domain has
  ///   no face.
  static func solve(
    _ placements: [Domain: [Placement]], staysInside: Bool = false
  ) -> (Move, FramingComparison)? {
    guard let a = mean(placements[.a] ?? []), let b = mean(placements[.b] ?? []), a.faceShare > 0,
      b.faceShare > 0
    else { return nil }
    let moved: Domain = a.faceShare < b.faceShare ? .a : .b
    let (before, leader) = moved == .a ? (a, b) : (b, a)
    let own = placements[moved] ?? []
    var move = Move(zoom: max(0.25, rounded(before.faceShare / leader.faceShare, to: 0.01)))
    guard let zoomed = mean(own.map { $0.moved(by: move) }) else { return nil }
    let room = staysInside ? (1 / move.zoom - 1) / 2 : .infinity
    move.down = rounded(min(max(zoomed.eyeLine - leader.eyeLine, -room), room), to: 0.005)
    move.right = rounded(min(max(zoomed.aside - leader.aside, -room), room), to: 0.005)
    guard let after = mean(own.map { $0.moved(by: move) }) else { return nil }
    return (
      move,
      FramingComparison(
        moved: moved, zoom: move.zoom, down: move.down, right: move.right, leader: leader, before: before,
        after: after)
    )
  }

  /// The 10 % trimmed mean of each measure; nil without faces.
  static func mean(_ placements: [Placement]) -> FramingComparison.Placement? {
    guard !placements.isEmpty else { return nil }
    func trimmed(_ values: [Double]) -> Double {
      let kept = values.sorted().dropFirst(values.count / 10).dropLast(values.count / 10)
      return rounded(kept.reduce(0, +) / Double(kept.count), to: 0.0001)
    }
    return FramingComparison.Placement(
      faces: placements.count, eyeLine: trimmed(placements.map(\.eyeLine)),
      faceShare: trimmed(placements.map(\.faceShare)), aside: trimmed(placements.map(\.aside)),
      roll: trimmed(placements.map(\.roll)))
  }

  private static func rounded(_ value: Double, to step: Double) -> Double {
    let steps = (1 / step).rounded()
    return (value * steps).rounded() / steps
  }
}
