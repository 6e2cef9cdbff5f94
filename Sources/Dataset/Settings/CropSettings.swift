/// How faces are detected and framed.
public struct CropSettings: Sendable, Hashable {
  /// How crops are rotated.
  public enum Alignment: String, Sendable, Hashable, CaseIterable {
    /// Rotated until the eyes are level, also for faces that are upside down.
    case eyes
    /// Rotated, scaled and shifted so that eyes, nose and mouth fit the mean face best, by least squares
    /// (Umeyama, 1991).
    case similarity
    /// Not rotated.
    case none
  }

  /// Which of several faces become crops.
  public enum Choice: String, Sendable, Hashable, CaseIterable {
    /// The largest face.
    case largest
    /// All faces.
    case all
    /// The face nearest to the image's center.
    case central
    /// The only face; images with several faces are rejected.
    case one
  }

  /// What fills the part of a crop beyond the image's edge.
  public enum Border: String, Sendable, Hashable, CaseIterable {
    /// White.
    case white
    /// Repeated edge pixels.
    case edge
    /// The mirrored image.
    case reflect
  }

  /// The points from which a face's framing is computed.
  public enum Landmarks: String, Sendable, Hashable, CaseIterable {
    /// The detector's points: eyes, nose, mouth and, for anime faces, the chin.
    case detector
    /// The 68 points of PFLD, which include brows, chin and cheeks, for photographs.
    case outline = "68"
  }

  /// The names of the detectors of a domain, in the order in which `auto` tries them.
  public static func detectors(for domain: Domain) -> [String] {
    domain == .a ? ["yunet", "centerface", "haar"] : ["animeface", "lbp-anime"]
  }

  /// The names that the setting accepts: `auto` and the detectors of both domains.
  public static let detectors = ["auto"] + Domain.allCases.flatMap(detectors(for:))

  /// The detector's name, one of `detectors`; the default is `auto`, the best installed one.
  public var detector = "auto"
  /// How much of the image around a face its crop shows; the default is `photo2cartoon`.
  public var framing = Framing.photo2cartoon
  /// How crops are rotated; the default is `eyes`.
  public var align = Alignment.eyes
  /// The points from which framing is computed; the default is `detector`, because 68 points need a model
  /// without a stated license.
  public var landmarks = Landmarks.detector
  /// The smallest accepted face size in source pixels; the default is 96 for A, 64 for B.
  public var minFace: Int
  /// Which of several faces become crops; the default is `largest` for A, `all` for B.
  public var faces: Choice
  /// What fills the part of a crop beyond the image's edge; the default is `white`.
  public var border = Border.white

  /// The defaults of `domain`.
  public init(domain: Domain) {
    minFace = domain == .a ? 96 : 64
    faces = domain == .a ? .largest : .all
  }
}

/// How backgrounds are removed.
public struct MaskSettings: Sendable, Hashable {
  /// The methods that separate foreground and background.
  public enum Method: Sendable, Hashable, Codable, CaseIterable, RawRepresentable {
    /// The best method for the image with the installed models.
    case auto
    /// CelebAMask-HQ's part masks.
    case parts
    /// The built-in network, or the dataset's own after `easel mask --learn`.
    case network
    /// A segmentation network from a file.
    case segment
    /// Color histograms, a random walk and the position of the head; needs no model.
    case colorModel
    /// The image's own alpha.
    case alpha
    /// No mask: all pixels are foreground.
    case none

    /// Words of earlier versions that are still accepted, with their methods.
    public static let formerWords: [String: Method] = ["grabcut": .colorModel]

    /// The word in settings, on the command line and in the manifest.
    public var rawValue: String {
      switch self {
      case .auto: "auto"
      case .parts: "parts"
      case .network: "network"
      case .segment: "segment"
      case .colorModel: "color-model"
      case .alpha: "alpha"
      case .none: "none"
      }
    }

    /// The method of a word; words in `formerWords` are accepted too.
    public init?(rawValue word: String) {
      guard let method = Self.allCases.first(where: { $0.rawValue == word }) ?? Self.formerWords[word] else {
        return nil
      }
      self = method
    }

    /// A note for users of a word of an earlier version; nil for current words.
    public static func note(on word: String) -> String? {
      formerWords[word].map {
        "the mask method '\(word)' is now called '\($0.rawValue)'; the old word still works"
      }
    }
  }

  /// The method; the default is `auto`: the image's alpha, else part masks, else for photographs the portrait
  /// network if it is installed, else the built-in network.
  public var method = Method.auto
  /// The network for `segment`: a name that `easel models` lists, the name of an ONNX file in a folder of
  /// models, or its path; the default is `sinet`.
  public var model = "sinet"

  /// The defaults.
  public init() {}
}
