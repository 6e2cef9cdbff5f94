import Dataset
import Foundation
import Imaging
import Vision

/// The description of a segmentation network's input and output.
///
/// A user's model `NAME.onnx` needs a card `NAME.json` beside it, unless its name is one of `known`:
/// ```json
/// {"width": 320, "height": 320, "fit": "stretch", "order": "rgb", "mean": [123.7, 116.3, 103.5],
///  "deviation": [58.4, 57.1, 57.4], "output": "", "activation": "sigmoid", "foreground": [0]}
/// ```
/// Samples are 0 to 255; each channel's mean is subtracted, and the result divided by its deviation.
struct ModelCard: Sendable, Equatable, Decodable {
  /// How an image is resized to the input's size.
  enum Fit: String, Sendable, Decodable {
    /// Stretched, without keeping the aspect ratio.
    case stretch
    /// Scaled to fit, centred, padded with the mean color.
    case letterbox
  }

  /// The order of the input's channels.
  enum Order: String, Sendable, Decodable { case rgb, bgr }

  /// The function that turns the output's values into probabilities.
  enum Activation: String, Sendable, Decodable {
    /// The values are already probabilities.
    case none
    /// The values are one logit for each channel.
    case sigmoid
    /// Logits of classes.
    case softmax
    /// The minimum becomes 0 and the maximum 1.
    case range
  }

  var width: Int
  var height: Int
  var fit = Fit.stretch
  var order = Order.rgb
  var mean = [0.0, 0, 0]
  var deviation = [255.0, 255, 255]
  /// The output's name; empty for the first output.
  var output = ""
  var activation = Activation.none
  /// The channels that are foreground.
  var foreground = [0]

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case width, height, fit, order, mean, deviation, output, activation, foreground
    /// The earlier name of `foreground`.
    case figure
  }

  private init(
    _ side: Int, _ fit: Fit = .stretch, mean: [Double], deviation: [Double],
    activation: Activation = .none, foreground: [Int] = [0]
  ) {
    (width, height, self.fit) = (side, side, fit)
    (self.mean, self.deviation) = (mean, deviation)
    (self.activation, self.foreground) = (activation, foreground)
  }

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    width = try fields.decode(Int.self, forKey: .width)
    height = try fields.decode(Int.self, forKey: .height)
    fit = try fields.decodeIfPresent(Fit.self, forKey: .fit) ?? fit
    order = try fields.decodeIfPresent(Order.self, forKey: .order) ?? order
    mean = try fields.decodeIfPresent([Double].self, forKey: .mean) ?? mean
    deviation = try fields.decodeIfPresent([Double].self, forKey: .deviation) ?? deviation
    output = try fields.decodeIfPresent(String.self, forKey: .output) ?? output
    activation = try fields.decodeIfPresent(Activation.self, forKey: .activation) ?? activation
    foreground =
      try fields.decodeIfPresent([Int].self, forKey: .foreground)
      ?? fields.decodeIfPresent([Int].self, forKey: .figure) ?? foreground
    guard (1...4096).contains(width), (1...4096).contains(height), mean.count == 3, deviation.count == 3,
      deviation.allSatisfy({ $0 != 0 && $0.isFinite }), mean.allSatisfy(\.isFinite), !foreground.isEmpty,
      foreground.allSatisfy({ $0 >= 0 })
    else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: [],
          debugDescription:
            "width and height must be from 1 to 4096, mean and deviation must have three numbers, no deviation may be 0, and foreground must list channels"
        ))
    }
  }

  private static let imagenet = (mean: [123.675, 116.28, 103.53], deviation: [58.395, 57.12, 57.375])

  /// The networks whose input and output are known, by the names of their files.
  ///
  /// SINet as anilsathyan7/Portrait-Segmentation exports it; u2net, u2netp and silueta as rembg runs them;
  /// isnet-anime as SkyTNT/anime-segmentation does; MODNet, BiSeNet trained on CelebAMask-HQ
  /// (zllrunning/face-parsing.PyTorch: all classes but background and cloth), photo2cartoon's head network, and
  /// MediaPipe's selfie segmentation.
  static let known: [String: ModelCard] = {
    var sinet = ModelCard(
      320, mean: [102.890434, 111.25247, 126.91212],
      deviation: [62.93292 * 255, 62.82138 * 255, 66.355705 * 255], foreground: [1])
    sinet.order = .bgr
    let u2net = ModelCard(320, mean: imagenet.mean, deviation: imagenet.deviation, activation: .range)
    let plain = [255.0, 255, 255]
    return [
      "sinet": sinet, "u2net": u2net, "u2netp": u2net, "silueta": u2net,
      "isnet-anime": ModelCard(1024, .letterbox, mean: [0, 0, 0], deviation: plain),
      "isnet-general-use": ModelCard(
        1024, mean: [127.5, 127.5, 127.5], deviation: plain, activation: .range),
      "modnet": ModelCard(512, mean: [127.5, 127.5, 127.5], deviation: [127.5, 127.5, 127.5]),
      "bisenet": ModelCard(
        512, mean: imagenet.mean, deviation: imagenet.deviation, activation: .softmax,
        foreground: Array(1...15) + [17, 18]),
      "seg_model_384": ModelCard(384, mean: [0, 0, 0], deviation: plain),
      "selfie_segmentation": ModelCard(256, mean: [0, 0, 0], deviation: plain),
    ]
  }()

  /// The card of the model in `file`: the file beside it, else the known card of its name.
  ///
  /// - Throws: `SegmentationFailure` if there is neither, or the card is invalid.
  static func card(of file: URL, called name: String) throws -> ModelCard {
    let beside = file.deletingPathExtension().appendingPathExtension("json")
    if let bytes = try? Data(contentsOf: beside) {
      let keys = Set(CodingKeys.allCases.map(\.rawValue))
      let given = (try? JSONSerialization.jsonObject(with: bytes)) as? [String: Any] ?? [:]
      if let unknown = given.keys.filter({ !keys.contains($0) }).sorted().first {
        throw SegmentationFailure(
          "model-card",
          "\(beside.path) has an unknown key '\(unknown)'; the keys are "
            + keys.subtracting([CodingKeys.figure.rawValue]).sorted().joined(separator: ", "))
      }
      do { return try JSONDecoder().decode(ModelCard.self, from: bytes) } catch {
        throw SegmentationFailure("model-card", "\(beside.path) is not a model card: \(error.explanation)")
      }
    }
    guard let card = known[name] ?? known[file.deletingPathExtension().lastPathComponent] else {
      throw SegmentationFailure(
        "model-card",
        "\(file.lastPathComponent) has no model card; put a card \(beside.lastPathComponent) beside it (width, "
          + "height, mean, deviation, activation, foreground), or rename it to one of "
          + known.keys.sorted().joined(separator: ", "))
    }
    return card
  }
}

/// The reason why a network cannot be used; after its file or card is corrected, the next run tries again.
struct SegmentationFailure: ItemFailure, CustomStringConvertible {
  let reason: Reason
  let sentence: String

  init(_ reason: Reason, _ sentence: String) { (self.reason, self.sentence) = (reason, sentence) }

  var description: String { sentence }
}

extension Error {
  /// The reason of a decoding error, in words.
  fileprivate var explanation: String {
    switch self as? DecodingError {
    case .keyNotFound(let key, _): "'\(key.stringValue)' is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' has a value of the wrong kind"
    case .dataCorrupted(let context): context.debugDescription
    default: "\(self)"
    }
  }
}
