import CurationFixture
import Dataset
import Imaging
import Ledger
import TestSupport
import Testing

@testable import Curate

@Suite struct CharacterTests {
  private static let face = Sample.Face(
    detector: "given", score: 1, box: Box(x: 16, y: 20, width: 32, height: 36))

  /// A head on a transparent background: hair, skin, two eyes, and a mouth whose place and size depend on `expression`.
  private func head(hair: [UInt8], skin: [UInt8] = [250, 220, 200], expression: Int) -> ImageBuffer {
    var image = ImageBuffer(width: 64, height: 64, format: .rgba, filledWith: [0, 0, 0, 0])
    func paint(_ x: Int, _ y: Int, _ width: Int, _ height: Int, _ color: [UInt8]) {
      image.paste(
        ImageBuffer(width: width, height: height, format: .rgba, filledWith: color + [255]), x: x, y: y)
    }
    paint(8, 6, 48, 50, hair)
    paint(18, 26, 28, 32, skin)
    paint(22, 34, 6, 4, [40, 60, 160])
    paint(36, 34, 6, 4, [40, 60, 160])
    paint(
      28 + expression % 3, 46 + expression % 2 * 2, 3 + expression % 5, 2 + expression % 4, [160, 40, 40])
    return image
  }

  @Test("Another expression changes the features little, another color of the hair changes them much")
  func features() {
    func vector(_ hair: [UInt8], _ expression: Int) -> [Float] {
      CharacterFeatures(head(hair: hair, expression: expression), face: Self.face, matrix: .identity).vector
    }
    let first = vector([240, 210, 80], 0)
    #expect(abs(IdentityClusters.cosine(first, first) - 1) < 1e-4)
    #expect(IdentityClusters.cosine(first, vector([240, 210, 80], 7)) > 0.99)
    #expect(IdentityClusters.cosine(first, vector([90, 60, 40], 0)) < 0.8)
    #expect(IdentityClusters.cosine(first, vector([200, 60, 60], 0)) < 0.8)
  }

  @Test("An empty or tiny cutout has finite features")
  func unusual() {
    for side in [1, 64] {
      let empty = ImageBuffer(width: side, height: side, format: .rgba, filledWith: [0, 0, 0, 0])
      for box in [Self.face.box, Box(x: 0, y: 0, width: 0, height: 0)] {
        let face = Sample.Face(detector: "given", score: 1, box: box)
        let vector = CharacterFeatures(empty, face: face, matrix: .identity).vector
        #expect(vector.allSatisfy(\.isFinite) && vector.count > 100)
      }
    }
  }

  @Test(
    "A cluster is named by its smallest sample ID, by a name of the user, or not at all if it has one sample")
  func names() {
    let ids = ["3f2ac0d1e5b79a04", "c111111122222222", "0000000022222222", "9999999922222222"]
    let clusters: [Int?] = [0, 0, 2, nil]
    func names(_ given: [String: String], _ rejected: [String] = []) -> CharacterNames {
      CharacterNames(ids, clusters: clusters, given: given, rejected: rejected)
    }
    #expect(names([:]).names == ["c3f2ac0d", "c3f2ac0d", nil, nil])
    // The name of a cluster means its sample, whose cluster may have another name later.
    #expect(names(["cc111111": "Rei", "0000000022222222": "Rei"]).names == ["Rei", "Rei", "Rei", nil])
    #expect(names(["c3f2ac0d": "Rei"], ["Rei"]).isRejected == [true, true, false, false])
    #expect(names([:], ["c3f2ac0d"]).isRejected == [true, true, false, false])
    #expect(names([:], ["9999999922222222"]).isRejected == [false, false, false, true])
    #expect(names(["abcdef01": "Rei"], ["Asuka", ""]).unknown == ["abcdef01", "Asuka", ""])
    let twice = names(["c3f2ac0d": "Rei", "cc111111": "Asuka"])
    #expect(twice.names.prefix(2) == ["Rei", "Rei"] && twice.conflicts.count == 1)
    #expect(names(["c3f2ac0d": "Rei", "cc111111": "Rei"]).conflicts.isEmpty)
  }

  @Test("A rejected character is left out, except samples that a user accepted")
  func reject() async throws {
    let fixture = try Fixture()
    for number in 0..<6 {
      try fixture.write(head(hair: [240, 210, 80], expression: number), "blond \(number).png")
      try fixture.write(head(hair: [60, 70, 160], expression: number), "blue \(number).png")
    }
    var settings = fixture.settings([.b], test: 0)
    settings.curate.keepIf = []
    settings.curate.duplicateConfirm = 1
    try await fixture.curate(settings, [.b: [fixture.folder.appending("in")]])
    func characters(_ samples: [Sample]) -> [String: Set<String?>] {
      Dictionary(grouping: samples) { String($0.source.path.prefix { $0 != " " }) }
        .mapValues { Set($0.map(\.character)) }
    }
    let all = try fixture.kept + fixture.rejected
    let found = characters(all)
    #expect(found.count == 2 && found.values.allSatisfy { $0.count == 1 && !$0.contains(nil) })
    #expect(found["blond"] != found["blue"])

    let blond = try #require(found["blond"]?.first ?? nil)
    let accepted = try #require(try fixture.kept.first { $0.character == blond }?.id)
    try fixture.ledger.record(DecisionRow(id: accepted, author: .person, keep: true))
    settings.curate.characterNames = [blond: "Rei"]
    settings.curate.rejectedCharacters = ["Rei"]
    try await fixture.curate(settings)
    #expect(try fixture.kept.filter { $0.character == "Rei" }.map(\.id) == [accepted])
    let left = try fixture.rejected.filter { $0.decision.why == "rejected-character" }
    #expect(left.count == 5 && left.allSatisfy { $0.character == "Rei" })
    #expect(try fixture.kept.contains { $0.source.path.hasPrefix("blue") })

    // The sample that the group is called after may be rejected itself.
    settings.curate.rejectedCharacters = [blond]
    settings.curate.characterNames = [:]
    let called = try #require(all.first { "c\($0.id.prefix(7))" == blond }?.id)
    try fixture.ledger.record([], withdrawingPersonDecisionsAbout: [accepted])
    try fixture.ledger.record(DecisionRow(id: called, author: .person, keep: false, reason: .blurred))
    try await fixture.curate(settings)
    let rest = try fixture.rejected.filter { $0.decision.why == .rejectedCharacter }
    #expect(rest.count == 5 && rest.allSatisfy { $0.character == blond && $0.id != called })
    #expect(try fixture.rejected.first { $0.id == called }?.decision.by == .person)
    try fixture.ledger.record([], withdrawingPersonDecisionsAbout: [called])

    settings.curate.rejectedCharacters = ["nobody"]
    let summary = try await fixture.curate(settings)
    #expect(summary.notes.contains { $0.contains("nobody") })
    settings.curate.characterLikeness = nil
    settings.curate.rejectedCharacters = []
    settings.curate.characterNames = [:]
    try await fixture.curate(settings)
    #expect(try fixture.kept.allSatisfy { $0.character == nil })
  }
}
