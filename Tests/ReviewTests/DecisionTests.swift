import Dataset
import Foundation
import Imaging
import Ledger
import Testing

@testable import Review

@Suite struct DecisionTests {
  private static func ids(_ answer: Visitor.Answer, _ list: String) throws -> [String] {
    let items = try answer.object()[list] as? [[String: Any]] ?? []
    return items.compactMap { $0["id"] as? String }
  }

  @Test("A decision is in the ledger before the response and survives a restart")
  func decisionIsWritten() async throws {
    let fixture = try Fixture()
    let (first, second) = (try fixture.add("a.jpg"), try fixture.add("b.jpg", rule: .blurred))
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger) { visitor in
      let json = """
        {"changes":[{"id":"\(first)","version":0,"keep":false,"why":"covered"},{"id":"\(second)","version":0,"keep":true}]}
        """
      let answer = try await visitor.decide(json, cookie: try await visitor.cookie())
      #expect(try Self.ids(answer, "items") == [first, second])
      // Another program sees it at once.
      let other = try Ledger(url: fixture.output.ledger)
      #expect(
        try other.personDecisions() == [
          first: DecisionRow(id: first, author: .person, keep: false, reason: "covered"),
          second: DecisionRow(id: second, author: .person, keep: true),
        ])
    }
    let reopened = try Ledger(url: fixture.output.ledger)
    try await Visitor.atServer(of: fixture.output, ledger: reopened) { visitor in
      let cookie = try await visitor.cookie()
      let listing = try await visitor.ask("/api/samples", headers: ["Cookie": cookie]).text
      #expect(listing.contains(#""person":{"keep":false,"why":"covered"}"#))
      let undo = try await visitor.decide(
        #"{"changes":[{"id":"\#(first)","version":0,"keep":null}]}"#, cookie: cookie)
      #expect(undo.status == 200)
      #expect(try reopened.personDecisions().keys.sorted() == [second])
    }
  }

  @Test("The tab with the older state is refused and gets the newer state")
  func twoTabs() async throws {
    let fixture = try Fixture()
    let id = try fixture.add("a.jpg")
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger) { visitor in
      let cookie = try await visitor.cookie()
      _ = try await visitor.decide(#"{"changes":[{"id":"\#(id)","version":0,"keep":false}]}"#, cookie: cookie)
      let late = try await visitor.decide(
        #"{"changes":[{"id":"\#(id)","version":0,"keep":true}]}"#, cookie: cookie)
      #expect(try Self.ids(late, "conflicts") == [id])
      #expect(try Self.ids(late, "items").isEmpty)
      #expect(try fixture.ledger.personDecisions()[id]?.keep == false)

      let news = try await visitor.ask("/api/changes?since=0", headers: ["Cookie": cookie])
      #expect(try Self.ids(news, "items") == [id])
      let items = try #require(try news.object()["items"] as? [[String: Any]])
      let version = try #require(items.first?["version"] as? Int)
      let again = try await visitor.decide(
        #"{"changes":[{"id":"\#(id)","version":\#(version),"keep":true}]}"#, cookie: cookie)
      #expect(try Self.ids(again, "items") == [id])
      #expect(try fixture.ledger.personDecisions()[id]?.keep == true)
    }
  }

  @Test("Changes of other programs to the ledger are shown")
  func otherPrograms() async throws {
    let fixture = try Fixture()
    let id = try fixture.add("a.jpg")
    let store = try SampleStore(fixture.ledger, rules: Fixture.rules)
    let other = try Ledger(url: fixture.output.ledger)
    try other.record(DecisionRow(id: id, author: .person, keep: false, reason: "text"))
    // A decision that is based on the state before the other program's change is rejected immediately.
    let late = try await store.decide([SampleStore.Change(id: id, version: 0, keep: true, why: nil)])
    #expect(late.conflicts.map(\.id) == [id] && late.conflicts.first?.person?.why == "text")
    #expect(late.items.isEmpty)

    let seen = late.revision
    #expect(try await store.changes(since: seen).items.isEmpty)
    try other.replaceRuleDecisions(with: [DecisionRow(id: id, author: .rule, keep: false, reason: .blurred)])
    let news = try await store.changes(since: seen)
    #expect(news.items.map(\.rule?.why) == ["blurred"])
    #expect(news.items.map(\.person?.why) == ["text"])

    try other.finishPass(of: .a, images: [], copies: [])
    #expect(try await store.changes(since: news.revision).gone == [id])
    let change = SampleStore.Change(id: id, version: 0, keep: true, why: nil)
    #expect(try await store.decide([change]).gone == [id])
  }

  @Test("Samples that should be checked come first")
  func order() async throws {
    let fixture = try Fixture()
    let plain = try fixture.add("1.jpg")
    let near = try fixture.add("2.jpg", sharpness: 0.081)
    let flagged = try fixture.add("3.jpg", flags: ["holes"])
    let worse = try fixture.add("4.jpg", flags: ["holes", "islands"])
    let decided = try fixture.add("5.jpg", flags: ["holes"])
    try fixture.ledger.record(DecisionRow(id: decided, author: .person, keep: true))
    let listing = try await SampleStore(fixture.ledger, rules: Fixture.rules).listing()
    #expect(listing.items.map(\.id) == [worse, flagged, near, plain, decided])
    #expect(listing.items.map(\.needsCheck) == [true, true, true, false, true])
  }

  @Test(
    "A value at the end of its measure's range is not borderline, and one outside its limit is not either")
  func borderline() async throws {
    let fixture = try Fixture()
    let perfect = try fixture.add("1.jpg", sharpness: 1)
    let near = try fixture.add("2.jpg", sharpness: 0.081)
    let rejected = try fixture.add("3.jpg", sharpness: 0.079, rule: .blurred)
    for id in [perfect, near, rejected] {
      var row = try #require(try fixture.ledger.sample(id)?.measures)
      row.quality["combing"] = 0
      try fixture.ledger.record(row)
    }
    let listing = try await SampleStore(fixture.ledger, rules: Fixture.rules).listing()
    let borderline = Dictionary(uniqueKeysWithValues: listing.items.map { ($0.id, $0.borderline) })
    #expect(borderline == [perfect: [], near: ["sharpness"], rejected: []])
  }
}
