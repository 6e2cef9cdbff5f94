import Dataset
import Foundation
import Imaging

/// Finds the zoom and the move with which the crops of one domain show faces as large, and at the same place, as the other's.
///
/// The domain with the smaller faces is zoomed in, so that no crop has to reach further beyond its picture than before. Sizes are compared by the geometric mean of brow-to-chin and cheek-to-cheek: drawn faces
/// are wider than photographed ones, and by the height alone they would be cut through the hair. Means leave out a tenth of the
/// faces at either end, for what a detector mistook. Zooms are rounded to hundredths and moves to half a hundredth of the side:
/// the answer does not depend on the order of the faces, and a few more images seldom change it.
enum FramingMatch {
  /// A zoom and a move of crops.
  struct Move: Equatable, Sendable, CustomStringConvertible {
    /// What the side is multiplied with.
    var zoom = 1.0
    /// To the right, in sides.
    var right = 0.0
    /// Downwards, in sides.
    var down = 0.0

    static let none = Move()
    var description: String { "\(zoom) \(right) \(down)" }
  }

  /// How one face sits in its crop.
  struct Placement: Equatable, Sendable {
    var eyeLine: Double
    var faceShare: Double
    var aside: Double
    var roll: Double

    /// How `face` is placed in the crop that `rule` puts around it.
    init(_ face: SurveyedFace, _ rule: FramingRule) {
      let square = CropSquare(rule, around: face.extent)
      let eyes = square.map(toSide: 1)(face.extent.eyes)
      // The middle of a crop of one pixel is its only pixel's centre.
      (eyeLine, aside) = (eyes.y + 0.5, eyes.x)
      faceShare = (face.extent.height * face.extent.width).squareRoot() / square.side
      roll = remainder(face.roll - square.roll, 360)
    }

    init(eyeLine: Double, faceShare: Double, aside: Double, roll: Double) {
      (self.eyeLine, self.faceShare, self.aside, self.roll) = (eyeLine, faceShare, aside, roll)
    }

    /// How it sits once its crop is moved.
    func moved(by move: Move) -> Placement {
      Placement(
        eyeLine: 0.5 + (eyeLine - 0.5) / move.zoom - move.down, faceShare: faceShare / move.zoom,
        aside: aside / move.zoom - move.right, roll: roll)
    }
  }

  /// Matches the faces of both domains.
  ///
  /// - Parameters:
  ///   - placements: How the faces are placed so far.
  ///   - staysInside: Whether crops are moved only within the crops that they were.
  /// - Returns: How the crops of the comparison's moved domain change; nil if either domain has no face.
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

  /// The means of each measure without a tenth of the faces at either end.
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
