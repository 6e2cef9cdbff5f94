import Dataset
import Foundation
import Imaging
import Mask
import MaskScenes
import Vision

/// Masks with known alpha: Easel's methods beside OpenCV's GrabCut.
///
/// EASEL_TEST_DATA names the test data, EASEL_MATTING the matting data, EASEL_MODELS the folder with the portrait network;
/// groups and methods whose files are missing are left out. OpenCV's GrabCut runs 5 iterations at full size, once from a
/// rectangle and once seeded with a head-shaped ellipse.
///
/// If EASEL_BENCH_SHEETS names a folder, the ten worst masks of each group and method are written there as pictures: crop, right
/// cutout and found cutout.
///
/// If EASEL_BENCH_WEIGHTS names weights files of mask networks (separated by spaces), they are measured beside the built-in network,
/// and the other methods are left out.
enum MaskQuality {
  private struct NoModel: Error {}

  /// Crops with the alpha that is right for them.
  private struct Group {
    let name: String
    let count: Int
    let scene: (Int) throws -> (subject: MaskSubject, truth: Plane)?
  }

  /// Sources of the matting data that the built-in network was not trained on (docs/mask-network.md).
  private static let heldOutSources = ["renpy", "houkago-stella", "nova"]

  static func run() throws {
    let environment = ProcessInfo.processInfo.environment
    func folder(_ variable: String) -> URL? { environment[variable].map { URL(fileURLWithPath: $0) } }
    let portraits = folder("EASEL_MODELS")?.appendingPathComponent("SINet_Softmax.onnx")
    var groups: [Group] = []
    if let data = folder("EASEL_TEST_DATA") {
      groups.append(try sprites(data))
      groups.append(try parts(data))
      if let portraits { groups.append(try selfies(data, portraits)) }
    }
    if let matting = folder("EASEL_MATTING") {
      groups += try heldOutSources.compactMap { try heldOut($0, matting) }
    }
    guard !groups.isEmpty else {
      print("  skipped: neither EASEL_TEST_DATA nor EASEL_MATTING is set")
      return
    }
    let candidates = environment["EASEL_BENCH_WEIGHTS"]?.split(separator: " ").map(String.init) ?? []
    let methods = try candidates.isEmpty ? methods(portraits) : networks([nil] + candidates)
    for group in groups {
      print("  \(group.name): mean IoU, worst tenth, alpha error, ms a crop")
      for method in methods { try measure(method, group) }
    }
  }

  private typealias Method = (name: String, mask: (MaskSubject) throws -> Plane?)

  /// The mask networks of weights files; nil is the built-in one.
  private static func networks(_ files: [String?]) throws -> [Method] {
    try files.map { file in
      let weights = file.map { URL(fileURLWithPath: $0) }
      let extractor = try ForegroundExtractor(.network, learned: weights) { _ in throw NoModel() }
      return (file ?? "built in", { try extractor($0).image.alpha.map { Plane($0) } })
    }
  }

  private static func methods(_ portraits: URL?) throws -> [Method] {
    func easel(_ name: String, _ method: MaskSettings.Method, _ model: URL? = nil) throws -> Method {
      let extractor = try ForegroundExtractor(method) { _ in
        guard let model else { throw NoModel() }
        return model
      }
      return (name, { try extractor($0).image.alpha.map { Plane($0) } })
    }
    var methods: [Method] = [
      try easel("easel network", .network), try easel("easel color-model", .colorModel),
      ("GrabCut, rectangle", { try rectangle($0.image) }), ("GrabCut, seeded", { try ellipse($0.image) }),
    ]
    if let portraits { methods.append(try easel("SINet", .segment, portraits)) }
    return methods
  }

  private static func measure(_ method: Method, _ group: Group) throws {
    var (scores, took): ([MaskScore], Duration) = ([], .zero)
    var rows: [(overlap: Double, cells: [ImageBuffer])] = []
    for number in 0..<group.count {
      guard let (subject, truth) = try group.scene(number) else { continue }
      let start = ContinuousClock.now
      let mask = try? method.mask(subject)
      took += start.duration(to: .now)
      let none = Plane(
        width: truth.width, height: truth.height, values: truth.values.map { _ in 0 })
      let score = MaskScore(mask ?? none, truth)
      scores.append(score)
      rows.append((score.overlap, try [nil, truth, mask ?? none].map { try cell(subject.image, $0) }))
    }
    try writeSheet(rows, "\(group.name), \(method.name)")
    let found = MaskScores(scores)
    let seconds = Double(took.components.seconds) + Double(took.components.attoseconds) * 1e-18
    print(
      String(
        format: "    %5.3f  %5.3f  %6.4f  %6.1f  ", found.overlap, found.worstTenth, found.error,
        1000 * seconds / Double(max(1, scores.count))) + method.name)
  }

  /// The crop, or its cutout by `alpha` on magenta, at 160 pixels.
  private static func cell(_ crop: ImageBuffer, _ alpha: Plane?) throws -> ImageBuffer {
    let size = PixelSize(width: 160, height: 160)
    let image = crop.converted(to: .rgb).resized(to: size)
    guard let alpha else { return image }
    let mask = ImageBuffer(
      width: alpha.width, height: alpha.height, format: .gray,
      bytes: alpha.values.map { UInt8(min(max($0, 0), 1) * 255) })
    return image.withAlpha(mask.resized(to: size)).composited(on: [255, 0, 255])
  }

  /// Writes the ten rows with the smallest overlap as a picture of two columns.
  private static func writeSheet(_ rows: [(overlap: Double, cells: [ImageBuffer])], _ name: String) throws {
    guard let folder = ProcessInfo.processInfo.environment["EASEL_BENCH_SHEETS"] else { return }
    var sheet = ImageBuffer(width: 6 * 162, height: 5 * 162, format: .rgb, filledWith: [255, 255, 255])
    for (index, row) in rows.sorted(by: { $0.overlap < $1.overlap }).prefix(10).enumerated() {
      for (column, cell) in row.cells.enumerated() {
        sheet.paste(cell, x: (index % 2 * 3 + column) * 162, y: index / 2 * 162)
      }
    }
    let file = name.replacingOccurrences(of: " ", with: "-").filter {
      $0.isLetter || $0.isNumber || $0 == "-"
    }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(sheet.png()).write(to: URL(fileURLWithPath: folder).appendingPathComponent("\(file).png"))
  }

  private static func sprites(_ data: URL) throws -> Group {
    let renderer = try SpriteSceneRenderer(data)
    return Group(name: "60 sprites' heads over other backgrounds", count: 60) {
      let scene = try renderer.scene($0, seed: 101)
      return (scene.subject, scene.truth)
    }
  }

  private static func heldOut(_ source: String, _ matting: URL) throws -> Group? {
    let renderer = try SpriteSceneRenderer(matting: matting, source: source)
    guard renderer.count > 0 else { return nil }
    let count = min(48, 4 * renderer.count)
    return Group(name: "\(source), \(renderer.count) characters, \(count) scenes", count: count) {
      let scene = try renderer.scene($0, seed: 202)
      return (scene.subject, scene.truth)
    }
  }

  /// CelebAMask-HQ's photographs with their part masks.
  private static func parts(_ data: URL) throws -> Group {
    let archive = data.appendingPathComponent("celebamask-hq/derived-original-layout/CelebA-HQ-img")
    let extractor = try ForegroundExtractor(.parts) { _ in throw NoModel() }
    return Group(name: "CelebAMask-HQ, 4 photographs", count: 4) { number in
      let file = archive.appendingPathComponent("\(number).jpg")
      let photo = try ImageFile.read(file).image.converted(to: .rgb)
      let image = photo.resized(to: PixelSize(width: 256, height: 256))
      let scale = 256 / Double(photo.width)
      let map = AffineMap(scale, 0, (scale - 1) / 2, 0, scale, (scale - 1) / 2)
      var subject = MaskSubject(image, face: .framed(image.size, shape: .photo))
      subject.shape = .photo
      let marked = MaskSubject(
        image, origin: .init(file: file, kind: .celebamaskHQ, parts: [], matrix: map, size: photo.size))
      return try extractor(marked).image.alpha.map { (subject, Plane($0)) }
    }
  }

  /// Selfies with SINet's mask as the truth: agreement, not quality.
  private static func selfies(_ data: URL, _ portraits: URL) throws -> Group {
    let folder = data.appendingPathComponent("selfie2anime/trainA")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().prefix(100)
    let extractor = try ForegroundExtractor(.segment) { _ in portraits }
    return Group(name: "\(names.count) selfies, agreement with SINet", count: names.count) { number in
      let image = try ImageFile.read(folder.appendingPathComponent(names[number])).image.converted(to: .rgb)
      var subject = MaskSubject(image, face: .framed(image.size, shape: .photo))
      subject.shape = .photo
      return try extractor(subject).image.alpha.map { (subject, Plane($0)) }
    }
  }

  private static func rectangle(_ image: ImageBuffer) throws -> Plane {
    var classes = [UInt8](repeating: 0, count: image.size.area)
    let (width, height) = (Double(image.width), Double(image.height))
    try GrabCut.run(
      image, classes: &classes,
      box: Box(x: width * 0.05, y: height * 0.05, width: width * 0.9, height: height * 0.95))
    return plane(classes, image.size)
  }

  private static func ellipse(_ image: ImageBuffer) throws -> Plane {
    var classes: [UInt8] = []
    for y in 0..<image.height {
      for x in 0..<image.width {
        let across = (Double(x) / Double(image.width) - 0.5) / 0.46
        let down = (Double(y) / Double(image.height) - 0.55) / 0.53
        let distance = across * across + down * down
        let kind: GrabCut.Class =
          distance < 0.2
          ? .foreground
          : distance < 1 ? .probableForeground : distance < 1.4 ? .probableBackground : .background
        classes.append(kind.rawValue)
      }
    }
    try GrabCut.run(image, classes: &classes)
    return plane(classes, image.size)
  }

  private static func plane(_ classes: [UInt8], _ size: PixelSize) -> Plane {
    Plane(width: size.width, height: size.height, values: classes.map { $0 % 2 == 1 ? 1 : 0 })
  }
}
