/// What `easel` has to know to crop and mask pictures before `easel-train` translates them.
///
/// Only `easel-train` reads weights and only `easel` finds faces, so `easel-train` writes the plan first.
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
  /// How many pictures are processed at a time.
  public var jobs: Int
  /// Whether a bar may be shown.
  public var showsProgress: Bool
  /// Whether nothing is written.
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
