public import Foundation

/// The content of `datasets.yaml`.
public struct Settings: Sendable, Hashable {
  /// The dataset's name; the default is `dataset`.
  public var name = "dataset"
  /// The output folder; the default is `build/<name>` beside the settings file.
  public var output: URL
  /// The side of crops and samples in pixels; the default is 256.
  public var size = 256
  /// The background of the samples; the default is white.
  public var background = Background.white
  /// The two domains.
  public var domains: [Domain: DomainSettings] = [:]
  /// How samples are selected.
  public var curate = CurateSettings()
  /// How the networks are trained.
  public var train = TrainSettings()
  /// Notes for the author of the settings file, such as renamed words; one sentence each.
  public var notes: [String] = []

  /// Settings with all defaults and the output folder `output`.
  public init(output: URL) { self.output = output }
}

/// The background behind the foreground of a sample.
public enum Background: Sendable, Hashable {
  /// White, as in the published datasets.
  case white
  /// None: the samples have alpha.
  case transparent
  /// One color, `#rrggbb`.
  case color(red: UInt8, green: UInt8, blue: UInt8)
  /// The picture's own background: the mask is ignored.
  case keep
}

/// One domain: where its images come from and how they become crops.
public struct DomainSettings: Sendable, Hashable {
  /// The sources of the images, in order.
  public var sources: [SourceSettings] = []
  /// How faces are detected and framed.
  public var crop: CropSettings
  /// How backgrounds are removed.
  public var mask: MaskSettings
  /// Rules for this domain only, which replace those of `curate`.
  ///
  /// By default, domain B rejects interlaced frames and faces with a detector score below 0.9.
  public var keepIf: [CurateSettings.Rule]

  /// The defaults of `domain`: photographs for A, anime for B.
  public init(domain: Domain) {
    crop = CropSettings(domain: domain)
    mask = MaskSettings()
    keepIf =
      domain == .b
      ? [
        CurateSettings.Rule(measure: .combing, minimum: 0, maximum: 0.1),
        CurateSettings.Rule(measure: .score, minimum: 0.9),
      ] : []
  }
}
