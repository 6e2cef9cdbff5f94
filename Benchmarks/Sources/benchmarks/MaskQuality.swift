import Dataset
import Foundation
import Imaging
import Mask
import MaskScenes
import Vision

/// Masks of drawn figures with known alpha, before backgrounds of all kinds: Easel's methods beside OpenCV's GrabCut.
///
/// EASEL_TEST_DATA names the figures, EASEL_MODELS the folder with the portrait network, without which `segment` is left
/// out. OpenCV's own GrabCut runs 5 iterations at full size, once from a rectangle and once from a head-shaped ellipse.
enum MaskQuality {
  private struct NoModel: Error {}

  static func run() throws {
    let environment = ProcessInfo.processInfo.environment
    guard let data = environment["EASEL_TEST_DATA"] else {
      print("  skipped: EASEL_TEST_DATA does not name the test data")
      return
    }
    let network = environment["EASEL_MODELS"].map { URL(fileURLWithPath: $0 + "/SINet_Softmax.onnx") }
    let stage = try SpriteSceneRenderer(URL(fileURLWithPath: data))
    let maker = try ForegroundExtractor(.colorModel, models: { _ in throw NoModel() })
    let auto = try ForegroundExtractor(.auto, models: { _ in throw NoModel() })
    let segment = try network.map { url in try ForegroundExtractor(.segment, models: { _ in url }) }
    var methods: [(name: String, mask: (SpriteScene) throws -> Plane?)] = [
      ("GrabCut, rectangle", { try rectangle($0.image) }), ("GrabCut, ellipse", { try ellipse($0.image) }),
      ("easel grabcut", { try maker($0.subject).image.alpha.map { Plane($0) } }),
    ]
    if let segment {
      methods.append(("easel segment", { try? segment($0.subject).image.alpha.map { Plane($0) } }))
    }
    methods.append(("easel auto, no network", { try auto($0.subject).image.alpha.map { Plane($0) } }))
    for seed in [UInt64(101), 102, 103] {
      var scores: [String: [MaskScore]] = [:]
      var times: [String: Duration] = [:]
      for number in 0..<60 {
        let scene = try stage.scene(number, seed: seed)
        for method in methods {
          let start = ContinuousClock.now
          let mask = try method.mask(scene)
          times[method.name, default: .zero] += start.duration(to: .now)
          let none = Plane(
            width: scene.truth.width, height: scene.truth.height,
            values: [Float](repeating: 0, count: scene.truth.values.count))
          scores[method.name, default: []].append(MaskScore(mask ?? none, scene.truth))
        }
      }
      print("  series \(seed): mean IoU, worst tenth, alpha error, ms an image of 256 x 256")
      for method in methods {
        let found = MaskScores(scores[method.name] ?? [])
        let took = (times[method.name] ?? .zero) / 60
        print(
          String(
            format: "    %5.3f  %5.3f  %6.4f  %6.1f  ", found.overlap, found.worstTenth, found.error,
            Double(took.components.attoseconds) * 1e-15 + Double(took.components.seconds) * 1000)
            + method.name)
      }
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
