/// How faces are found and framed.
public struct CropSettings: Sendable, Hashable {
  /// How crops are turned.
  public enum Alignment: String, Sendable, Hashable, CaseIterable {
    /// Rotated until the eyes are level, also for faces that are upside down.
    case eyes
    /// Turned, sized and placed as eyes, nose and mouth fit the mean face best, by least squares (Umeyama, 1991).
    case similarity
    /// As the image is.
    case none
  }

  /// Which of several faces become crops.
  public enum Choice: String, Sendable, Hashable, CaseIterable {
    /// The largest one.
    case largest
    /// Every one.
    case all
    /// The one nearest to the middle of the image.
    case central
    /// The only one; images with several are rejected.
    case one
  }

  /// What fills the part of a crop beyond the image's edge.
  public enum Border: String, Sendable, Hashable, CaseIterable {
    /// White.
    case white
    /// The edge's own pixels, repeated.
    case edge
    /// The image, mirrored.
    case reflect
  }

  /// Which points of a face its framing is measured by.
  public enum Landmarks: String, Sendable, Hashable, CaseIterable {
    /// Those that the detector gives: eyes, nose, mouth, for drawn faces the chin.
    case detector
    /// 68 of PFLD, with brows, chin and cheeks of their own, for photographs.
    case outline = "68"
  }

  /// The names of the detectors of a domain, in the order in which `auto` tries them.
  public static func detectors(for domain: Domain) -> [String] {
    domain == .a ? ["yunet", "centerface", "haar"] : ["animeface", "lbp-anime"]
  }

  /// The names that the setting accepts: `auto` and the detectors of both domains.
  public static let detectors = ["auto"] + Domain.allCases.flatMap(detectors(for:))

  /// The detector's name, one of `detectors`; the default is `auto`, the best that is installed.
  public var detector = "auto"
  /// How much around a face belongs to its crop; the default is `photo2cartoon`.
  public var framing = Framing.photo2cartoon
  /// How crops are turned; the default is `eyes`.
  public var align = Alignment.eyes
  /// Which points framing is measured by; the default is `detector`, because 68 ask for a model whose licence nobody states.
  public var landmarks = Landmarks.detector
  /// The smallest face that is kept: the shorter side of its box in source pixels; the default is 96 for A, 64 for B.
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
    /// The best method for the image, given the installed models.
    case auto
    /// CelebAMask-HQ's part masks.
    case parts
    /// The built-in network, or the dataset's own after `easel mask --learn`.
    case network
    /// A segmentation network from a file.
    case segment
    /// Colour histograms, a random walk and the position of the head; needs no model.
    case colorModel
    /// The image's own alpha.
    case alpha
    /// No mask: everything is foreground.
    case none

    /// Words of earlier versions that are still read, with their methods.
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

    /// The method of a word, which may be one of `formerWords`.
    public init?(rawValue word: String) {
      guard let method = Self.allCases.first(where: { $0.rawValue == word }) ?? Self.formerWords[word] else {
        return nil
      }
      self = method
    }

    /// What to say to somebody who wrote a word of an earlier version; nil for current words.
    public static func note(on word: String) -> String? {
      formerWords[word].map {
        "the mask method '\(word)' is now called '\($0.rawValue)'; the old word still works"
      }
    }
  }

  /// The method; the default is `auto`: the image's alpha, else part masks, else for photographs the portrait network if
  /// it is installed, else the built-in network.
  public var method = Method.auto
  /// The network that `segment` runs: a name that `easel models` lists, the name of an ONNX file in a folder of models, or
  /// its path; the default is `sinet`.
  public var model = "sinet"

  /// The defaults.
  public init() {}
}
