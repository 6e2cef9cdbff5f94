import Dataset
import Foundation
import Imaging
import Mask
import MaskScenes
import Vision

/// What ten corrected masks of one style do for the other images of that style.
///
/// EASEL_MATTING and EASEL_TEST_DATA name the data. EASEL_MASK_WEIGHTS names weights that were not trained on the sources;
/// without it the built-in network is used, which has seen every source but renpy. Ten scenes are given to
/// `easel-train learn-mask` with their true alpha; the mean alpha error on 30 other scenes is printed before and after.
enum MaskLearningProof {
  private struct NoModel: Error {}

  static func run() throws {
    let environment = ProcessInfo.processInfo.environment
    func path(_ variable: String) -> URL? { environment[variable].map { URL(fileURLWithPath: $0) } }
    guard let data = path("EASEL_TEST_DATA"), let matting = path("EASEL_MATTING") else {
      print("  skipped: EASEL_TEST_DATA or EASEL_MATTING is not set")
      return
    }
    let start = path("EASEL_MASK_WEIGHTS")
    let styles: [(String, SpriteSceneRenderer)] = try [
      ("renpy-sprites", SpriteSceneRenderer(data)),
      ("houkago-stella", SpriteSceneRenderer(matting: matting, source: "houkago-stella")),
      ("nova", SpriteSceneRenderer(matting: matting, source: "nova")),
    ]
    print("  alpha error on 30 scenes: before, after, change, seconds of learning")
    for (name, renderer) in styles { try measure(name, renderer, start) }
  }

  private static func measure(_ name: String, _ renderer: SpriteSceneRenderer, _ start: URL?) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "easel-learn-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var lines = ["crop\tmask\tx0\ty0\tx1\ty1\tid"]
    for number in 0..<10 {
      let scene = try renderer.scene(number, seed: 303)
      let mask = ImageBuffer(
        width: scene.truth.width, height: scene.truth.height, format: .gray,
        bytes: scene.truth.values.map { UInt8((min(max($0, 0), 1) * 255).rounded()) })
      try Data(scene.image.png()).write(to: folder.appendingPathComponent("\(number).png"))
      try Data(mask.png()).write(to: folder.appendingPathComponent("\(number)-mask.png"))
      let box = scene.face.box
      lines.append(
        "\(number).png\t\(number)-mask.png\t\(box.x)\t\(box.y)\t\(box.x + box.width)\t\(box.y + box.height)\t\(number)"
      )
    }
    let list = folder.appendingPathComponent("list.tsv")
    try lines.joined(separator: "\n").write(to: list, atomically: true, encoding: .utf8)
    let result = folder.appendingPathComponent("learned")
    let seconds = try Command.time(
      try Command.easel("easel-train"),
      ["learn-mask", "--samples", list.path, "--to", result.path]
        + (start.map { ["--from", $0.path] } ?? []))
    let before = try error(renderer, start)
    let learned = result.appendingPathComponent("network.weights")
    guard FileManager.default.fileExists(atPath: learned.path) else {
      print(String(format: "    %.4f  not better, not used  %.0f  ", before, seconds) + name)
      return
    }
    let after = try error(renderer, learned)
    print(
      String(format: "    %.4f  %.4f  %+.0f %%  %.0f  ", before, after, 100 * (after / before - 1), seconds)
        + name)
  }

  private static func error(_ renderer: SpriteSceneRenderer, _ weights: URL?) throws -> Double {
    let extractor = try ForegroundExtractor(.network, learned: weights) { _ in throw NoModel() }
    let scores = try (10..<40).map { number in
      let scene = try renderer.scene(number, seed: 303)
      let alpha = try extractor(scene.subject).image.alpha.map { Plane($0) }
      return MaskScore(alpha ?? scene.truth, scene.truth)
    }
    return MaskScores(scores).error
  }
}
