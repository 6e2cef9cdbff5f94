import CurationFixture
import Dataset
import Foundation
import Imaging
import Ledger
import TestSupport
import Testing

@testable import Curate

@Suite struct GroupTests {
  private let fixture: Fixture

  init() throws { fixture = try Fixture() }

  /// Records the frames of one video: each shows its own image unless `like` contains another frame's number.
  private func video(
    _ times: [Double], name: String, cuts: [Double] = [], hash: LumaHash? = nil,
    picture: (Int) -> ImageBuffer
  ) throws {
    let sha256 = Digest(of: name).hex
    for (number, time) in times.enumerated() {
      let id = SourceID(sha256: sha256, time: time)
      var image = ImageRow(
        domain: .a, id: id, source: 0, kind: .videos, file: "/videos/\(name)", path: name, sha256: sha256,
        time: time, digest: "d")
      (image.width, image.height, image.picture) = (64, 64, hash?.description)
      if !cuts.isEmpty { image.scene = cuts.count { $0 <= time } }
      var crop = CropRow(
        id: id.sampleID(domain: .a, face: 0), domain: .a, image: id, number: 0,
        face: Sample.Face(
          detector: "given", score: 1, box: Box(x: 0, y: 0, width: 64, height: 64)), digest: "d")
      crop.cut = Sample.Cut(matrix: .identity, scale: 1, outside: 0)
      crop.size = 64
      try AtomicFile.write(picture(number).png(), to: fixture.output.crop(crop.id))
      try fixture.ledger.record(image, crops: [crop])
      try fixture.ledger.record(
        MaskRow(id: crop.id, summary: Sample.MaskSummary(method: "none", coverage: 1), digest: "m"))
    }
  }

  @Test("Frames of one scene are in one group, and scenes of one video may be in different groups")
  func scenes() async throws {
    // Three scenes of a video: 0 to 4 s, 30 to 34 s, 60 to 64 s; and one scene of another video.
    try video((0..<15).map { Double($0 / 5 * 30 + $0 % 5) }, name: "a.mkv") { Picture.patches($0) }
    try video((0..<5).map(Double.init), name: "b.mkv") { Picture.patches(100 + $0) }
    var settings = fixture.settings(test: 5)
    try await fixture.curate(settings)
    var kept = try fixture.kept
    #expect(kept.count == 20)
    let scenes = Dictionary(grouping: kept) { "\($0.source.path) \(Int(($0.source.time ?? 0) / 30))" }
    #expect(scenes.count == 4)
    for scene in scenes.values {
      #expect(Set(scene.map(\.group)).count == 1 && Set(scene.map(\.split)).count == 1)
    }
    #expect(Set(kept.map(\.group)).count == 4 && kept.count { $0.split == .test } == 5)
    settings.curate.scene = 30
    settings.curate.test = 4
    try await fixture.curate(settings)
    kept = try fixture.kept
    #expect(Set(kept.map(\.group)).count == 2)
  }

  @Test("A cut separates two scenes, however close in time they are")
  func cuts() async throws {
    try video((0..<9).map { Double($0) / 2 }, name: "a.mkv", cuts: [1.4, 3.2]) { Picture.patches($0) }
    try await fixture.curate(fixture.settings(test: 3))
    let kept = try fixture.kept
    #expect(Set(kept.map(\.group)).count == 3)
    let scenes = Dictionary(grouping: kept) { sample in [1.4, 3.2].count { $0 <= sample.source.time ?? 0 } }
    for scene in scenes.values { #expect(Set(scene.map(\.group)).count == 1) }
  }

  @Test("Faces of turned copies of one picture are in one group, even if their crops differ")
  func turnedPictures() async throws {
    var random = CounterRandom(7)
    let hashes = (0..<6).map { _ in LumaHash(low: random.next(), high: random.next() >> 9) }
    // The first picture turned, with four other bits, and a picture with 20 other bits.
    let turned = hashes[0].turned(.rightTop)
    let copy = LumaHash(low: turned.low ^ 0b1111, high: turned.high)
    let other = LumaHash(low: hashes[0].low ^ 0xFFFFF, high: hashes[0].high)
    for (number, hash) in (hashes + [copy, other]).enumerated() {
      try video([0], name: "\(number).mkv", hash: hash) { _ in Picture.patches(number) }
    }
    try await fixture.curate(fixture.settings(test: 2))
    let groups = Dictionary(
      try fixture.kept.map { ($0.source.path, $0.group) }, uniquingKeysWith: { first, _ in first })
    #expect(groups.count == 8 && Set(groups.values).count == 7)
    #expect(groups["0.mkv"] == groups["6.mkv"])
  }

  @Test("Similar frames are subsampled to the chosen interval, and different ones stay")
  func subsampling() async throws {
    // A face with a moving caption, every half second; and another face at 1 s.
    let face = Picture.patches(7)
    try video((0..<12).map { Double($0) / 2 }, name: "a.mkv") { number in
      var frame = number == 2 ? Picture.patches(8) : face
      frame.paste(
        ImageBuffer(width: 20, height: 12, format: .rgb, filledWith: [255, 0, UInt8(number)]), x: number * 3,
        y: 26)
      return frame
    }
    var settings = fixture.settings(test: 0)
    settings.curate.duplicateConfirm = 1
    try await fixture.curate(settings)
    // Frames in which the caption hardly moves may count as copies.
    let before = try fixture.kept.count
    #expect(before >= 8)
    settings.curate.thin = 2
    try await fixture.curate(settings)
    let kept = try fixture.kept
    let times = kept.compactMap(\.source.time).filter { $0 != 1 }.sorted()
    #expect(kept.contains { $0.source.time == 1 }, "another face is no neighbour")
    #expect(times.count >= 2 && zip(times, times.dropFirst()).allSatisfy { $1 - $0 >= 2 })
    let thinned = try fixture.rejected.filter { $0.decision.why == "thinned" }
    #expect(thinned.count == before - kept.count)
    #expect(thinned.allSatisfy { $0.decision.detail?.contains("must be 2 s apart") == true })
  }

  @Test("A test group that grows remains in the test split, and a smaller setting reduces the split")
  func growingGroup() {
    let before = Splitter(asked: 10, seed: 0).test(of: (0..<100).map { ["\($0)"] }, before: [])
    #expect(before.count == 10)
    let first = before.sorted()[0]
    let groups = (0..<100).map { "\($0)" == first ? [first, "new", "newer"] : ["\($0)"] }
    let after = Splitter(asked: 10, seed: 0).test(of: groups, before: before)
    #expect(after == before.union(["new", "newer"]))
    let fewer = Splitter(asked: 4, seed: 0, keepsAll: false).test(
      of: (0..<100).map { ["\($0)"] }, before: before)
    #expect(fewer.count == 4 && fewer.isSubset(of: before))
  }

  @Test("One similar pair does not merge two persons")
  func identityClusters() async throws {
    // Two persons with three faces each, with orthogonal embeddings; one face of each is more similar to the other person.
    func face(_ degrees: Double) -> [Float] {
      [Float(cos(degrees * .pi / 180)), Float(sin(degrees * .pi / 180))]
    }
    let faces = [face(0), face(5), face(20), nil, face(90), face(85), face(65)]
    let numbers = try await IdentityClusters(faces, alike: 0.7).numbers
    #expect(numbers[0] == numbers[1] && numbers[1] == numbers[2] && numbers[3] == nil)
    #expect(numbers[4] == numbers[5] && numbers[5] == numbers[6])
    #expect(numbers[0] != numbers[4])
    #expect(IdentityClusters.cosine((0..<19).map(Float.init), (0..<19).map { _ in 2 }) == 342)
  }

  @Test("Among many faces, those of one person are found without comparing each with each")
  func manyFaces() async throws {
    // 300 persons with three faces each: a random direction and a little noise.
    var random = CounterRandom(5)
    func normal() -> Float { (0..<12).reduce(Float(-6)) { sum, _ in sum + Float(random.unit()) } }
    let faces = (0..<300).flatMap { _ -> [[Float]] in
      let centre = (0..<128).map { _ in normal() }
      return (0..<3).map { _ in
        let face = centre.map { $0 + 0.5 * normal() }
        let norm = face.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return face.map { $0 / norm }
      }
    }
    let exact = try await IdentityClusters(faces, alike: 0.6).numbers
    let fast = try await IdentityClusters(faces, alike: 0.6, jobs: 2, limit: 0).numbers
    #expect(Set(exact).count == 300)
    let found = (0..<300).count { Set(fast[$0 * 3..<$0 * 3 + 3]).count == 1 }
    #expect(found >= 285 && zip(exact, fast).allSatisfy { ($0 ?? 0) <= ($1 ?? 0) }, "\(found) of 300")
  }

  @Test(
    "Photos of one person have more similar embeddings than those of two",
    .enabled(
      if: TestData.images != nil && TestData.models != nil, "EASEL_TEST_DATA or EASEL_MODELS is not set"))
  func realIdentity() throws {
    let models = try #require(TestData.models).appendingPathComponent(
      "mobilefacenet/mxnet2caffe_mobilefacenet")
    let embedder = try FaceEmbedder(["caffemodel", "prototxt"].map { models.appendingPathExtension($0) })
    let root = try #require(TestData.images).appendingPathComponent("lfw")
    // The approximate landmarks of LFW, whose images are centred on the face.
    let points = [(106, 113), (144, 113), (125, 136), (109, 154), (141, 154)].map { Point(x: $0.0, y: $0.1) }
    let faces = try ["Colin_Powell", "Ariel_Sharon"].map { person in
      try (1...4).map { number in
        let image = try ImageFile.read(root.appendingPathComponent("\(person)/\(person)_000\(number).jpg"))
          .image
        return try #require(try embedder.embed(image, landmarks: points))
      }
    }
    var (same, different) = ([Float](), [Float]())
    for a in 0..<4 {
      for b in 0..<4 {
        different.append(IdentityClusters.cosine(faces[0][a], faces[1][b]))
        if a < b { same += faces.map { IdentityClusters.cosine($0[a], $0[b]) } }
      }
    }
    let mean = { (values: [Float]) in values.reduce(0, +) / Float(values.count) }
    #expect(mean(same) > 0.35 && mean(different) < 0.2, "\(mean(same)), \(mean(different))")
  }
}

extension Point {
  fileprivate init(x: Int, y: Int) { self.init(x: Double(x), y: Double(y)) }
}
