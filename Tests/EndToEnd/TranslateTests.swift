import Foundation
import Imaging
import TestSupport
import Testing

@Suite struct TranslateTests {
  private static let hasFaces = TestData.images != nil && TestData.models != nil
  private let bench: Workbench

  /// A run of one step on noise, width 4, side 64.
  init() throws {
    bench = try Workbench()
    for (seed, folder) in ["trainA", "trainB"].enumerated() {
      try FileManager.default.createDirectory(
        at: bench.folder.appending("set/\(folder)"), withIntermediateDirectories: true)
      for number in 0..<2 {
        try bench.write(noise(UInt64(seed * 2 + number)).png(), to: "set/\(folder)/\(number).png")
      }
    }
    let result = try bench.run(
      "train", "set", "--to", "run", "--steps", "1", "--set", "train.width=4", "--jobs", "1")
    #expect(result.status == 0, "\(result.talk)")
  }

  private func noise(_ seed: UInt64, format: ImageBuffer.Format = .rgb) -> ImageBuffer {
    var random = SplitMix64(state: seed)
    let bytes = (0..<64 * 64 * format.rawValue).map { _ in UInt8.random(in: 0...255, using: &random) }
    return ImageBuffer(width: 64, height: 64, format: format, bytes: bytes)
  }

  private func photos(_ names: [String]) throws {
    let source = try #require(TestData.images).appendingPathComponent("lfw/Tony_Blair")
    let folder = bench.folder.appending("photos")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for name in names {
      try FileManager.default.copyItem(
        at: source.appendingPathComponent(name), to: folder.appendingPathComponent(name))
    }
  }

  private func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: bench.folder.appending(folder).path).sorted()
  }

  /// Runs `easel translate` with its own folder for temporary files, which must be empty afterwards.
  private func translate(_ arguments: [String]) throws -> Program.Result {
    let scratch = try TemporaryFolder()
    let result = try bench.easel.run(
      ["translate", "--jobs", "1"] + arguments, in: bench.folder.url,
      environment: ["TMPDIR": scratch.url.path])
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path).isEmpty)
    return result
  }

  @Test(
    "--prepare writes one square result for each face",
    .enabled(if: hasFaces, "EASEL_TEST_DATA or EASEL_MODELS is not set"))
  func prepareRawPhoto() throws {
    try photos(["Tony_Blair_0001.jpg", "Tony_Blair_0002.jpg"])
    try bench.write(noise(9).png(), to: "photos/nobody.png")
    try bench.write("no picture", to: "photos/broken.jpg")
    let result = try translate(["photos", "--run", "run", "--to", "out", "--prepare", "--json"])
    #expect(result.status == 2, "\(result.talk)")
    #expect(
      try names("out") == ["Tony_Blair_0001_1.png", "Tony_Blair_0001_2.png", "Tony_Blair_0002.png"])
    let squares = try names("out").map { try ImageFile.read(bench.folder.appending("out/\($0)")).image }
    #expect(squares.allSatisfy { $0.size == PixelSize(width: 64, height: 64) && $0.format == .rgb })
    let items = result.events.filter { $0["event"] as? String == "item" }
    func status(_ name: String) -> [String?] {
      items.filter { ($0["path"] as? String)?.hasSuffix(name) == true }
        .flatMap { [$0["status"] as? String, $0["why"] as? String] }
    }
    #expect(items.count == 4)
    #expect(status("0001.jpg") == ["done", nil])
    #expect(status("nobody.png") == ["skipped", "no-face"])
    #expect(status("broken.jpg") == ["failed", "not-an-image"])
    // With the mask as alpha, the corners beside the head are transparent and the face is opaque.
    let clear = try translate([
      "photos/Tony_Blair_0002.jpg", "--run", "run", "--to", "clear", "--prepare", "--background",
      "transparent",
    ])
    #expect(clear.status == 0, "\(clear.talk)")
    let alpha = try #require(
      try ImageFile.read(bench.folder.appending("clear/Tony_Blair_0002.png")).image.alpha)
    #expect(alpha[2, 2] == [0] && alpha[32, 40] == [255])
  }

  @Test(
    "--paste-back changes the face square only",
    .enabled(if: hasFaces, "EASEL_TEST_DATA or EASEL_MODELS is not set"))
  func pasteBack() throws {
    try photos(["Tony_Blair_0002.jpg"])
    try FileManager.default.copyItem(
      at: bench.folder.appending("photos"), to: bench.folder.appending("others"))
    // The dataset's record contains the crop of the same face.
    try bench.write(
      """
      name: bench
      output: data
      size: 64
      domains:
        A: { sources: [{ photos: photos }], crop: { min-face: 24 } }
        B: { sources: [{ photos: others }], crop: { min-face: 24, detector: yunet } }
      """, to: "datasets.yaml")
    #expect(try [0, 2].contains(bench.run("run").status))
    let records = try ["metadata.jsonl", "rejected.jsonl"].flatMap { name in
      try String(contentsOf: bench.folder.appending("data/\(name)"), encoding: .utf8).split(separator: "\n")
        .compactMap { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
    }
    let crop = try #require(
      records.first { $0["domain"] as? String == "A" && $0["crop"] is [String: Any] }?["crop"])
    let numbers = try #require((crop as? [String: Any])?["matrix"] as? [Double])
    let map = AffineMap(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5])

    let result = try translate(["photos", "--run", "run", "--to", "out", "--prepare", "--paste-back"])
    #expect(result.status == 0, "\(result.talk)")
    #expect(try names("out") == ["Tony_Blair_0002.png"])
    let before = try ImageFile.read(bench.folder.appending("photos/Tony_Blair_0002.jpg")).image
    let after = try ImageFile.read(bench.folder.appending("out/Tony_Blair_0002.png")).image
    try #require(before.size == after.size && before.format == after.format)
    var (outside, inside) = (0, 0)
    for y in 0..<before.height {
      for x in 0..<before.width where before[x, y] != after[x, y] {
        let place = map(Point(x: Double(x), y: Double(y)))
        let isInside = (-0.5...63.5).contains(place.x) && (-0.5...63.5).contains(place.y)
        if isInside { inside += 1 } else { outside += 1 }
      }
    }
    #expect(outside == 0)
    #expect(inside > 4000, "a face of this photo has some ten thousand pixels")
  }

  @Test("Exported weights translate exactly like the run") func exportedWeights() throws {
    let train = try bench.run(
      "train", "set", "--to", "averaged", "--steps", "2", "--set", "train.width=4", "--set", "train.ema=0.5",
      "--jobs", "1")
    #expect(train.status == 0, "\(train.talk)")
    var translations: [[String: Data]] = []
    for run in ["run", "averaged"] {
      let whole = try bench.run(
        "translate", "set/trainA", "--run", run, "--to", "whole-\(run)", "--jobs", "1")
      #expect(whole.status == 0, "\(whole.talk)")
      let expected = try bench.files(of: bench.folder.appending("whole-\(run)"))
      translations.append(expected)
      for (name, more) in [
        ("all.pt", []), ("all.safetensors", []), ("one.pt", ["--generator-only", "AtoB"]),
      ] {
        let file = "\(run)-\(name)"
        let export = try bench.easel.run(
          ["export-weights", "--run", run, "--to", file] + more, in: bench.folder.url)
        #expect(export.status == 0, "\(export.talk)")
        let result = try bench.run(
          "translate", "set/trainA", "--weights", file, "--size", "64", "--to", "out-\(file)", "--jobs", "1")
        #expect(result.status == 0, "\(result.talk)")
        #expect(try bench.files(of: bench.folder.appending("out-\(file)")) == expected, "\(file)")
      }
    }
    #expect(translations[0].count == 2 && translations[0] != translations[1])
    let other = try bench.run(
      "translate", "set/trainA", "--weights", "run-one.pt", "--direction", "BtoA", "--to", "x")
    #expect(other.status == 1 && other.talk.contains("genB2A"))
    let name = try bench.run("export-weights", "--run", "run", "--to", "weights.bin")
    #expect(name.status == 64 && name.talk.contains(".safetensors"))
  }

  @Test("Transparent pixels are white for the network, and alpha is restored on request") func alpha() throws
  {
    let figure = noise(5, format: .rgba)
    try bench.write(figure.png(), to: "figure.png")
    try bench.write(figure.composited(on: [255, 255, 255]).png(), to: "white.png")
    let plain = try translate(["figure.png", "white.png", "--run", "run", "--to", "plain"])
    #expect(plain.status == 0, "\(plain.talk)")
    let onWhite = try ImageFile.read(bench.folder.appending("plain/figure.png")).image
    #expect(onWhite == (try ImageFile.read(bench.folder.appending("plain/white.png")).image))
    let clear = try translate(["figure.png", "--run", "run", "--to", "clear", "--background", "transparent"])
    #expect(clear.status == 0, "\(clear.talk)")
    #expect(try ImageFile.read(bench.folder.appending("clear/figure.png")).image.alpha == figure.alpha)
    let both = try translate([
      "figure.png", "--run", "run", "--to", "x", "--background", "transparent", "--cam",
    ])
    #expect(both.status == 64)
  }

  @Test("A broken file is one failed item among the others") func brokenFile() throws {
    try FileManager.default.createDirectory(
      at: bench.folder.appending("many/inner"), withIntermediateDirectories: true)
    for number in 0..<5 { try bench.write(noise(UInt64(20 + number)).png(), to: "many/inner/\(number).png") }
    try bench.write(noise(30).png().dropLast(900) + [], to: "many/inner/2b.png")
    let result = try translate([
      "many", "--run", "run", "--to", "out", "--batch", "3", "--json", "--side-by-side", "--cam",
    ])
    #expect(result.status == 2, "\(result.talk)")
    let failed = result.events.filter { $0["status"] as? String == "failed" }
    #expect(failed.count == 1 && (failed.first?["path"] as? String)?.hasSuffix("many/inner/2b.png") == true)
    #expect(try names("out/inner") == (0..<5).map { "\($0).png" })
    #expect(try ImageFile.read(bench.folder.appending("out/inner/4.png")).image.width == 3 * 64)
    #expect(result.events.last?["done"] as? Int == 5 && result.events.last?["failed"] as? Int == 1)
  }

  @Test("easel-train without easel reports that --prepare needs easel") func prepareNeedsEasel() throws {
    let alone = try Program("easel-train").run(
      ["translate", "set/trainA", "--run", "run", "--to", "out", "--prepare"], in: bench.folder.url)
    #expect(alone.status == 64 && alone.talk.contains("easel translate"))
    let paste = try translate(["set/trainA", "--run", "run", "--to", "out", "--paste-back"])
    #expect(paste.status == 64 && paste.talk.contains("--prepare"))
    let missing = try translate(["set/trainA", "--run", "nowhere", "--to", "out", "--prepare"])
    #expect(missing.status == 1 && missing.talk.contains("nowhere"))
  }
}
