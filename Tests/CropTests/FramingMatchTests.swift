import Dataset
import Imaging
import Testing

@testable import Crop

struct FramingMatchTests {
  private func placements(_ count: Int, eyes: Double, share: Double, aside: Double) -> [FramingMatch
    .Placement]
  {
    (0..<count).map { index in
      // The values are spread evenly around their means, in a different order for each measure.
      let (a, b, c) = (index * 7 % count, index * 11 % count, index * 13 % count)
      func away(_ place: Int, _ spread: Double) -> Double {
        spread * (2 * Double(place) / Double(count - 1) - 1)
      }
      return FramingMatch.Placement(
        eyeLine: eyes + away(a, 0.05), faceShare: share * (1 + away(b, 0.1)), aside: aside + away(c, 0.03),
        roll: 0)
    }
  }

  @Test("Matched faces have the same size and position, and the domain with smaller faces is zoomed in")
  func matchedFaces() throws {
    let leaders = placements(101, eyes: 0.48, share: 0.47, aside: 0)
    let followers = placements(53, eyes: 0.61, share: 0.33, aside: -0.06)
    let (move, comparison) = try #require(FramingMatch.solve([.a: leaders, .b: followers]))
    #expect(abs(move.zoom - 0.33 / 0.47) < 0.01)
    #expect(comparison.leader.distance(to: comparison.before) > 0.12)
    #expect(comparison.leader.distance(to: comparison.after) < 0.006)
    let moved = followers.map { $0.moved(by: move) }
    let mean = moved.map(\.eyeLine).reduce(0, +) / 53
    #expect(abs(mean - 0.48) < 0.01)
    #expect(comparison.sentence.contains("14.0 %"))
    let swapped = try #require(FramingMatch.solve([.a: followers, .b: leaders]))
    #expect(swapped.1.moved == .a && swapped.0.zoom == move.zoom)
  }

  @Test("A shift that must stay inside does not leave the original crop")
  func movesInside() throws {
    let leaders = placements(101, eyes: 0.3, share: 0.4, aside: 0)
    let followers = placements(53, eyes: 0.6, share: 0.36, aside: 0)
    let (move, _) = try #require(
      FramingMatch.solve([.a: leaders, .b: followers], staysInside: true))
    #expect(abs(move.down) <= (1 / move.zoom - 1) / 2 + 0.0026)
  }

  @Test("The order of faces does not change the match; outliers and a few more images barely do")
  func stableMatch() throws {
    let leaders = placements(101, eyes: 0.48, share: 0.47, aside: 0)
    let followers = placements(97, eyes: 0.6, share: 0.4, aside: 0.02)
    let (move, comparison) = try #require(FramingMatch.solve([.a: leaders, .b: followers]))
    let again = try #require(FramingMatch.solve([.a: leaders.shuffled(), .b: followers.reversed()]))
    #expect(again.0 == move && again.1 == comparison)
    let strays = (0..<5).map { _ in
      FramingMatch.Placement(eyeLine: 3, faceShare: 9, aside: -4, roll: 170)
    }
    let (strayed, _) = try #require(FramingMatch.solve([.a: leaders, .b: followers + strays]))
    #expect(abs(strayed.down - move.down) < 0.011 && abs(strayed.zoom - move.zoom) < 0.021)
    let more = placements(3, eyes: 0.601, share: 0.401, aside: 0.02)
    #expect(try #require(FramingMatch.solve([.a: leaders, .b: followers + more])).0 == move)
    #expect(FramingMatch.solve([.a: leaders]) == nil)
    #expect(FramingMatch.solve([.a: [], .b: followers]) == nil)
  }

  @Test("A matched crop is the rule's square with a zoom and a shift")
  func movedCrop() {
    let face = DetectedFace.mean(unit: 80, moved: .rotation(degrees: 25))
    let move = FramingMatch.Move(zoom: 1.2, right: 0.05, down: -0.1)
    for align in CropSettings.Alignment.allCases {
      let surveyed = SurveyedFace(
        extent: FaceExtent(of: face, align: align), roll: 25, region: Box(x: 0, y: 0, width: 9, height: 9))
      let plain = FramingMatch.Placement(surveyed, FramingRule(.danbooru))
      let moved = FramingMatch.Placement(surveyed, FramingRule(.danbooru).moved(by: move))
      let expected = plain.moved(by: move)
      #expect(abs(moved.eyeLine - expected.eyeLine) < 1e-9 && abs(moved.aside - expected.aside) < 1e-9)
      #expect(abs(moved.faceShare - expected.faceShare) < 1e-9 && moved.roll == plain.roll)
    }
  }
}
