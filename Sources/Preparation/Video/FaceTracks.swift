package import Crop
import Foundation
import Imaging

/// The faces of a video's frames, followed over time, with smoothed squares.
///
/// A face of a frame continues the track whose last square overlaps it most. Short gaps, in which the detector missed the face, are
/// filled. Tracks end at scene cuts. Squares are smoothed by a local linear fit over time, which does not lag behind a moving face.
package struct FaceTracks: Sendable {
  /// What was found in one frame.
  package struct Frame: Sendable {
    /// Seconds from the video's start.
    package var time: Double
    /// The number of scene cuts before the frame.
    package var scene: Int
    /// The faces with squares.
    package var faces: [LocatedFace]

    /// A frame from all its fields.
    package init(time: Double, scene: Int, faces: [LocatedFace]) {
      (self.time, self.scene, self.faces) = (time, scene, faces)
    }
  }

  /// A face of one frame.
  package struct Face: Sendable {
    /// The number of the face's track.
    package var track: Int
    /// The smoothed square.
    package var square: CropSquare
    /// The face as it was detected in this frame, or in the nearest frame of the track.
    package var located: LocatedFace
    /// Whether `located` is of this frame.
    package var isDetected: Bool
  }

  /// The longest gap in a track that is filled, in seconds.
  private static let longestGap = 0.5
  /// The smallest overlap (intersection over union) of two successive squares of one face.
  private static let smallestOverlap = 0.3
  /// The shortest track in frames.
  ///
  /// Shorter ones are usually no faces. Scenes of fewer than 10 frames keep all.
  private static let shortestTrack = 3

  /// The faces of each frame, from left to right.
  package let frames: [[Face]]
  /// The number of tracks.
  package let count: Int

  /// Follows the faces of `found`, the frames of a video in order.
  package init(_ found: [Frame]) {
    var (done, open): ([Track], [Track]) = ([], [])
    for (index, frame) in found.enumerated() {
      let isOver = { (track: Track) in
        track.scene != frame.scene || frame.time - track.last.time > Self.longestGap
      }
      done += open.filter(isOver)
      open.removeAll(where: isOver)
      Self.continueTracks(&open, with: frame, index)
    }
    done += open
    let lengths = Dictionary(found.map { ($0.scene, 1) }, uniquingKeysWith: +)
    let kept = done.filter { $0.sightings.count >= Self.shortestTrack || lengths[$0.scene] ?? 0 < 10 }
      .sorted { ($0.first.frame, $0.first.square.center.x) < ($1.first.frame, $1.first.square.center.x) }
    var frames = [[Face]](repeating: [], count: found.count)
    for (number, track) in kept.enumerated() {
      for index in track.first.frame...track.last.frame {
        frames[index].append(track.face(number, frame: index, time: found[index].time))
      }
    }
    self.frames = frames.map { $0.sorted { $0.square.center.x < $1.square.center.x } }
    count = kept.count
  }

  /// Adds the faces of a frame to the tracks that they overlap most; the others start tracks.
  private static func continueTracks(_ tracks: inout [Track], with frame: Frame, _ index: Int) {
    let sightings = frame.faces.compactMap { face in
      face.square.map { Track.Sighting(frame: index, time: frame.time, square: $0, face: face) }
    }
    let pairs = tracks.indices.flatMap { track in
      sightings.indices.map { sighting in
        (track, sighting, overlap(tracks[track].last.square, sightings[sighting].square))
      }
    }.filter { $0.2 >= smallestOverlap }.sorted { $0.2 > $1.2 }
    var (usedTracks, usedSightings): (Set<Int>, Set<Int>) = ([], [])
    for (track, sighting, _) in pairs where !usedTracks.contains(track) && !usedSightings.contains(sighting) {
      usedTracks.insert(track)
      usedSightings.insert(sighting)
      tracks[track].sightings.append(sightings[sighting])
    }
    for index in sightings.indices where !usedSightings.contains(index) {
      tracks.append(Track(scene: frame.scene, first: sightings[index]))
    }
  }

  /// The intersection over union of two squares, without their rotation.
  private static func overlap(_ a: CropSquare, _ b: CropSquare) -> Double {
    func shared(_ a: Double, _ aSide: Double, _ b: Double, _ bSide: Double) -> Double {
      max(0, min(a + aSide / 2, b + bSide / 2) - max(a - aSide / 2, b - bSide / 2))
    }
    let common =
      shared(a.center.x, a.side, b.center.x, b.side) * shared(a.center.y, a.side, b.center.y, b.side)
    return common / max(1e-9, a.side * a.side + b.side * b.side - common)
  }
}

/// One face in successive frames of a scene.
private struct Track {
  /// The face in one frame.
  struct Sighting {
    var frame: Int
    var time: Double
    var square: CropSquare
    var face: LocatedFace
  }

  let scene: Int
  let first: Sighting
  var sightings: [Sighting]
  var last: Sighting { sightings.last ?? first }

  init(scene: Int, first: Sighting) {
    (self.scene, self.first, sightings) = (scene, first, [first])
  }

  /// The standard deviations of the smoothing over time, in seconds: of the centre, and of the side and the rotation, which change
  /// more slowly.
  private static let (centerWidth, shapeWidth) = (0.08, 0.2)

  /// The smoothed face in a frame between the first and the last sighting.
  func face(_ number: Int, frame: Int, time: Double) -> FaceTracks.Face {
    let near = sightings(near: time)
    func smooth(_ width: Double, _ value: (CropSquare) -> Double) -> Double {
      LocalFit(near.map { ($0.time - time, value($0.square)) }, width: width).value
    }
    // Rotations are compared with the nearest one, so that 179 and -179 degrees are 2 degrees apart.
    let nearest = near.min { abs($0.time - time) < abs($1.time - time) } ?? first
    let roll = nearest.square.roll
    let square = CropSquare(
      center: Point(
        x: smooth(Self.centerWidth) { $0.center.x }, y: smooth(Self.centerWidth) { $0.center.y }),
      side: exp(smooth(Self.shapeWidth) { log($0.side) }),
      roll: roll + smooth(Self.shapeWidth) { remainder($0.roll - roll, 360) })
    return FaceTracks.Face(
      track: number, square: square, located: nearest.face, isDetected: nearest.frame == frame)
  }

  /// The sightings that the smoothing at `time` uses: those within 0.6 seconds, and at least one on each side.
  private func sightings(near time: Double) -> ArraySlice<Sighting> {
    let reach = 3 * Self.shapeWidth
    // Sightings are in order of time.
    var low = partition { $0.time >= time - reach }
    var high = partition { $0.time > time + reach }
    low = min(low, max(0, partition { $0.time >= time } - 1))
    high = max(high, min(sightings.count, partition { $0.time > time } + 1))
    return sightings[low..<max(high, min(low + 1, sightings.count))]
  }

  /// The index of the first sighting for which `condition` is true, which is true for all later ones too.
  private func partition(_ condition: (Sighting) -> Bool) -> Int {
    var (low, high) = (0, sightings.count)
    while low < high {
      let middle = (low + high) / 2
      if condition(sightings[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

/// A line through values over time, weighted by a Gaussian about time 0; its value there.
///
/// A mean would lag behind at the ends of a track and between unequal distances; a line does not.
struct LocalFit {
  /// The fitted value at time 0; 0 without values.
  let value: Double

  /// A fit of `samples`, pairs of time and value, with the standard deviation `width` of the weights.
  init(_ samples: [(time: Double, value: Double)], width: Double) {
    let nearest = samples.map { abs($0.time) }.min() ?? 0
    // Weights are relative to the nearest sample, so that in a gap they do not all vanish.
    let weights = samples.map { sample in
      exp((nearest * nearest - sample.time * sample.time) / (2 * width * width))
    }
    let total = weights.reduce(0, +)
    guard total > 0 else {
      value = samples.first?.value ?? 0
      return
    }
    func mean(_ number: (Int) -> Double) -> Double {
      weights.indices.reduce(0) { $0 + weights[$1] * number($1) } / total
    }
    let (time, level) = (mean { samples[$0].time }, mean { samples[$0].value })
    let variance = mean { (samples[$0].time - time) * (samples[$0].time - time) }
    let covariance = mean { (samples[$0].time - time) * (samples[$0].value - level) }
    value = level - (variance > 1e-12 ? covariance / variance * time : 0)
  }
}

extension FaceTracks {
  /// The face of each frame that is largest over the whole video; nil in frames without a face.
  var mainFaces: [Face?] {
    var sizes: [Int: Double] = [:]
    for face in frames.joined() { sizes[face.track, default: 0] += face.square.side }
    return frames.map { $0.max { (sizes[$0.track] ?? 0, $0.track) < (sizes[$1.track] ?? 0, $1.track) } }
  }
}
