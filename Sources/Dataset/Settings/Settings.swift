public import Foundation

/// All that `datasets.yaml` says.
public struct Settings: Sendable, Hashable {
  /// The dataset's name; the default is `dataset`.
  public var name = "dataset"
  /// The folder that everything is written to, relative to the file's folder; the default is `build/<name>`.
  public var output: URL
  /// The side of crops and samples in pixels; the default is 256.
  public var size = 256
  /// What stands behind the cut-out figures; the default is white.
  public var background = Background.white
  /// The two domains.
  public var domains: [Domain: DomainSettings] = [:]
  /// How the samples are chosen.
  public var curate = CurateSettings()
  /// How the networks are trained.
  public var train = TrainSettings()

  /// Settings with every default, written to `output`.
  public init(output: URL) { self.output = output }
}

/// What stands behind a cut-out figure.
public enum Background: Sendable, Hashable {
  /// White, as the published datasets have it.
  case white
  /// Nothing: the samples keep their alpha.
  case transparent
  /// One colour, `#rrggbb`.
  case color(red: UInt8, green: UInt8, blue: UInt8)
  /// The picture's own background: the mask is ignored.
  case keep
}

/// One domain: where its images come from and how they become crops.
public struct DomainSettings: Sendable, Hashable {
  /// The places that the images come from, in order.
  public var sources: [SourceSettings] = []
  /// How faces are found and framed.
  public var crop: CropSettings
  /// How backgrounds are removed.
  public var mask: MaskSettings

  /// The defaults of `domain`: photographs for A, drawings for B.
  public init(domain: Domain) {
    crop = CropSettings(domain: domain)
    mask = MaskSettings()
  }
}

/// One place that images come from.
public struct SourceSettings: Sendable, Hashable {
  /// What is there.
  public var kind: SourceKind
  /// A folder, a glob or a file, as written; `~` stands for the home folder.
  public var location: String
  /// How often a frame of a video is taken; the default is every half second.
  public var every = FrameInterval.seconds(0.5)
  /// The part masks that make the head, for CelebAMask-HQ; empty for the default set.
  public var parts: [String] = []

  /// Images of `kind` at `location`.
  public init(kind: SourceKind, location: String) {
    self.kind = kind
    self.location = location
  }
}

/// How often a frame of a video is taken.
public enum FrameInterval: Sendable, Hashable {
  /// Every so many seconds: `0.5s`.
  case seconds(Double)
  /// Every so many frames: `12`.
  case frames(Int)
}

/// How faces are found and framed.
public struct CropSettings: Sendable, Hashable {
  /// How crops are turned.
  public enum Alignment: String, Sendable, Hashable, CaseIterable {
    /// Turned until the eyes are level.
    case eyes
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

  /// How much around a face belongs to its crop.
  public enum Framing: Sendable, Hashable {
    /// Brow-to-chin box, 0.8 of its height above, 0.3 below, 0.3 of its width at each side, squared.
    case photo2cartoon
    /// A square of 1.75 times the face box, its centre 0.35 of the box higher.
    case danbooru
    /// A square of so many times the face box's longer side about its centre.
    case box(Double)
  }

  /// What stands in a crop where it reaches over the image's edge.
  public enum Border: String, Sendable, Hashable, CaseIterable {
    /// White.
    case white
    /// The edge's own pixels, repeated.
    case edge
    /// The image, mirrored.
    case reflect
  }

  /// The detector's name: `auto`, `yunet`, `haar`, `animeface`, `lbp-anime`; the default is `auto`, the best that is there.
  public var detector = "auto"
  /// How much around a face belongs to its crop; the default is `photo2cartoon`.
  public var framing = Framing.photo2cartoon
  /// How crops are turned; the default is `eyes`.
  public var align = Alignment.eyes
  /// The smallest face that is kept: the shorter side of its box in source pixels; the default is 96 for A, 64 for B.
  public var minFace: Int
  /// Which of several faces become crops; the default is `largest` for A, `all` for B.
  public var faces: Choice
  /// What stands in a crop beyond the image's edge; the default is `white`.
  public var border = Border.white

  /// The defaults of `domain`.
  public init(domain: Domain) {
    minFace = domain == .a ? 96 : 64
    faces = domain == .a ? .largest : .all
  }
}

/// How backgrounds are removed.
public struct MaskSettings: Sendable, Hashable {
  /// The ways to tell the figure from what is behind it.
  public enum Method: String, Sendable, Hashable, CaseIterable {
    /// The best that the image and the models at hand allow.
    case auto
    /// CelebAMask-HQ's part masks.
    case parts
    /// A segmentation network.
    case segment
    /// GrabCut, which needs no model.
    case grabcut
    /// The alpha that the image has.
    case alpha
    /// No mask: everything is figure.
    case none
  }

  /// The way; the default is `auto`: alpha where given, else parts, else GrabCut.
  public var method = Method.auto

  /// The defaults.
  public init() {}
}

/// How the samples are chosen.
public struct CurateSettings: Sendable, Hashable {
  /// What a measure must be for a sample to be kept.
  public struct Rule: Sendable, Hashable {
    /// The measure's name, as in the manifest's `quality`, or `coverage` or `roll`.
    public var measure: String
    /// The least value that is kept.
    public var least: Double
    /// The greatest value that is kept; nil for no limit.
    public var greatest: Double?

    /// Keeps what is at least `least` and at most `greatest`.
    public init(measure: String, least: Double, greatest: Double? = nil) {
      (self.measure, self.least, self.greatest) = (measure, least, greatest)
    }
  }

  /// The rules, in the order of their names; a sample must meet them all.
  public var keepIf: [Rule] = [
    Rule(measure: "brightness", least: 0.1, greatest: 0.97),
    Rule(measure: "coverage", least: 0.15, greatest: 0.98),
    Rule(measure: "roll", least: -45, greatest: 45),
    Rule(measure: "sharpness", least: 0.1),
  ]
  /// Candidates for near-duplicates differ in at most so many of the 64 bits of their hashes, 0 to 16; the default is 6.
  public var duplicateDistance = 6
  /// Candidates are duplicates when the correlation of their pixels is at least this, 0 to 1; the default is 0.95.
  public var duplicateConfirm = 0.95
  /// How many samples of each domain are kept aside for testing; the default is 100.
  public var test = 100
  /// The seed of the split; the default is 0.
  public var seed = 0

  /// The defaults.
  public init() {}
}

/// How the networks are trained.
public struct TrainSettings: Sendable, Hashable {
  /// The networks that can be trained.
  public enum Model: String, Sendable, Hashable, CaseIterable {
    /// U-GAT-IT as published, with the full attention MLP.
    case ugatit
    /// U-GAT-IT with the pooled attention MLP.
    case ugatitLight = "ugatit-light"
    /// photo2cartoon's light generator.
    case photo2cartoon
    /// photo2cartoon with the full attention MLP.
    case photo2cartoonFull = "photo2cartoon-full"
  }

  /// The networks; the default is `ugatit-light`.
  public var model = Model.ugatitLight
  /// How many steps the run has; the default is 100,000.
  public var steps = 100_000
  /// Images of each domain a step; the default is 1.
  public var batch = 1
  /// The side that images are trained at, a multiple of 16; nil for the dataset's.
  public var size: Int?
  /// Channels of the first convolution; nil for the published 64 (U-GAT-IT) or 32 (photo2cartoon).
  public var width: Int?
  /// The learning rate of both Adams; the default is 0.0001.
  public var learningRate = 0.0001
  /// The seed of everything that is drawn by chance; the default is 0.
  public var seed = 0
  /// Steps between sample sheets; the default is 1000.
  public var sampleEvery = 1000
  /// Steps between checkpoints; the default is 1000.
  public var saveEvery = 1000
  /// How many checkpoints are kept besides the best; the default is 3.
  public var keep = 3
  /// Where it runs: `auto`, `cpu`, `cuda` or `cuda:1`; the default is `auto`.
  public var device = "auto"
  /// The precision of convolutions: `fp32` or `bf16`; the default is `fp32`.
  public var precision = "fp32"
  /// The folder of the run, relative to the file's folder; nil for `<output>/run`.
  public var run: URL?

  /// The defaults.
  public init() {}
}
