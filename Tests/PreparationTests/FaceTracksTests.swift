import Dataset
import Foundation
import Imaging
import Testing

@testable import Crop
@testable import Preparation

struct FaceTracksTests {
  private func face(_ x: Double, _ y: Double, side: Double = 80, roll: Double = 0) -> LocatedFace {
    let box = Box(x: x - 20, y: y - 20, width: 40, height: 40)
    return LocatedFace(
      number: 0, face: Sample.Face(detector: "test", score: 1, box: box),
      square: CropSquare(center: Point(x: x, y: y), side: side, roll: roll), extent: box)
  }

  private func frames(
    _ count: Int, scene: (Int) -> Int = { _ in 0 }, _ faces: (Int) -> [LocatedFace]
  ) -> [FaceTracks.Frame] {
    (0..<count).map { FaceTracks.Frame(time: Double($0) / 24, scene: scene($0), faces: faces($0)) }
  }

  @Test("Squares of a face that moves evenly stay on it, also at both ends of its track")
  func evenMovement() {
    let found = frames(48) { [face(100 + 3 * Double($0), 90, side: 80 * pow(1.01, Double($0)))] }
    let tracks = FaceTracks(found)
    #expect(tracks.count == 1)
    for index in found.indices {
      let square = tracks.frames[index][0].square
      #expect(abs(square.center.x - (100 + 3 * Double(index))) < 0.01)
      #expect(abs(square.side / (80 * pow(1.01, Double(index))) - 1) < 0.001)
    }
  }

  @Test("The noise of a detector is smoothed")
  func noise() {
    // A detector's error of 2 pixels in alternating directions.
    let found = frames(48) { [face(100 + ($0 % 2 == 0 ? 2 : -2), 90, side: $0 % 3 == 0 ? 84 : 80)] }
    let squares = FaceTracks(found).frames.map { $0[0].square }
    let steps = zip(squares, squares.dropFirst()).map { abs($0.center.x - $1.center.x) }
    #expect(steps.max() ?? 4 < 0.5, "each step was 4 pixels before")
    let sides = squares.map(\.side)
    #expect((sides.max() ?? 0) - (sides.min() ?? 0) < 1)
  }

  @Test("A short gap is filled, a long one is not, and a face of one frame is dropped")
  func gaps() {
    let missing = Set(10..<14).union(30..<50)
    let found = frames(72) { index in
      (missing.contains(index) ? [] : [face(100 + 2 * Double(index), 90)])
        + (index == 20 ? [face(400, 300)] : [])
    }
    let tracks = FaceTracks(found)
    #expect(tracks.count == 2)
    for index in 10..<14 {
      #expect(tracks.frames[index].count == 1 && !tracks.frames[index][0].isDetected)
      #expect(abs(tracks.frames[index][0].square.center.x - (100 + 2 * Double(index))) < 0.5)
    }
    #expect((30..<50).allSatisfy { tracks.frames[$0].isEmpty })
    #expect(tracks.frames[20].count == 1)
  }

  @Test("Faces that are side by side keep their tracks, and a scene cut ends a track")
  func twoFaces() {
    let found = frames(40, scene: { $0 < 20 ? 0 : 1 }) { index in
      let pair = [face(100, 90), face(190, 90)]
      return index % 2 == 0 ? pair : pair.reversed()
    }
    let tracks = FaceTracks(found)
    #expect(tracks.count == 4)
    for index in found.indices {
      #expect(tracks.frames[index].map { $0.square.center.x.rounded() } == [100, 190])
      #expect(tracks.frames[index].map(\.track) == (index < 20 ? [0, 1] : [2, 3]))
    }
  }

  @Test("Rotations near 180 degrees are not averaged to 0")
  func halfTurn() {
    let found = frames(24) { [face(100, 90, roll: $0 % 2 == 0 ? 179 : -179)] }
    for frame in FaceTracks(found).frames {
      #expect(abs(remainder(frame[0].square.roll - 180, 360)) < 1.5)
    }
  }

  @Test("The main face of each frame is the one that is largest over the whole video")
  func mainFace() {
    let found = frames(30) { index in
      [face(100, 90)] + (index < 12 ? [face(300, 90, side: 90)] : [])
    }
    let main = FaceTracks(found).mainFaces
    #expect(main.allSatisfy { $0?.square.center.x.rounded() == 100 })
  }
}
