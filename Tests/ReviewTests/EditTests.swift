import Dataset
import Foundation
import Imaging
import Ledger
import Testing

@testable import Review

@Suite struct EditTests {
  @Test("A frame is applied and the answer has the new version")
  func frame() async throws {
    let fixture = try Fixture()
    let id = try fixture.add("a.jpg")
    let editing = FileEditing(fixture)
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger, editing: editing) { visitor in
      let cookie = try await visitor.cookie()
      let json = #"{"version":0,"kind":"frame","matrix":[0.4,0,-40,0,0.4,-16]}"#
      let answer = try await visitor.post(json, to: "/api/repair/\(id)", cookie: cookie)
      #expect(answer.status == 200)
      let item = try #require((try answer.object()["items"] as? [[String: Any]])?.first)
      #expect(item["version"] as? Int != 0)
      #expect(
        try await editing.edits(of: id).frame
          == UserCrop(matrix: AffineMap(0.4, 0, -40, 0, 0.4, -16), size: 256))
      let detail = try await visitor.ask("/api/sample/\(id)", headers: ["Cookie": cookie]).object()
      #expect((detail["edits"] as? [String: Any])?["frame"] != nil)

      // A tab that shows the old crop cannot paint on the new one.
      let late = try await visitor.post(
        #"{"version":0,"kind":"method","method":"color-model"}"#, to: "/api/repair/\(id)", cookie: cookie)
      #expect((try late.object()["conflicts"] as? [Any])?.count == 1)
      #expect(try await editing.edits(of: id).method == nil)
    }
  }

  @Test("Another face is chosen by its number")
  func chosenFace() async throws {
    let fixture = try Fixture()
    let id = try fixture.add("a.jpg")
    let editing = FileEditing(fixture)
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger, editing: editing) { visitor in
      let cookie = try await visitor.cookie()
      let faces = try await visitor.ask("/api/faces/\(id)", headers: ["Cookie": cookie])
      #expect(try (JSONSerialization.jsonObject(with: faces.body) as? [Any])?.count == 2)
      let path = "/api/repair/\(id)"
      let none = try await visitor.post(#"{"version":0,"kind":"frame","face":2}"#, to: path, cookie: cookie)
      #expect(none.status == 400)
      _ = try await visitor.post(#"{"version":0,"kind":"frame","face":1}"#, to: path, cookie: cookie)
      let frame = try await editing.edits(of: id).frame
      #expect(frame?.face?.box.x == 300 && frame?.matrix.c == -300)
    }
  }

  @Test("A frame without the face is refused, also for a chosen face, and with any numbers")
  func frameOffFace() async throws {
    let fixture = try Fixture()
    let id = try fixture.add("a.jpg")
    let editing = FileEditing(fixture)
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger, editing: editing) { visitor in
      let cookie = try await visitor.cookie()
      // 40 pixels in the top left corner; the face starts at (200, 100). Then huge, tiny and infinite numbers.
      let bodies = [
        #""matrix":[6.4,0,0,0,6.4,0]"#, #""face":0,"matrix":[1,0,1e9,0,1,1e9]"#,
        #""face":0,"matrix":[1,0,1e300,0,1,1e300]"#, #""face":0,"matrix":[0,0,0,0,0,0]"#,
        #""face":0,"matrix":[1e308,0,0,0,1e308,0]"#, #""face":1,"matrix":[1,0,-20,0,1,-40]"#,
        #""face":-1"#, #""face":2"#,
      ]
      for body in bodies {
        let answer = try await visitor.post(
          #"{"version":0,"kind":"frame",\#(body)}"#, to: "/api/repair/\(id)", cookie: cookie)
        #expect(answer.status == 400 && answer.text.count > 20, "\(body): \(answer.status) \(answer.text)")
      }
      #expect(try await editing.edits(of: id) == SampleEdits())
    }
  }

  @Test("Invalid frames are refused with a sentence")
  func badFrames() async throws {
    let fixture = try Fixture()
    let id = try fixture.add("a.jpg")
    let editing = FileEditing(fixture)
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger, editing: editing) { visitor in
      let cookie = try await visitor.cookie()
      // Flat, beside the image, tiny, huge, sheared, mirrored, with too few numbers.
      let matrices = [
        "[0,0,0,0,0,0]", "[1,0,5000,0,1,0]", "[100,0,-30000,0,100,-20000]", "[0.001,0,0,0,0.001,0]",
        "[1,0.5,-200,0,1,-100]", "[-1,0,400,0,1,-100]", "[1,0,0]", "[1e999,0,0,0,1,0]",
      ]
      for matrix in matrices {
        let answer = try await visitor.post(
          #"{"version":0,"kind":"frame","matrix":\#(matrix)}"#, to: "/api/repair/\(id)", cookie: cookie)
        #expect(answer.status == 400, "\(matrix)")
      }
      #expect(try await editing.edits(of: id) == SampleEdits())
    }
  }

  @Test("Strokes are posted as a PNG file, and an empty body removes them")
  func strokes() async throws {
    let fixture = try Fixture()
    let id = try fixture.add("a.jpg")
    let editing = FileEditing(fixture)
    let layer = ImageBuffer(width: 256, height: 256, format: .rgba, filledWith: [0, 255, 0, 255])
    let png = Data(try layer.png())
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger, editing: editing) { visitor in
      let headers = [
        "Cookie": try await visitor.cookie(), "Origin": visitor.origin, "Content-Type": "image/png",
      ]
      func paint(_ query: String, _ body: Data) async throws -> Visitor.Answer {
        try await visitor.ask("/api/strokes/\(id)\(query)", method: "POST", headers: headers, body: body)
      }
      #expect(try await paint("", png).status == 400)
      #expect(try await paint("?version=0", Data("no picture".utf8)).status == 422)
      #expect(try await paint("?version=0", png.prefix(60)).status == 422)
      #expect(try await editing.edits(of: id).isPainted == false)
      let painted = try await paint("?version=0", png)
      let version = try #require(
        ((try painted.object()["items"] as? [[String: Any]])?.first)?["version"] as? Int)
      #expect(try await editing.edits(of: id).isPainted)
      #expect(try await paint("?version=\(version)", Data()).status == 200)
      #expect(try await editing.edits(of: id).isPainted == false)
    }
  }

  @Test("A correction is suggested for other samples, copied and removed again")
  func suggestions() async throws {
    let fixture = try Fixture()
    let (id, other) = (try fixture.add("a.jpg"), try fixture.add("b.jpg"))
    let editing = FileEditing(fixture)
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger, editing: editing) { visitor in
      let cookie = try await visitor.cookie()
      let known = ["Cookie": cookie]
      #expect(try await visitor.ask("/api/offers/\(id)", headers: known).status == 404, "nothing painted yet")
      let layer = ImageBuffer(width: 256, height: 256, format: .rgba, filledWith: [0, 255, 0, 255])
      _ = try await visitor.ask(
        "/api/strokes/\(id)?version=0", method: "POST",
        headers: ["Cookie": cookie, "Origin": visitor.origin, "Content-Type": "image/png"],
        body: Data(try layer.png()))
      let offers = try await visitor.ask("/api/offers/\(id)", headers: known)
      #expect(offers.text.contains(#""id":"\#(other)""#) && offers.text.contains(#""fitting":1"#))
      let picture = try await visitor.ask("/image/offer/\(other)?from=\(id)", headers: known)
      #expect(picture["content-type"] == "image/png" && picture.status == 200)
      for strange in ["", "?from=../\(id)", "?from=0000000000000000"] {
        #expect(try await visitor.ask("/image/offer/\(other)\(strange)", headers: known).status == 400)
      }
      func carry(_ from: String, version: Int) async throws -> Visitor.Answer {
        try await visitor.post(
          #"{"version":\#(version),"kind":"copied","from":\#(from)}"#, to: "/api/repair/\(other)",
          cookie: cookie)
      }
      for strange in [#""../x""#, #""0000000000000000""#, "\"\(other)\"", "7"] {
        #expect(try await carry(strange, version: 0).status == 400, "\(strange)")
      }
      #expect(try await editing.edits(of: other) == SampleEdits())
      let carried = try await carry("\"\(id)\"", version: 0)
      let version = try #require(
        ((try carried.object()["items"] as? [[String: Any]])?.first)?["version"] as? Int)
      #expect(try await editing.edits(of: other).copiedFrom == id)
      #expect(try await carry("null", version: version).status == 200)
      #expect(try await editing.edits(of: other).copiedFrom == nil)
    }
  }

  @Test("Edits from other sites and for unknown paths are refused")
  func foreignEdits() async throws {
    let fixture = try Fixture()
    let id = try fixture.add("a.jpg")
    let editing = FileEditing(fixture)
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger, editing: editing) { visitor in
      let cookie = try await visitor.cookie()
      let json = #"{"version":0,"kind":"method","method":"none"}"#
      for headers in [["Cookie": ""], ["Origin": "http://easel.example"], ["Host": "easel.example"]] {
        let answer = try await visitor.post(json, to: "/api/repair/\(id)", cookie: cookie, headers: headers)
        #expect(answer.status == 403, "\(headers)")
      }
      for path in ["/api/repair/../\(id)", "/api/repair/0000000000000000", "/api/repair/", "/api/\(id)"] {
        #expect(try await visitor.post(json, to: path, cookie: cookie).status == 404, "\(path)")
      }
      for body in ["", "{", "[]", #"{"version":0,"kind":"method","method":"../x"}"#, #"{"kind":"frame"}"#] {
        #expect(
          try await visitor.post(body, to: "/api/repair/\(id)", cookie: cookie).status == 400, "\(body)")
      }
      let known = ["Cookie": cookie]
      #expect(try await visitor.ask("/image/preview/\(id)?method=../x", headers: known).status == 400)
      #expect(try await visitor.ask("/image/preview/\(id)?method=parts", headers: known).status == 404)
      #expect(try await visitor.ask("/image/preview/\(id)?method=none", headers: known).status == 200)
      #expect(try await editing.edits(of: id) == SampleEdits())
    }
  }

  @Test("An image without a face is listed and becomes a sample by a frame")
  func faceless() async throws {
    let fixture = try Fixture()
    try fixture.add("a.jpg")
    var image = try #require(try fixture.ledger.images(of: .a).first)
    (image.id, image.path, image.reason) = (SourceID(sha256: Digest(of: "none").hex), "none.jpg", .noFace)
    try fixture.ledger.record(image, crops: [])
    let id = image.id.sampleID(domain: .a, face: 0)
    let editing = FileEditing(fixture)
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger, editing: editing) { visitor in
      let cookie = try await visitor.cookie()
      let known = ["Cookie": cookie]
      let listing = try await visitor.ask("/api/samples", headers: known).text
      #expect(listing.contains(#""id":"\#(id)","isCut":false"#))
      let thumbnail = try await visitor.ask("/image/thumbnail/\(id)?side=160", headers: known)
      #expect(try ImageCodec.decode([UInt8](thumbnail.body)).image.size == PixelSize(width: 160, height: 120))
      let early = try await visitor.post(
        #"{"version":0,"kind":"method","method":"none"}"#, to: "/api/repair/\(id)", cookie: cookie)
      #expect(early.status == 422)
      let framed = try await visitor.post(
        #"{"version":0,"kind":"frame","matrix":[1,0,-100,0,1,-50]}"#, to: "/api/repair/\(id)", cookie: cookie)
      let item = try #require((try framed.object()["items"] as? [[String: Any]])?.first)
      #expect(item["isCut"] as? Bool == true)
      #expect(try fixture.ledger.sample(id)?.crop.size == 256)
    }
  }
}
