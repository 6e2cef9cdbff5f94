/// What `easel-train` tells `easel` about pictures that are to be cropped and masked before they are translated.
///
/// Only the one reads weights and only the other finds faces, so the one is asked before the other begins.
public struct PreparationPlan: Sendable, Codable {
  /// Files and folders, as a person named them.
  public var inputs: [String]
  /// The side of the network's images in pixels.
  public var side: Int
  /// What the pictures show: A for photographs, B for drawings.
  public var domain: Domain
  /// The settings that the network was trained with; nil where there are none.
  public var settings: String?
  /// A folder with models; nil for the usual places.
  public var models: String?
  /// How many pictures are in hand at a time.
  public var jobs: Int
  /// Whether a bar may be shown.
  public var showsProgress: Bool
  /// Whether nothing is to be done.
  public var dryRun: Bool

  /// A plan from all its fields.
  public init(
    inputs: [String], side: Int, domain: Domain, settings: String?, models: String?, jobs: Int,
    showsProgress: Bool, dryRun: Bool
  ) {
    (self.inputs, self.side, self.domain) = (inputs, side, domain)
    (self.settings, self.models, self.jobs) = (settings, models, jobs)
    (self.showsProgress, self.dryRun) = (showsProgress, dryRun)
  }
}
