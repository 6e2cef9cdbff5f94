import Dataset
import Foundation
import Imaging
import Ledger
import Synchronization
import TestSupport
import Testing

@testable import Review

/// The map of the samples, saved views, and learning from corrected masks, as the server answers.
@Suite struct MapTests {
  @Test("The coordinates follow the directions of largest variance and do not depend on the order")
  func components() {
    // A long and a short direction in three dimensions: (1, 1, 0) with ten times the spread of (0, 0, 1).
    let images = (0..<20).map { number -> [UInt8] in
      let (long, short) = (UInt8(10 * number), UInt8(10 * (number % 2)))
      return [30 + long, 20 + long, 100 + short]
    }
    let components = PrincipalComponents(of: images)
    let places = images.map(components.coordinates)
    let first = places.map { $0[0] }
    #expect(zip(first, first.dropFirst()).allSatisfy { $0 < $1 })
    #expect(abs(first.reduce(0) { $0 + $1 * $1 } / 20 - 1) < 1e-3)
    for (number, place) in places.enumerated() where number > 1 {
      #expect(abs(place[1] - places[number - 2][1]) < 0.02)
    }
    let reversed = PrincipalComponents(of: images.reversed())
    for (image, place) in zip(images, places) {
      #expect(zip(reversed.coordinates(of: image), place).allSatisfy { abs($0 - $1) < 1e-3 })
    }
    #expect(components.coordinates(of: [1, 2]) == [0, 0])
    #expect(PrincipalComponents(of: [[1, 2], [1, 2]]).coordinates(of: [3, 4]) == [0, 0])
    #expect(PrincipalComponents(of: []).coordinates(of: []) == [0, 0])
  }

  @Test(
    "Samples with equal images are at the same place, others are not, and each sample with a crop is on the map"
  )
  func places() async throws {
    let fixture = try Fixture()
    let ids = try ["a.jpg", "b.jpg", "c.jpg"].map { try fixture.add($0) }
    let blue = ImageBuffer(width: 256, height: 256, format: .rgb, filledWith: [10, 40, 250])
    try Data(try blue.png()).write(to: fixture.output.cutout(ids[2]))
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger) { visitor in
      let cookie = try await visitor.cookie()
      #expect(try await visitor.ask("/api/map").status == 403)
      var map = try await visitor.ask("/api/map", headers: ["Cookie": cookie]).object()
      for _ in 0..<100 where map["left"] as? Int != 0 {
        map = try await visitor.ask("/api/map", headers: ["Cookie": cookie]).object()
      }
      let places = try #require(map["places"] as? [String: [Double]])
      #expect(Set(places.keys) == Set(ids))
      #expect(places[ids[0]] == places[ids[1]])
      #expect(abs((places[ids[0]]?[0] ?? 0) - (places[ids[2]]?[0] ?? 0)) > 1)
    }
  }

  @Test(
    "The distance from the target and the warnings of a run's log are answered, and a damaged line is left out"
  )
  func runLog() throws {
    let folder = try TemporaryFolder()
    let lines = """
      {"step":1,"losses":{"G_total":2},"rate":0.1,"seconds":1,"memory":3}
      {"step":
      {"step":2,"losses":{"G_total":1},"rate":0.1,"seconds":1,"memory":3,"notes":["step 2: the results are grey"],\
      "distance":{"AtoB":{"value":0.5,"spread":0.1},"BtoA":{"value":0.4}}}

      """
    try Data(lines.utf8).write(to: folder.appending("log.jsonl"))
    let news = TrainingRun(folder.url).news(from: 0)
    #expect(news.entries.map(\.step) == [1, 2])
    #expect(news.entries.last?.notes == ["step 2: the results are grey"])
    #expect(news.entries.last?.distance?["AtoB"]?.spread == 0.1)
    #expect(news.entries.last?.distance?["BtoA"]?.value == 0.4)
    #expect(news.entries.last?.distance?["BtoA"]?.spread == nil)
  }

  /// A learner that is as good as it is made, and counts what it does.
  final class FakeLearner: MaskLearner {
    let isBetter: Bool
    let (corrected, again, forgotten) = (Counter(), Counter(), Counter())
    private let examples: [String]

    init(isBetter: Bool, corrected: Int = 12, examples: [String] = ["x"]) {
      (self.isBetter, self.examples) = (isBetter, examples)
      for _ in 0..<corrected { self.corrected.increase() }
    }

    func correctedMasks() throws -> Int { corrected.value }
    func learn() async throws -> LearnedMasks {
      LearnedMasks(isBetter: isBetter, errorBefore: 0.04, errorAfter: 0.02, examples: examples)
    }
    func maskAgain() async throws { again.increase() }
    func forget() { forgotten.increase() }
  }

  private func wait(
    for state: LearningSession.State, in session: LearningSession
  ) async throws -> LearningSession.News {
    for _ in 0..<400 {
      let news = try await session.news()
      if news.state == state { return news }
      try await Task.sleep(for: .milliseconds(5))
    }
    return try await session.news()
  }

  @Test(
    "The masks are made again only after the user has accepted a better network, and forgetting makes them again"
  )
  func session() async throws {
    let fixture = try Fixture()
    let store = try SampleStore(fixture.ledger, rules: Fixture.rules)
    let learner = FakeLearner(isBetter: true)
    let session = LearningSession(learner, store: store)
    await session.use()
    #expect(try await session.news().state == .idle)
    await session.start()
    let learned = try await wait(for: .learned, in: session)
    #expect(learned.state == .learned && learned.result?.errorAfter == 0.02)
    #expect(learner.again.value == 0)
    await session.use()
    #expect(try await wait(for: .idle, in: session).state == .idle)
    #expect(learner.again.value == 1 && learner.forgotten.value == 0)
    await session.forget()
    #expect(try await wait(for: .idle, in: session).result == nil)
    #expect(learner.again.value == 2 && learner.forgotten.value == 1)
  }

  @Test("A network that is not better is never used")
  func notBetter() async throws {
    let fixture = try Fixture()
    let learner = FakeLearner(isBetter: false)
    let session = LearningSession(learner, store: try SampleStore(fixture.ledger, rules: Fixture.rules))
    await session.start()
    for _ in 0..<400 where try await session.news().result == nil {
      try await Task.sleep(for: .milliseconds(5))
    }
    let news = try await session.news()
    #expect(news.state == .idle && news.result?.isBetter == false)
    await session.use()
    #expect(learner.again.value == 0)
  }
}

/// A number that several tasks increase.
final class Counter: Sendable {
  private let number = Mutex(0)
  var value: Int { number.withLock { $0 } }
  func increase() { number.withLock { $0 += 1 } }
}
