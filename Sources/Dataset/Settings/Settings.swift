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
  /// What the author of the settings file should know, such as words that were renamed; one sentence each.
  public var notes: [String] = []

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
  /// Rules for this domain alone, which stand above those of `curate`; by default frames torn by interlacing are left out of drawings.
  public var keepIf: [CurateSettings.Rule]

  /// The defaults of `domain`: photographs for A, drawings for B.
  public init(domain: Domain) {
    crop = CropSettings(domain: domain)
    mask = MaskSettings()
    keepIf = domain == .b ? [CurateSettings.Rule(measure: .combing, least: 0, greatest: 0.1)] : []
  }
}
