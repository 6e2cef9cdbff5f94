import Dataset
import Foundation
import Imaging
import Testing

@testable import Review

@Suite struct PictureTests {
  @Test("Thumbnails are JPEG on white in the requested size")
  func thumbnails() async throws {
    let fixture = try Fixture()
    let id = try fixture.add("a.jpg")
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger) { visitor in
      let known = ["Cookie": try await visitor.cookie()]
      for (side, expected) in [(96, 96), (160, 160), (512, 256)] {
        let answer = try await visitor.ask("/image/thumbnail/\(id)?side=\(side)", headers: known)
        #expect(answer["content-type"] == "image/jpeg")
        #expect(answer["x-content-type-options"] == "nosniff")
        let decoded = try ImageCodec.decode([UInt8](answer.body))
        #expect(decoded.format == .jpeg)
        #expect(decoded.image.size == PixelSize(width: expected, height: expected))
        let (left, right) = (
          decoded.image[expected / 4, expected / 2], decoded.image[expected * 3 / 4, expected / 2]
        )
        #expect(right.allSatisfy { $0 > 250 }, "what the mask removes is white")
        #expect(abs(Int(left[left.startIndex]) - 220) < 6 && left[left.startIndex + 1] < 40)
      }
      #expect(try await visitor.ask("/image/thumbnail/\(id)?side=300", headers: known).status == 400)
    }
  }

  @Test("An image in the browser's cache is not sent again")
  func notModified() async throws {
    let fixture = try Fixture()
    let id = try fixture.add("a.jpg")
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger) { visitor in
      let cookie = try await visitor.cookie()
      let path = "/image/thumbnail/\(id)?side=160"
      let tag = try #require(try await visitor.ask(path, headers: ["Cookie": cookie])["etag"])
      let again = try await visitor.ask(path, headers: ["Cookie": cookie, "If-None-Match": tag])
      #expect(again.status == 304 && again.body.isEmpty)
      let other = try await visitor.ask(path, headers: ["Cookie": cookie, "If-None-Match": "\"other\""])
      #expect(other.status == 200 && !other.body.isEmpty)
    }
  }

  @Test("Crop, cutout and source are served unchanged")
  func pictures() async throws {
    let fixture = try Fixture()
    let id = try fixture.add("a.jpg")
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger) { visitor in
      let known = ["Cookie": try await visitor.cookie()]
      let crop = try await visitor.ask("/image/crop/\(id)", headers: known)
      #expect(crop["content-type"] == "image/png")
      #expect(crop.body == (try Data(contentsOf: fixture.output.crop(id))))
      let cutout = try await visitor.ask("/image/cutout/\(id)", headers: known)
      #expect(try ImageCodec.decode([UInt8](cutout.body)).image.format == .rgba)
      let source = try await visitor.ask("/image/source/\(id)", headers: known)
      #expect(try ImageCodec.decode([UInt8](source.body)).image.size == PixelSize(width: 640, height: 480))

      try FileManager.default.removeItem(at: fixture.output.cutout(id))
      let missing = try await visitor.ask("/image/cutout/\(id)", headers: known)
      #expect(missing.status == 404 && !missing.text.isEmpty)
    }
  }

  @Test("Details contain the crop's corners and the limits of the rules")
  func details() async throws {
    let fixture = try Fixture()
    let id = try fixture.add("a.jpg", sharpness: 0.105)
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger) { visitor in
      let answer = try await visitor.ask(
        "/api/sample/\(id)", headers: ["Cookie": try await visitor.cookie()])
      let detail = try answer.object()
      // x' = 0.5 x - 50: the crop's left edge, -0.5, is at 99 in the source, and its right one, 255.5, at 611.
      let frame = try #require(detail["frame"] as? [[Double]])
      #expect(frame == [[99, 39], [611, 39], [611, 551], [99, 551]])
      let measures = try #require(detail["measures"] as? [[String: Any]])
      let sharpness = try #require(measures.first { $0["name"] as? String == "sharpness" })
      #expect(sharpness["value"] as? Double == 0.105)
      #expect(sharpness["least"] as? Double == 0.08)
    }
  }

  @Test("The cache removes the least recently used image")
  func cache() {
    let cache = PictureCache(limit: 1000)
    func key(_ number: Int) -> PictureCache.Key { PictureCache.Key(id: "\(number)", side: 96, version: "") }
    for number in 0..<10 { cache[key(number)] = Data(count: 100) }
    #expect(cache[key(0)] != nil)
    cache[key(10)] = Data(count: 100)
    #expect(cache.size <= 1000)
    #expect(cache[key(0)] != nil && cache[key(10)] != nil && cache[key(1)] == nil)
    cache[key(11)] = Data(count: 1001)
    #expect(cache[key(11)] == nil)
    cache[key(10)] = Data(count: 300)
    #expect(cache[key(10)]?.count == 300 && cache.size <= 1000)
  }
}
