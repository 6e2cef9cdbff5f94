import Dataset
import Foundation
import Imaging
import Ledger
import TestSupport
import Testing

@testable import Review

@Suite struct AccessTests {
  @Test("The token opens the page and sets a strict cookie")
  func token() async throws {
    let fixture = try Fixture()
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger) { visitor in
      #expect(visitor.address.host == "127.0.0.1")
      let page = try await visitor.ask("/?token=\(visitor.token)")
      #expect(page.status == 200)
      #expect(page["content-type"] == "text/html; charset=utf-8")
      #expect(page["x-content-type-options"] == "nosniff")
      let policy = try #require(page["content-security-policy"])
      #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"))
      let cookie = try #require(page["set-cookie"])
      #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"))
      #expect(!cookie.contains(visitor.token))

      let known = ["Cookie": try await visitor.cookie()]
      for path in PageFile.all.keys {
        let file = try await visitor.ask(path, headers: known)
        #expect(file.status == 200, "\(path)")
        #expect(file.body == PageFile.all[path]?.bytes, "\(path)")
      }
    }
  }

  @Test("Without token or cookie every address answers 403")
  func noToken() async throws {
    let fixture = try Fixture()
    let id = try fixture.add("a.jpg")
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger) { visitor in
      let cookie = try await visitor.cookie()
      let name = try #require(cookie.split(separator: "=").first)
      let paths = ["/", "/app.js", "/api/samples", "/api/sample/\(id)", "/image/crop/\(id)"]
      let wrong: [[String: String]] = [
        [:], ["Cookie": "\(name)=0"], ["Cookie": "\(name)=\(visitor.token)"], ["Cookie": "x\(cookie)"],
      ]
      for path in paths {
        for headers in wrong {
          let answer = try await visitor.ask(path, headers: headers)
          #expect(answer.status == 403, "\(path) \(headers)")
        }
        #expect(try await visitor.ask(path, headers: ["Cookie": cookie]).status == 200, "\(path)")
      }
      #expect(try await visitor.ask("/?token=\(String(repeating: "0", count: 32))").status == 403)
      #expect(try await visitor.ask("/api/samples?token=\(visitor.token)").status == 403)
    }
  }

  @Test("Other hosts and origins are refused even with the cookie")
  func foreignOrigins() async throws {
    let fixture = try Fixture()
    let id = try fixture.add("a.jpg")
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger) { visitor in
      let cookie = try await visitor.cookie()
      let foreign: [[String: String]] = [
        ["Host": "easel.example"], ["Host": "127.0.0.1:1"], ["Origin": "http://easel.example"],
        ["Origin": "null"],
        ["Origin": "http://127.0.0.1:1"], ["Sec-Fetch-Site": "cross-site"], ["Sec-Fetch-Site": "same-site"],
      ]
      for headers in foreign {
        let all = headers.merging(["Cookie": cookie]) { $1 }
        #expect(try await visitor.ask("/api/samples", headers: all).status == 403, "\(headers)")
        let json = #"{"changes":[{"id":"\#(id)","version":0,"keep":false}]}"#
        #expect(try await visitor.decide(json, cookie: cookie, headers: headers).status == 403, "\(headers)")
      }
      let noOrigin = ["Cookie": cookie, "Content-Type": "application/json"]
      let body = Data(#"{"changes":[]}"#.utf8)
      let answer = try await visitor.ask("/api/decisions", method: "POST", headers: noOrigin, body: body)
      #expect(answer.status == 403)
      #expect(try fixture.ledger.personDecisions().isEmpty)
    }
  }

  @Test("No path gives access to the file system")
  func paths() async throws {
    let fixture = try Fixture()
    let id = try fixture.add("a.jpg")
    try Data("secret".utf8).write(to: fixture.output.store.appendingPathComponent("secret.png"))
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger) { visitor in
      let cookie = try await visitor.cookie()
      #expect(try await visitor.askAsWritten("/image/crop/\(id)", cookie: cookie).hasPrefix("HTTP/1.1 200 "))
      let paths = [
        "/../../../../etc/passwd", "/..%2f..%2fetc%2fpasswd", "/image/crop/../../secret",
        "/image/crop/..%2f..%2fsecret",
        "/image/crop/%2e%2e/secret", "/image/crop/\(id)/../\(id)", "/image/crop/\(id).png",
        "/image/crop/\(id)%00",
        "/image/crop/\(id.uppercased())g", "/image/crop/0000000000000000", "/image/../crop/\(id)",
        "//image/crop/\(id)",
        "/image/ledger/\(id)", "/index.html", "/image/thumbnail/", "/api/sample/",
      ]
      for path in paths {
        let answer = try await visitor.askAsWritten(path, cookie: cookie)
        #expect(answer.hasPrefix("HTTP/1.1 404 "), "\(path)")
        #expect(!answer.contains("secret") && !answer.contains("root:"), "\(path)")
      }
    }
  }

  @Test("Bodies that are too large or not JSON are refused and change nothing")
  func badBodies() async throws {
    let fixture = try Fixture()
    let id = try fixture.add("a.jpg")
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger) { visitor in
      let cookie = try await visitor.cookie()
      let bodies = [
        "", "{", "[]", "null", "{\"changes\":1}", "{\"changes\":[{}]}", "\u{0}\u{1}",
        #"{"changes":[{"id":"\#(id)","version":"0","keep":false}]}"#,
        #"{"changes":[{"id":"../../etc/passwd","version":0,"keep":false}]}"#,
        #"{"changes":[{"id":"\#(id)","version":0,"keep":false,"why":"<script>"}]}"#,
        String(repeating: "[", count: 100_000),
      ]
      for body in bodies {
        let answer = try await visitor.decide(body, cookie: cookie)
        #expect(answer.status == 400, "\(body.prefix(80))")
      }
      let large = #"{"changes":[]}"# + String(repeating: " ", count: 3 << 20)
      #expect(try await visitor.decide(large, cookie: cookie).status == 413)
      let typed = try await visitor.decide(
        #"{"changes":[]}"#, cookie: cookie, headers: ["Content-Type": "text/plain"])
      #expect(typed.status == 415)
      #expect(
        try await visitor.ask(
          "/api/samples", method: "PUT", headers: ["Cookie": cookie, "Origin": visitor.origin]
        ).status == 405)
      #expect(try fixture.ledger.personDecisions().isEmpty)
      #expect(try await visitor.decide(#"{"changes":[]}"#, cookie: cookie).status == 200)
    }
  }

  /// A request that is rejected before it is completely read.
  enum BadHead: String, CaseIterable {
    case longAddress, longHeader, manyHeaders, signedLength, twoLengths, chunked, noRequest, proxyAddress

    var request: String {
      switch self {
      case .longAddress: "GET /" + String(repeating: "a", count: 2 << 20) + " HTTP/1.1\r\nHost: x\r\n\r\n"
      case .longHeader: "GET / HTTP/1.1\r\nX: " + String(repeating: "a", count: 2 << 20) + "\r\n\r\n"
      case .manyHeaders: "GET / HTTP/1.1\r\n" + String(repeating: "X: a\r\n", count: 100_000) + "\r\n"
      case .signedLength: "GET / HTTP/1.1\r\nContent-Length: +5\r\n\r\nhello"
      case .twoLengths: "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nhe"
      case .chunked: "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
      case .noRequest: "\u{0}\u{1}\r\n\r\n"
      case .proxyAddress: "GET http://x/ HTTP/1.1\r\n\r\n"
      }
    }

    var status: Int {
      switch self {
      case .longAddress: 414
      case .longHeader, .manyHeaders: 431
      case .chunked: 411
      case .signedLength, .twoLengths, .noRequest, .proxyAddress: 400
      }
    }
  }

  @Test(
    "A long address, long headers and malformed requests are refused without a token",
    arguments: BadHead.allCases)
  func badHeads(_ head: BadHead) async throws {
    let fixture = try Fixture()
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger) { visitor in
      let answer = try await visitor.send(head.request)
      #expect(answer.hasPrefix("HTTP/1.1 \(head.status) "), "\(answer.prefix(60))")
      // The server still answers others.
      #expect(try await visitor.ask("/").status == 403)
    }
  }

  @Test("Two requests in one packet get two responses in order")
  func pipelined() async throws {
    let fixture = try Fixture()
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger) { visitor in
      let host = "127.0.0.1:\(visitor.address.port ?? 0)"
      let (first, second) = (
        "PUT /a HTTP/1.1\r\nHost: \(host)\r\nContent-Length: 5\r\n\r\nhello",
        "GET /b HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n"
      )
      let answer = try await visitor.send(first + second)
      #expect(answer.components(separatedBy: "HTTP/1.1 403 ").count == 3, "\(answer)")
    }
  }

  @Test("Pairings from other sites and invalid ones are refused")
  func badPairings() async throws {
    let fixture = try Fixture()
    let (one, two) = (try fixture.add("a.jpg"), try fixture.add("b.jpg"))
    let good = #"{"pairs":[{"first":"\#(one)","second":"\#(two)","same":true}],"seen":{}}"#
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger) { visitor in
      let cookie = try await visitor.cookie()
      func pair(_ json: String, _ headers: [String: String] = [:]) async throws -> Int {
        try await visitor.post(json, to: "/api/pairings", cookie: cookie, headers: headers).status
      }
      for headers in [["Host": "easel.example"], ["Origin": "http://easel.example"], ["Cookie": "easel=0"]] {
        #expect(try await pair(good, headers) == 403, "\(headers)")
      }
      let bodies = [
        "", "[]", #"{"pairs":1}"#, #"{"pairs":[{}],"seen":{}}"#,
        #"{"pairs":[{"first":"\#(one)","second":"../../etc/passwd","same":true}],"seen":{}}"#,
        #"{"pairs":[{"first":"\#(one)","second":"\#(one)","same":true}],"seen":{}}"#,
        #"{"pairs":[{"first":"\#(one)","second":"\#(two)","same":"yes"}],"seen":{}}"#,
      ]
      for body in bodies { #expect(try await pair(body) == 400, "\(body)") }
      #expect(try await pair(good + String(repeating: " ", count: 2 << 20)) == 413)
      #expect(try await pair(good, ["Content-Type": "text/plain"]) == 415)
      #expect(try fixture.ledger.pairings().isEmpty)
    }
  }

  @Test("Of a training run only the log and the sample sheets are served")
  func runFiles() async throws {
    let fixture = try Fixture()
    try fixture.add("a.jpg")
    let samples = fixture.output.url.appendingPathComponent("run/samples")
    try FileManager.default.createDirectory(at: samples, withIntermediateDirectories: true)
    try Data("sheet".utf8).write(to: samples.appendingPathComponent("step-000100.png"))
    try Data("secret".utf8).write(to: samples.appendingPathComponent("secret.png"))
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger) { visitor in
      let cookie = try await visitor.cookie()
      let paths = [
        "/api/run?from=0", "/image/sheet/100", "/api/framing", "/api/measures", "/api/changes?since=0",
        "/image/mean/A",
      ]
      for path in paths {
        #expect(try await visitor.ask(path).status == 403, "\(path)")
        let foreign = ["Cookie": cookie, "Host": "easel.example"]
        #expect(try await visitor.ask(path, headers: foreign).status == 403, "\(path)")
        let answer = try await visitor.ask(path, headers: ["Cookie": cookie])
        #expect(answer.status == 200, "\(path)")
        #expect(answer["x-content-type-options"] == "nosniff", "\(path)")
      }
      for path in ["/api/run", "/api/run?from=-1", "/api/run?from=x", "/api/changes?since=../"] {
        #expect(try await visitor.ask(path, headers: ["Cookie": cookie]).status == 400, "\(path)")
      }
      let nowhere = [
        "/image/sheet/secret", "/image/sheet/..%2fsamples%2fsecret", "/image/sheet/../../ledger.sqlite",
        "/image/sheet/1e2", "/image/sheet/", "/image/sheet/101", "/image/sheet/100/../100", "/image/mean/C",
      ]
      for path in nowhere {
        let answer = try await visitor.askAsWritten(path, cookie: cookie)
        #expect(answer.hasPrefix("HTTP/1.1 404 ") && !answer.contains("secret"), "\(path)")
      }
    }
  }

  @Test("Links in the output are not followed out of it")
  func links() async throws {
    let fixture = try Fixture()
    let id = try fixture.add("a.jpg")
    let samples = fixture.output.url.appendingPathComponent("run/samples")
    try FileManager.default.createDirectory(at: samples, withIntermediateDirectories: true)
    let secret = fixture.folder.appending("secret.png")
    try Data(try ImageBuffer(width: 8, height: 8, format: .rgb, filledWith: [1, 2, 3]).png()).write(
      to: secret)
    let sheet = samples.appendingPathComponent("step-000001.png")
    for file in [fixture.output.crop(id), fixture.output.cutout(id), sheet] {
      try? FileManager.default.removeItem(at: file)
      try FileManager.default.createSymbolicLink(at: file, withDestinationURL: secret)
    }
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger) { visitor in
      let known = ["Cookie": try await visitor.cookie()]
      for path in [
        "/image/crop/\(id)", "/image/cutout/\(id)", "/image/mask/\(id)", "/image/thumbnail/\(id)",
        "/image/sheet/1",
      ] {
        #expect(try await visitor.ask(path, headers: known).status == 404, "\(path)")
      }
    }
  }

  @Test(
    "The history and the saved views are stored unchanged, and only accepted as a JSON object from the page",
    arguments: ["/api/history", "/api/views"])
  func pageState(_ path: String) async throws {
    let fixture = try Fixture()
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger) { visitor in
      let cookie = try await visitor.cookie()
      #expect(try await visitor.ask(path, headers: ["Cookie": cookie]).text == "{}")
      let entry = #"{"done":[{"kind":"decisions","changes":[]}],"undone":[]}"#
      #expect(try await visitor.post(entry, to: path, cookie: cookie).status == 200)
      for bad in ["", "[]", "x", "1"] {
        #expect(try await visitor.post(bad, to: path, cookie: cookie).status == 400, "\(bad)")
      }
      let foreign = ["Origin": "http://easel.example"]
      #expect(try await visitor.post("{}", to: path, cookie: cookie, headers: foreign).status == 403)
      #expect(try await visitor.ask(path, headers: ["Cookie": cookie]).text == entry)
    }
  }

  @Test("A port that is in use is reported with the option to change it")
  func takenPort() async throws {
    let fixture = try Fixture()
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger) { visitor in
      let port = try #require(visitor.address.port.flatMap(UInt16.init(exactly:)))
      let second = try ReviewServer(
        output: fixture.output, ledger: fixture.ledger, port: port, rules: Fixture.rules,
        editing: FileEditing())
      await #expect {
        try await second.run { _ in Issue.record("two servers listen at one port") }
      } throws: { error in
        guard case ReviewError.portTaken(port) = error else { return false }
        return "\(error)".contains("--port")
      }
    }
  }
}
