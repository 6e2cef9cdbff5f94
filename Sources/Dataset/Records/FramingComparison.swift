internal import Foundation

/// The placement of the faces of both domains in their crops, before and after one domain's framing was
/// matched to the other's.
public struct FramingComparison: Sendable, Hashable, Codable {
  /// The placement of a domain's faces in their crops, as 10 % trimmed means.
  public struct Placement: Sendable, Hashable, Codable {
    /// The number of measured faces.
    public var faces: Int
    /// The height of the midpoint between the eyes below the crop's top, in sides of the crop.
    public var eyeLine: Double
    /// The size of the face: the geometric mean of brow-to-chin and cheek-to-cheek, in sides of the crop.
    public var faceShare: Double
    /// The offset of the eyes to the right of the crop's center, in sides of the crop.
    public var aside: Double
    /// The rotation of the eye line in the crop, in degrees, clockwise positive.
    public var roll: Double

    /// A placement from all its fields.
    public init(faces: Int, eyeLine: Double, faceShare: Double, aside: Double, roll: Double) {
      (self.faces, self.eyeLine, self.faceShare) = (faces, eyeLine, faceShare)
      (self.aside, self.roll) = (aside, roll)
    }

    /// The largest of the differences in eye line, face size and horizontal offset to another placement, in
    /// sides of the crop.
    public func distance(to other: Placement) -> Double {
      max(abs(eyeLine - other.eyeLine), abs(faceShare - other.faceShare), abs(aside - other.aside))
    }
  }

  /// The domain whose crops were zoomed and shifted.
  public var moved: Domain
  /// The factor for the side of its crops in source pixels.
  public var zoom: Double
  /// The shift of its crops downwards, in sides.
  public var down: Double
  /// The shift of its crops to the right, in sides.
  public var right: Double
  /// The placement in the other domain.
  public var leader: Placement
  /// The placement in the moved domain with the leader's framing.
  public var before: Placement
  /// The placement in the moved domain after the zoom and shift.
  public var after: Placement

  /// A comparison from all its fields.
  public init(
    moved: Domain, zoom: Double, down: Double, right: Double, leader: Placement, before: Placement,
    after: Placement
  ) {
    (self.moved, self.zoom, self.down, self.right) = (moved, zoom, down, right)
    (self.leader, self.before, self.after) = (leader, before, after)
  }

  /// The comparison as JSON with sorted keys.
  public var json: String {
    let encoder = JSONEncoder.stable
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  /// One sentence for users.
  public var sentence: String {
    func percent(_ share: Double) -> String {
      let tenths = Int((share * 1000).rounded())
      return "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10) %"
    }
    func words(_ placement: Placement) -> String {
      "eyes at \(percent(placement.eyeLine)) and faces of \(percent(placement.faceShare))"
    }
    let other: Domain = moved == .a ? .b : .a
    return
      "framing matched: \(other.rawValue) has \(words(leader)); \(moved.rawValue) had \(words(before)), now has "
      + "\(words(after)); the difference was \(percent(leader.distance(to: before))) of the side, "
      + "now it is \(percent(leader.distance(to: after)))"
  }
}
