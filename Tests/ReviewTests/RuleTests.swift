import Dataset
import Foundation
import TestSupport
import Testing

@testable import Review

/// Rules that the page writes into the settings file.
@Suite struct RuleTests {
  private static let text = """
    # My dataset
    domains:
      A: { sources: [{ photos: "." }] }   # selfies
      B: { sources: [{ photos: "." }] }
    curate:
        # what is kept
        keep-if:
              sharpness: 0.2   # not too soft

    """

  /// Runs a server with a settings file of `text`.
  private func atServer(
    _ text: String = text,
    body: @Sendable (_ visitor: Visitor, _ cookie: String, _ file: URL) async throws -> Void
  ) async throws {
    let fixture = try Fixture()
    try fixture.add("a.jpg", sharpness: 0.31)
    let file = fixture.folder.appending("datasets.yaml")
    try Data(text.utf8).write(to: file)
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger, settings: WritableSettings(file)) {
      try await body($0, try await $0.cookie(), file)
    }
  }

  private static let rule = #"{"domain":null,"limits":[{"measure":"sharpness","least":0.3,"greatest":null}]}"#

  @Test(
    "A written rule changes nothing else in the file, is followed at once, and can be undone and repeated")
  func written() async throws {
    try await atServer { visitor, cookie, file in
      let overview = try await visitor.ask("/api/samples", headers: ["Cookie": cookie]).object()
      #expect(overview["settings"] as? String == "datasets.yaml")
      let answer = try await visitor.post(Self.rule, to: "/api/rules", cookie: cookie)
      #expect(answer.status == 200, "\(answer.text)")
      let written = Self.text.replacingOccurrences(of: "0.2 ", with: "0.3 ")
      #expect(try String(contentsOf: file, encoding: .utf8) == written)
      // A value close to the new limit is borderline.
      let items = try await visitor.ask("/api/changes?since=0", headers: ["Cookie": cookie]).object()["items"]
      #expect((items as? [[String: Any]])?.first?["borderline"] as? [String] == ["sharpness"])
      let measures = try await visitor.ask("/api/measures", headers: ["Cookie": cookie]).text
      #expect(measures.contains(#""least":0.3"#))

      let patch = try answer.object()
      func apply(_ removed: String, _ inserted: String) async throws -> Visitor.Answer {
        let start = try #require(patch["start"] as? Int)
        let body: [String: Any] = [
          "start": start, "removed": patch[removed] ?? "", "inserted": patch[inserted] ?? "",
        ]
        let json = String(decoding: try JSONSerialization.data(withJSONObject: body), as: UTF8.self)
        return try await visitor.post(json, to: "/api/rules/patch", cookie: cookie)
      }
      #expect(try await apply("inserted", "removed").status == 200)
      #expect(try String(contentsOf: file, encoding: .utf8) == Self.text)
      #expect(try await apply("inserted", "removed").status == 409, "it is undone already")
      #expect(try await apply("removed", "inserted").status == 200)
      #expect(try String(contentsOf: file, encoding: .utf8) == written)
    }
  }

  @Test("The name of a character is written into the settings file, and can be changed")
  func characterNames() async throws {
    try await atServer { visitor, cookie, file in
      let overview = try await visitor.ask("/api/samples", headers: ["Cookie": cookie]).object()
      let items = (overview["all"] as? [String: Any])?["items"] as? [[String: Any]]
      let id = try #require(items?.first?["id"] as? String)
      for name in ["Rei", "Asuka: \"2\", #é"] {
        let body = String(decoding: try JSONEncoder().encode(["id": id, "name": name]), as: UTF8.self)
        let answer = try await visitor.post(body, to: "/api/character", cookie: cookie)
        #expect(answer.status == 200, "\(answer.text)")
        let settings = try SettingsFile.load(file, needsSources: false)
        #expect(settings.curate.characterNames == [id: name])
      }
      let written = try String(contentsOf: file, encoding: .utf8)
      #expect(Self.text.split(separator: "\n").allSatisfy(written.contains), "\(written)")
      for (body, status) in [
        (#"{"id":"\#(id)","name":" "}"#, 400), (#"{"id":"\#(id)","name":"a\u0007b"}"#, 400),
        (#"{"id":"0000000000000000","name":"Rei"}"#, 404), (#"{"id":"../x","name":"Rei"}"#, 404),
      ] {
        #expect(
          try await visitor.post(body, to: "/api/character", cookie: cookie).status == status, "\(body)")
      }
      #expect(try String(contentsOf: file, encoding: .utf8) == written)
    }
  }

  @Test("A new name for united groups replaces each of their old ones")
  func unitedCharacters() throws {
    let text =
      Self.text + "    characters: { names: { c3f2ac0d: Rei, c81b0a77: Rei, c0d11e52: Ken } } # mine\n"
    let edited = try SettingsFile.nameCharacter(
      of: "00efc1cd2379cb85", called: "Rei", as: "Asuka", in: text, name: "datasets.yaml",
      folder: URL(fileURLWithPath: "/"))
    #expect(edited == text.replacing("Rei", with: "Asuka"))
    let group = try SettingsFile.nameCharacter(
      of: "00efc1cd2379cb85", called: "c00efc1c", as: "Mari", in: text, name: "datasets.yaml",
      folder: URL(fileURLWithPath: "/"))
    #expect(group.contains("c00efc1c: Mari") && group.contains("c3f2ac0d: Rei"))
  }

  @Test("A file that was changed elsewhere is not written, neither by a rule nor by an undo")
  func changedElsewhere() async throws {
    try await atServer { visitor, cookie, file in
      let other = Self.text + "# a line by another program\n"
      try Data(other.utf8).write(to: file)
      for (path, body) in [
        ("/api/rules", Self.rule), ("/api/rules/patch", ##"{"start":0,"removed":"#","inserted":"-"}"##),
      ] {
        let answer = try await visitor.post(body, to: path, cookie: cookie)
        #expect(answer.status == 409 && answer.text.contains("was changed"), "\(answer.text)")
      }
      #expect(try String(contentsOf: file, encoding: .utf8) == other)
      try FileManager.default.removeItem(at: file)
      let answer = try await visitor.post(Self.rule, to: "/api/rules", cookie: cookie)
      #expect(answer.status == 409 && answer.text.contains("cannot be read"))
    }
  }

  @Test("An undo can change nothing but rules")
  func onlyRules() async throws {
    try await atServer { visitor, cookie, file in
      let start = try #require(Self.text.range(of: "photos")).lowerBound.utf16Offset(in: Self.text)
      let body = #"{"start":\#(start),"removed":"photos: \".\"","inserted":"photos: \"/\""}"#
      let answer = try await visitor.post(body, to: "/api/rules/patch", cookie: cookie)
      #expect(answer.status == 409 && answer.text.contains("more than rules"), "\(answer.text)")
      for start in [-1, 100_000, Int.max] {
        let body = #"{"start":\#(start),"removed":"x","inserted":"y"}"#
        #expect(try await visitor.post(body, to: "/api/rules/patch", cookie: cookie).status == 409)
      }
      #expect(try String(contentsOf: file, encoding: .utf8) == Self.text)
    }
  }

  @Test(
    "Unknown measures, crossed limits and no rules are refused, and without a settings file there is no route"
  )
  func refused() async throws {
    try await atServer { visitor, cookie, file in
      for limits in [
        "", #"{"measure":"beauty","least":1}"#, #"{"measure":"yaw","least":5,"greatest":-5}"#,
        #"{"measure":"yaw","least":"1"}"#,
      ] {
        let answer = try await visitor.post(#"{"limits":[\#(limits)]}"#, to: "/api/rules", cookie: cookie)
        #expect(answer.status == 400, "\(limits)")
      }
      #expect(try String(contentsOf: file, encoding: .utf8) == Self.text)
    }
    let fixture = try Fixture()
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger) { visitor in
      let cookie = try await visitor.cookie()
      #expect(try await visitor.post(Self.rule, to: "/api/rules", cookie: cookie).status == 404)
      let overview = try await visitor.ask("/api/samples", headers: ["Cookie": cookie]).object()
      #expect(overview["settings"] == nil)
    }
  }

  @Test("A link to the settings file remains a link, and the file's permissions remain")
  func link() async throws {
    let fixture = try Fixture()
    let (file, link) = (fixture.folder.appending("real.yaml"), fixture.folder.appending("datasets.yaml"))
    try Data(Self.text.utf8).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file.path)
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
    let change = RuleChange(
      domain: .a, measure: .yaw, rule: CurateSettings.Rule(measure: .yaw, minimum: -9, maximum: 9))
    _ = try await WritableSettings(link).write([change])
    let type = try FileManager.default.attributesOfItem(atPath: link.path)[.type] as? FileAttributeType
    #expect(type == .typeSymbolicLink)
    #expect(try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int == 0o640)
    #expect(try String(contentsOf: file, encoding: .utf8).contains("yaw: [-9, 9]"))
  }
}
