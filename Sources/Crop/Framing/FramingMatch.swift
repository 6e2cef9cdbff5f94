import Dataset
import Foundation
import Imaging

/// Finds the zoom and the move with which one domain's faces sit in their crops as the other's do.
///
/// All that is compared is linear in zoom and move, so the answer is exact: the faces' mean height gives the zoom, their mean
/// places the move. A tenth of the faces is left aside at either end of each measure, for what a detector mistook. The answer
/// is rounded to steps of a hundredth (zoom) and of half a hundredth of the side (moves): it depends on the faces alone, not on
/// their order, and a few images more seldom move it, so that crops that are there stay as they are.
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

    /// How `face` sits in the crop that `rule` puts around it.
    init(_ face: DetectedFace, _ rule: FramingRule, align: CropSettings.Alignment) {
      let extent = FaceExtent(of: face, align: align)
      let frame = CropSquare(rule, around: extent)
      let eyes = frame.map(toSide: 1)(extent.eyes)
      // The middle of a crop of one pixel is its only pixel's centre.
      (eyeLine, aside) = (eyes.y + 0.5, eyes.x)
      faceShare = extent.height / frame.side
      roll = face.eyeRoll.map { remainder($0 - frame.roll, 360) } ?? 0
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

  /// Matches `followers`, who are framed as the leader's faces are so far, to `leaders`.
  ///
  /// - Returns: What is to be done to the followers' crops, and how they then compare; nil where either domain has no face.
  static func solve(_ followers: [Placement], of moved: Domain, to leaders: [Placement]) -> (
    Move, FramingComparison
  )? {
    guard let goal = mean(leaders), let before = mean(followers), goal.faceShare > 0 else { return nil }
    var move = Move(zoom: max(0.25, rounded(before.faceShare / goal.faceShare, to: 0.01)))
    guard let zoomed = mean(followers.map { $0.moved(by: move) }) else { return nil }
    move.down = rounded(zoomed.eyeLine - goal.eyeLine, to: 0.005)
    move.right = rounded(zoomed.aside - goal.aside, to: 0.005)
    guard let after = mean(followers.map { $0.moved(by: move) }) else { return nil }
    return (
      move,
      FramingComparison(
        moved: moved, zoom: move.zoom, down: move.down, right: move.right, leader: goal, before: before,
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
