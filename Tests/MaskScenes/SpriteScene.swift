import Dataset
public import Foundation
public import Imaging
public import Mask
import TestSupport
public import Vision

/// A crop of an anime character with true alpha over a background, to measure masks.
///
/// A seed decides character, tint, position, scale, rotation, background, blur and JPEG quality.
public struct SpriteScene: Sendable {
  /// The crop, RGB.
  public let image: ImageBuffer
  /// The character's alpha.
  public let truth: Plane
  /// The approximate face, by the crop's framing.
  public let face: FaceGuide
  /// The source image's border inside the crop; nil if there is no padding.
  public let origin: MaskSubject.Origin?
  /// A description of the scene, to find the worst ones again.
  public let story: String

  /// The input of a mask method.
  public var subject: MaskSubject {
    var subject = MaskSubject(image, face: face, origin: origin)
    subject.shape = .anime
    subject.ignoresOutside = origin != nil
    return subject
  }
}

/// Renders scenes from the sprites, backgrounds and frames of the test data.
public struct SpriteSceneRenderer: Sendable {
  private let figures: [Figure]
  private let backgrounds: [ImageBuffer]

  private struct Figure: Sendable {
    let name: String
    let image: ImageBuffer
    /// Brow to chin: centre and height in the sprite's pixels.
    let face: (x: Double, y: Double, height: Double)
  }

  /// Faces by the prefix of the sprites' names.
  private static let faces: [(prefix: String, x: Double, y: Double, height: Double)] = [
    ("demo/eileen", 160, 190, 108), ("demo/lucy happy", 215, 199, 78), ("demo/lucy mad", 226, 248, 97),
    ("the_question/sylvie blue", 159, 118, 80), ("the_question/sylvie green", 188, 122, 71),
  ]

  /// The sprites and backgrounds under `root`, the folder of test data.
  ///
  /// - Throws: `ImagingError` for a file that is missing.
  public init(_ root: URL) throws {
    var figures: [Figure] = []
    let sprites = root.appendingPathComponent("renpy-sprites")
    var scenery: [String] = []
    for folder in ["demo", "the_question"] {
      let names = try FileManager.default.contentsOfDirectory(
        atPath: sprites.appendingPathComponent(folder).path)
      for name in names.sorted().map({ "\(folder)/\($0)" }) {
        if name.contains("/bg ") { scenery.append("renpy-sprites/\(name)") }
        guard name.hasSuffix(".png"), let face = Self.faces.first(where: { name.hasPrefix($0.prefix) }) else {
          continue
        }
        figures.append(
          Figure(
            name: name, image: try ImageFile.read(sprites.appendingPathComponent(name)).image,
            face: (face.x, face.y, face.height)))
      }
    }
    let frames = try FileManager.default.contentsOfDirectory(
      atPath: root.appendingPathComponent("anime-frames").path)
    scenery += frames.sorted().map { "anime-frames/\($0)" }
    self.figures = figures
    backgrounds = try scenery.map {
      try ImageFile.read(root.appendingPathComponent($0)).image.converted(to: .rgb)
    }
  }

  /// The characters of one source of the matting data in `root`, one file each, over its backgrounds.
  ///
  /// Files without a face box are not used.
  ///
  /// - Throws: `ImagingError` for an unreadable image, a Foundation error for a missing list.
  public init(matting root: URL, source: String) throws {
    func rows(_ name: String) throws -> [[String]] {
      try String(contentsOf: root.appendingPathComponent(name), encoding: .utf8)
        .split(separator: "\n").dropFirst().map {
          $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
    }
    let faces = Dictionary(
      try rows("faces.tsv").compactMap { row -> (String, [Double])? in
        let numbers = row.dropFirst().prefix(4).compactMap(Double.init)
        return numbers.count == 4 ? (row[0], numbers) : nil
      }, uniquingKeysWith: { first, _ in first })
    let pictures = try rows("manifest.tsv").filter { $0.count > 4 }
    var characters: Set<String> = []
    figures = try pictures.filter { $0[1] == source && characters.insert($0[4]).inserted }.compactMap { row in
      guard let box = faces[row[0]], box[3] > box[1] else { return nil }
      return Figure(
        name: row[0],
        image: try ImageFile.read(root.appendingPathComponent(row[0])).image.converted(to: .rgba),
        face: ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, box[3] - box[1]))
    }
    let scenery = pictures.filter { $0[3] == "background" }
    backgrounds = try stride(from: 0, to: scenery.count, by: 12).map {
      try ImageFile.read(root.appendingPathComponent(scenery[$0][0])).image.converted(to: .rgb)
    }
  }

  /// The number of characters.
  public var count: Int { figures.count }

  /// Scene number `number` of series `seed`, `side` pixels wide and high.
  ///
  /// - Throws: `VisionError`, `ImagingError`.
  public func scene(_ number: Int, seed: UInt64, side: Int = 256) throws -> SpriteScene {
    var chance = Chance(seed: seed &* 1_000_003 &+ UInt64(number))
    let figure = figures[number % figures.count]
    let size = PixelSize(width: side, height: side)

    // photo2cartoon's framing puts an anime face at 0.55 of the height; detectors are not exact. Some framings are
    // wider.
    let isWide = chance.happens(0.3)
    let framed = isWide ? chance.number(0.22, 0.36) : 0.4
    let share = framed * chance.number(0.85, 1.12)
    let scale = share * Double(side) / figure.face.height
    let flipped = chance.happens(0.5)
    var map = AffineMap.translation(x: -figure.face.x, y: -figure.face.y)
    if flipped { map = map.then(AffineMap(-1, 0, 0, 0, 1, 0)) }
    map = map.then(.rotation(degrees: chance.number(-8, 8))).then(.scaling(scale)).then(
      .translation(
        x: Double(side) * (0.5 + chance.number(-0.03, 0.03)),
        y: Double(side) * (0.55 + chance.number(-0.04, 0.03))))
    var cutout = try figure.image.warped(by: map, to: size)
    cutout.tint(&chance)

    let (ground, kind) = try background(size, &chance)
    var image = cutout.placed(on: ground)
    // An image that ends beside the face; the padding outside it is white.
    var edge: Int?
    if chance.happens(0.12) {
      let width = Int(chance.number(0.05, 0.22) * Double(side))
      edge = width
      for y in 0..<side {
        for x in 0..<width {
          image.bytes.replaceSubrange((y * side + x) * 3..<(y * side + x) * 3 + 3, with: [255, 255, 255])
          cutout.bytes[(y * side + x) * 4 + 3] = 0
        }
      }
    }
    if chance.happens(0.3) { image = try image.blurred(sigma: chance.number(0.3, 0.9)) }
    var quality: Int?
    if chance.happens(0.6) {
      let drawn = Int(chance.number(55, 95))
      quality = drawn
      image = try ImageCodec.decode(image.jpeg(quality: drawn)).image
    }
    let origin = edge.map { edge in
      MaskSubject.Origin(
        file: URL(fileURLWithPath: "/none"), kind: .screenshots, parts: [],
        matrix: .translation(x: Double(edge), y: 0), size: PixelSize(width: side - edge, height: side * 2))
    }
    let height = framed * Double(side)
    let face = FaceGuide(
      box: Box(
        x: Double(side) / 2 - height / 2, y: Double(side) * 0.55 - height / 2, width: height, height: height))
    return SpriteScene(
      image: image, truth: Plane(try cutout.alphaPlane()),
      face: isWide ? face : .framed(size, shape: .anime),
      origin: origin,
      story:
        "\(number) \(figure.name) on \(kind), share \(share), quality \(quality ?? 100), edge \(edge ?? 0)")
  }

  private func background(_ size: PixelSize, _ chance: inout Chance) throws -> (ImageBuffer, String) {
    let kind = chance.number(0, 1)
    var image: ImageBuffer
    var name: String
    if kind < 0.12 {
      (image, name) = (
        .gradient(size, chance.color(), chance.color(), vertical: chance.happens(0.6)), "gradient"
      )
    } else if kind < 0.2 {
      let color = chance.color()
      (image, name) = (.gradient(size, color, color, vertical: true), "flat")
    } else if kind < 0.3 {
      (image, name) = (
        .stripes(size, (0..<3).map { _ in chance.color() }, width: chance.number(6, 40)), "stripes"
      )
    } else {
      let number = chance.index(backgrounds.count)
      let whole = backgrounds[number]
      let cut = Int(Double(min(whole.width, whole.height)) * chance.number(0.35, 1))
      image = whole.cropped(
        x: chance.index(whole.width - cut + 1), y: chance.index(whole.height - cut + 1), width: cut,
        height: cut
      ).resized(to: size)
      name = "picture \(number)"
    }
    if chance.happens(0.3) { image = try image.blurred(sigma: chance.number(0.8, 5)) }
    return (image, name)
  }
}

/// The random choices of a scene.
struct Chance {
  private var random: SplitMix64

  init(seed: UInt64) { random = SplitMix64(state: seed) }

  /// A random number in `low`..<`high`.
  mutating func number(_ low: Double, _ high: Double) -> Double {
    low + (high - low) * Double(random.next() >> 11) / Double(1 << 53)
  }

  /// A random integer in 0..<`count`.
  mutating func index(_ count: Int) -> Int { Int(random.next() % UInt64(max(1, count))) }

  /// True with this probability.
  mutating func happens(_ probability: Double) -> Bool { number(0, 1) < probability }

  /// A random color.
  mutating func color() -> [Double] { (0..<3).map { _ in number(20, 250) } }
}

extension ImageBuffer {
  /// A gradient from one color to another.
  fileprivate static func gradient(
    _ size: PixelSize, _ first: [Double], _ last: [Double], vertical: Bool
  ) -> ImageBuffer {
    painted(size) { x, y in
      let share = vertical ? y / Double(size.height) : (x + y) / Double(size.width + size.height)
      return zip(first, last).map { $0 * (1 - share) + $1 * share }
    }
  }

  /// Slanted stripes of some colors.
  fileprivate static func stripes(_ size: PixelSize, _ colors: [[Double]], width: Double) -> ImageBuffer {
    painted(size) { x, y in colors[Int((x + y * 0.6) / width) % colors.count] }
  }

  private static func painted(_ size: PixelSize, _ color: (Double, Double) -> [Double]) -> ImageBuffer {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size.area * 3)
    for y in 0..<size.height {
      for x in 0..<size.width { bytes += color(Double(x), Double(y)).map { UInt8(min(max($0, 0), 255)) } }
    }
    return ImageBuffer(width: size.width, height: size.height, format: .rgb, bytes: bytes)
  }

  /// Changes brightness and colors.
  fileprivate mutating func tint(_ chance: inout Chance) {
    let light = chance.number(0.7, 1.15)
    let gains = (0..<3).map { _ in light * chance.number(0.85, 1.15) }
    let gamma = chance.number(0.8, 1.25)
    let tables = gains.map { gain in
      (0..<256).map { UInt8(min(255, 255 * gain * pow(Double($0) / 255, gamma))) }
    }
    // Sometimes changes the hair color: outside skin, the channels are permuted.
    let turn = chance.happens(0.35) ? chance.index(5) + 1 : 0
    let orders = [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 2, 1], [2, 1, 0], [1, 0, 2]][turn]
    for index in 0..<width * height {
      let color = (0..<3).map { bytes[index * 4 + $0] }
      let isSkin = color[0] > 170 && color[1] > 120 && color[0] > color[2]
      for channel in 0..<3 {
        let sample = isSkin ? color[channel] : color[orders[channel]]
        bytes[index * 4 + channel] = tables[channel][Int(sample)]
      }
    }
  }

  /// This foreground over `ground`.
  fileprivate func placed(on ground: ImageBuffer) -> ImageBuffer {
    var image = ground
    for index in 0..<width * height {
      let alpha = Int(bytes[index * 4 + 3])
      for channel in 0..<3 {
        let behind = Int(image.bytes[index * 3 + channel])
        let mixed = Int(bytes[index * 4 + channel]) * alpha + behind * (255 - alpha)
        image.bytes[index * 3 + channel] = UInt8((mixed + 127) / 255)
      }
    }
    return image
  }

  fileprivate func alphaPlane() throws -> ImageBuffer {
    ImageBuffer(
      width: width, height: height, format: .gray,
      bytes: stride(from: 3, to: bytes.count, by: 4).map { bytes[$0] })
  }
}
