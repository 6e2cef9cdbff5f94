import Dataset
import Foundation
import Imaging
import TestSupport
import Testing

@testable import Review

/// The very small images that the page shows until the thumbnails arrive.
@Suite struct TileTests {
  /// The tiles of `ids` in one image, once all but `missing` of them are there.
  private func sheet(
    _ ids: [String], missing: Int = 0, from visitor: Visitor, cookie: String
  ) async throws -> (image: ImageBuffer, present: String) {
    let body = "{\"ids\":[\(ids.map { "\"\($0)\"" }.joined(separator: ","))]}"
    for _ in 0..<200 {
      let answer = try await visitor.post(body, to: "/image/tiles", cookie: cookie)
      #expect(answer.status == 200 && answer["content-type"] == "image/jpeg")
      let present = try #require(answer["x-easel-tiles"])
      if present.count(where: { $0 == "0" }) <= missing {
        return (try ImageCodec.decode([UInt8](answer.body)).image.converted(to: .rgb), present)
      }
    }
    throw URLError(.timedOut)
  }

  /// The color in the left and the right half of a tile.
  private func halves(_ number: Int, of sheet: ImageBuffer) -> (left: [UInt8], right: [UInt8]) {
    let x = number % TileSheet.columns * TileSheet.side
    let y = number / TileSheet.columns * TileSheet.side + TileSheet.side / 2
    return (Array(sheet[x + TileSheet.side / 4, y]), Array(sheet[x + TileSheet.side * 3 / 4, y]))
  }

  @Test("One image contains the tiles in the requested order, and a header says which samples have none")
  func order() async throws {
    let fixture = try Fixture()
    let ids = try (0..<18).map { try fixture.add("\($0).jpg") }
    let blue = ImageBuffer(width: 256, height: 256, format: .rgb, filledWith: [10, 40, 250])
    try Data(try blue.png()).write(to: fixture.output.cutout(ids[17]))
    try Data("no image".utf8).write(to: fixture.output.cutout(ids[3]))
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger) { visitor in
      let cookie = try await visitor.cookie()
      let wanted = Array(ids[1...17].reversed()) + ["0123456789abcdef"]
      let (image, present) = try await sheet(wanted, missing: 2, from: visitor, cookie: cookie)
      #expect(present == "111111111111110110")
      #expect(image.size == PixelSize(width: 16 * 32, height: 2 * 32))
      #expect(halves(0, of: image).left[2] > 220 && halves(0, of: image).right[2] > 220, "blue everywhere")
      for number in [1, 15, 16] {
        let (left, right) = halves(number, of: image)
        #expect(left[0] > 200 && left[1] < 60, "the cutout is red on the left")
        #expect(right.allSatisfy { $0 > 240 }, "and white where the mask removes it")
      }
    }
  }

  @Test("A tile is made again after its sample was changed, is kept on disk, and a damaged cache is replaced")
  func versions() async throws {
    let fixture = try Fixture()
    let id = try fixture.add("a.jpg")
    let editing = FileEditing(fixture)
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger, editing: editing) { visitor in
      let cookie = try await visitor.cookie()
      let before = try await sheet([id], from: visitor, cookie: cookie).image
      #expect(halves(0, of: before).left[0] > 200)
      let blue = ImageBuffer(width: 256, height: 256, format: .rgb, filledWith: [10, 40, 250])
      try Data(try blue.png()).write(to: fixture.output.cutout(id))
      let json = #"{"version":0,"kind":"frame","matrix":[0.4,0,-40,0,0.4,-16]}"#
      #expect(try await visitor.post(json, to: "/api/repair/\(id)", cookie: cookie).status == 200)
      let after = try await sheet([id], from: visitor, cookie: cookie).image
      #expect(halves(0, of: after).right[2] > 220)
    }
    try FileManager.default.removeItem(at: fixture.output.cutout(id))
    try FileManager.default.removeItem(at: fixture.output.crop(id))
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger, editing: editing) { visitor in
      let kept = try await sheet([id], from: visitor, cookie: try await visitor.cookie()).image
      #expect(halves(0, of: kept).right[2] > 220, "it comes from the disk")
    }
    let red = ImageBuffer(width: 256, height: 256, format: .rgb, filledWith: [220, 30, 30])
    try Data(try red.png()).write(to: fixture.output.cutout(id))
    let cache = fixture.output.store.appendingPathComponent("thumbnails/tiles.sqlite")
    for ending in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: cache.path + ending) }
    try Data("this is not a database, but it has more than a few bytes".utf8).write(to: cache)
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger, editing: editing) { visitor in
      let again = try await sheet([id], from: visitor, cookie: try await visitor.cookie()).image
      #expect(halves(0, of: again).left[0] > 200)
    }
  }

  @Test("Tiles that are made before the page is opened are the ones that it shows, and are made once")
  func madeBefore() async throws {
    let fixture = try Fixture()
    let ids = try ["a.jpg", "b.jpg", "c.jpg"].map { try fixture.add($0) }
    try Data("no image".utf8).write(to: fixture.output.cutout(ids[1]))
    var missing: [Int] = []
    let file = fixture.output.store.appendingPathComponent("thumbnails/tiles.sqlite")
    for minimum in [4, 3, 1] {
      try await Tiles.make(
        in: fixture.output, ledger: fixture.ledger, editing: FileEditing(fixture), jobs: 2, minimum: minimum
      ) { missing.append($0) }
      #expect(FileManager.default.fileExists(atPath: file.path) == (minimum < 4))
    }
    #expect(missing == [3, 1], "the second time only the picture that cannot be read is tried")
    for id in ids {
      try FileManager.default.removeItem(at: fixture.output.cutout(id))
      try FileManager.default.removeItem(at: fixture.output.crop(id))
    }
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger) { visitor in
      let shown = try await sheet(ids, missing: 1, from: visitor, cookie: try await visitor.cookie())
      #expect(shown.present == "101")
      #expect(halves(0, of: shown.image).left[0] > 200 && halves(2, of: shown.image).left[0] > 200)
    }
  }

  @Test("A request with too many or invalid IDs, or without the session, is refused")
  func refused() async throws {
    let fixture = try Fixture()
    let id = try fixture.add("a.jpg")
    try await Visitor.atServer(of: fixture.output, ledger: fixture.ledger) { visitor in
      let cookie = try await visitor.cookie()
      let many = Array(repeating: "\"\(id)\"", count: TileSheet.limit + 1).joined(separator: ",")
      for body in ["{\"ids\":[\(many)]}", "{\"ids\":[]}", "{\"ids\":[\"../x\"]}", "[]", "{"] {
        let answer = try await visitor.post(body, to: "/image/tiles", cookie: cookie)
        #expect(answer.status == 400 && answer.text.contains("ids"), "\(body.prefix(40))")
      }
      let stranger = try await visitor.post("{\"ids\":[\"\(id)\"]}", to: "/image/tiles", cookie: "")
      #expect(stranger.status == 403)
    }
  }
}
