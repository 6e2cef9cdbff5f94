import Dataset
import Imaging
import Testing

@testable import Crop

struct FramingMatchTests {
  private func placements(_ count: Int, eyes: Double, share: Double, aside: Double) -> [FramingMatch
    .Placement]
  {
    (0..<count).map { index in
      // Spread evenly about their means, in an order of its own for each measure.
      let (a, b, c) = (index * 7 % count, index * 11 % count, index * 13 % count)
      func away(_ place: Int, _ spread: Double) -> Double {
        spread * (2 * Double(place) / Double(count - 1) - 1)
      }
      return FramingMatch.Placement(
        eyeLine: eyes + away(a, 0.05), faceShare: share * (1 + away(b, 0.1)), aside: aside + away(c, 0.03),
        roll: 0)
    }
  }

  @Test func matchedFacesSitAlike() throws {
    let leaders = placements(101, eyes: 0.48, share: 0.47, aside: 0)
    let followers = placements(53, eyes: 0.61, share: 0.33, aside: -0.06)
    let (move, comparison) = try #require(FramingMatch.solve(followers, of: .b, to: leaders))
    #expect(abs(move.zoom - 0.33 / 0.47) < 0.01)
    #expect(comparison.leader.distance(to: comparison.before) > 0.12)
    #expect(comparison.leader.distance(to: comparison.after) < 0.006)
    let moved = followers.map { $0.moved(by: move) }
    let mean = moved.map(\.eyeLine).reduce(0, +) / 53
    #expect(abs(mean - 0.48) < 0.01)
    #expect(comparison.sentence.contains("14.0 %"))
  }

  @Test func orderAndSomeStraysDoNotMatterNorDoFewImagesMore() throws {
    let leaders = placements(101, eyes: 0.48, share: 0.47, aside: 0)
    let followers = placements(97, eyes: 0.6, share: 0.4, aside: 0.02)
    let (move, comparison) = try #require(FramingMatch.solve(followers, of: .b, to: leaders))
    let again = try #require(FramingMatch.solve(followers.reversed(), of: .b, to: leaders.shuffled()))
    #expect(again.0 == move && again.1 == comparison)
    let strays = (0..<5).map { _ in
      FramingMatch.Placement(eyeLine: 3, faceShare: 9, aside: -4, roll: 170)
    }
    let (strayed, _) = try #require(FramingMatch.solve(followers + strays, of: .b, to: leaders))
    #expect(abs(strayed.down - move.down) < 0.011 && abs(strayed.zoom - move.zoom) < 0.021)
    let more = placements(3, eyes: 0.601, share: 0.401, aside: 0.02)
    #expect(try #require(FramingMatch.solve(followers + more, of: .b, to: leaders)).0 == move)
    #expect(FramingMatch.solve([], of: .b, to: leaders) == nil)
    #expect(FramingMatch.solve(followers, of: .b, to: []) == nil)
  }

  @Test func aMovedCropIsTheRulesSquareZoomedAndMoved() {
    let face = DetectedFace.mean(unit: 80, moved: .rotation(degrees: 25))
    let move = FramingMatch.Move(zoom: 1.2, right: 0.05, down: -0.1)
    for align in CropSettings.Alignment.allCases {
      let plain = FramingMatch.Placement(face, FramingRule(.danbooru), align: align)
      let moved = FramingMatch.Placement(face, FramingRule(.danbooru).moved(by: move), align: align)
      let expected = plain.moved(by: move)
      #expect(abs(moved.eyeLine - expected.eyeLine) < 1e-9 && abs(moved.aside - expected.aside) < 1e-9)
      #expect(abs(moved.faceShare - expected.faceShare) < 1e-9 && moved.roll == plain.roll)
    }
  }
}
