import Foundation
import Imaging
import Mask
import Vision

/// Figures with true alpha set before backgrounds and framed like crops: what a mask is measured against.
struct SpriteScene {
  let image: ImageBuffer
  let truth: Plane
  let face: FaceGuide

  /// Faces of the published sprites, brow to chin: centre and height in the sprite's pixels.
  private static let faces: [String: (x: Double, y: Double, height: Double)] = [
    "demo/eileen happy.png": (160, 190, 108), "demo/lucy happy.png": (215, 199, 78),
    "demo/lucy mad.png": (226, 248, 97), "the_question/sylvie blue smile.png": (159, 118, 80),
    "the_question/sylvie green normal.png": (188, 122, 71),
  ]
  private static let backgrounds = [
    "renpy-sprites/demo/bg cave.jpg", "renpy-sprites/demo/bg washington.jpg",
    "renpy-sprites/the_question/bg club.jpg", "renpy-sprites/the_question/bg meadow.jpg",
    "anime-frames/PL0bHKk6wuUGL_Qd34mf0XsQnyiDk2OeGR_019_-FC7r2xpHeM-0020.jpg",
  ]

  /// Twenty scenes of `side` pixels; those of even number are as JPEG files leave them.
  static func all(_ root: URL, side: Int = 256) throws -> [SpriteScene] {
    var scenes: [SpriteScene] = []
    for name in faces.keys.sorted() {
      guard let face = faces[name] else { continue }
      let sprite = try ImageFile.read(root.appendingPathComponent("renpy-sprites/\(name)")).image
      for round in 0..<4 {
        let number = scenes.count
        let background = try ImageFile.read(
          root.appendingPathComponent(backgrounds[(number + round) % backgrounds.count])
        ).image.converted(to: .rgb)
        let framed = face.height * [2.5, 3, 3.5, 4][round]
        let scale = Double(side) / framed
        let map = AffineMap(
          scale, 0, Double(side) / 2 - face.x * scale, 0, scale, Double(side) * 0.58 - face.y * scale)
        let size = PixelSize(width: side, height: side)
        let figure = try sprite.warped(by: map, to: size)
        let cut = min(background.width, background.height) * 2 / 3
        var image = try background.cropped(x: 37 * round, y: 11 * round, width: cut, height: cut)
          .resized(to: size, by: .area)
        for index in 0..<size.area {
          let alpha = Int(figure.bytes[index * 4 + 3])
          for channel in 0..<3 {
            let behind = Int(image.bytes[index * 3 + channel])
            let mixed = Int(figure.bytes[index * 4 + channel]) * alpha + behind * (255 - alpha)
            image.bytes[index * 3 + channel] = UInt8((mixed + 127) / 255)
          }
        }
        if number % 2 == 0 { image = try ImageCodec.decode(image.jpeg(quality: 80)).image }
        let box = Box(
          x: face.x - face.height / 2, y: face.y - face.height / 2, width: face.height, height: face.height)
        guard let alpha = figure.alpha else { continue }
        scenes.append(
          SpriteScene(image: image, truth: Plane(alpha), face: FaceGuide(box: box).mapped(by: map)))
      }
    }
    return scenes
  }
}

/// How near a mask comes to the truth.
struct MaskScore {
  /// Intersection over union at alpha 0.5.
  let overlap: Double
  /// The mean absolute difference of alpha.
  let error: Double

  init(_ alpha: Plane, _ truth: Plane) {
    var (both, either, error) = (0, 0, 0.0)
    for (found, right) in zip(alpha.values, truth.values) {
      if found >= 0.5 && right >= 0.5 { both += 1 }
      if found >= 0.5 || right >= 0.5 { either += 1 }
      error += Double(abs(found - right))
    }
    overlap = Double(both) / Double(max(1, either))
    self.error = error / Double(alpha.values.count)
  }
}
