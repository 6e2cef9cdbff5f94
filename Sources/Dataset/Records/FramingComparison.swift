internal import Foundation

/// How the faces of both domains sit in their crops, before and after one domain's framing was matched to the other's.
public struct FramingComparison: Sendable, Hashable, Codable {
  /// How a domain's faces sit in their crops: means without the tenth at either end.
  public struct Placement: Sendable, Hashable, Codable {
    /// How many faces were measured.
    public var faces: Int
    /// How far down the middle between the eyes is, in sides of the crop.
    public var eyeLine: Double
    /// How high the face is from brows to chin, in sides of the crop.
    public var faceShare: Double
    /// How far right of the middle the eyes are, in sides of the crop.
    public var aside: Double
    /// How far faces are still turned in the crop, in degrees, clockwise positive.
    public var roll: Double

    /// A seat from all its fields.
    public init(faces: Int, eyeLine: Double, faceShare: Double, aside: Double, roll: Double) {
      (self.faces, self.eyeLine, self.faceShare) = (faces, eyeLine, faceShare)
      (self.aside, self.roll) = (aside, roll)
    }

    /// The largest difference to another seat in sides of the crop: of the eye line, of the face's height, or sideways.
    public func distance(to other: Placement) -> Double {
      max(abs(eyeLine - other.eyeLine), abs(faceShare - other.faceShare), abs(aside - other.aside))
    }
  }

  /// The domain whose crops were zoomed and moved.
  public var moved: Domain
  /// What the side of its crops was multiplied with.
  public var zoom: Double
  /// How far down its crops were moved, in sides.
  public var down: Double
  /// How far to the right its crops were moved, in sides.
  public var right: Double
  /// The other domain.
  public var leader: Placement
  /// The moved domain as the leader's framing has it.
  public var before: Placement
  /// The moved domain as it is cropped.
  public var after: Placement

  /// A comparison from all its fields.
  public init(
    moved: Domain, zoom: Double, down: Double, right: Double, leader: Placement, before: Placement,
    after: Placement
  ) {
    (self.moved, self.zoom, self.down, self.right) = (moved, zoom, down, right)
    (self.leader, self.before, self.after) = (leader, before, after)
  }

  /// It as JSON with its keys in order: equal for equal comparisons.
  public var json: String {
    let encoder = JSONEncoder.stable
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  /// One sentence for a person.
  public var sentence: String {
    func percent(_ share: Double) -> String {
      let tenths = Int((share * 1000).rounded())
      return "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10) %"
    }
    func words(_ seat: Placement) -> String {
      "eyes at \(percent(seat.eyeLine)) and faces \(percent(seat.faceShare)) high"
    }
    let other: Domain = moved == .a ? .b : .a
    return
      "framing matched: \(other.rawValue) has \(words(leader)); \(moved.rawValue) had \(words(before)), now has "
      + "\(words(after)): \(percent(leader.distance(to: before))) of the side apart before, "
      + "\(percent(leader.distance(to: after))) now"
  }
}
