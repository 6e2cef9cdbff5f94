/// What `easel` needs to know to crop and mask pictures before `easel-train` translates them.
///
/// Only `easel-train` reads weights and only `easel` detects faces, so `easel-train` writes the plan first.
public struct PreparationPlan: Sendable, Codable {
  /// Files and folders, as the user named them.
  public var inputs: [String]
  /// The side of the network's images in pixels.
  public var side: Int
  /// The domain of the pictures: A for photographs, B for anime.
  public var domain: Domain
  /// The settings file that the network was trained with; nil if there is none.
  public var settings: String?
  /// A folder with models; nil for the usual places.
  public var models: String?
  /// How many pictures are processed at a time.
  public var jobs: Int
  /// Whether a progress bar may be shown.
  public var showsProgress: Bool
  /// Whether nothing is written.
  public var dryRun: Bool
  /// The video to write; nil to write images.
  public var video: VideoOutput?

  /// The video that is written.
  public struct VideoOutput: Sendable, Codable {
    /// The file.
    public var path: String
    /// Its format.
    public var format: VideoFormat
    /// Whether it shows the translated face alone, as a square.
    public var showsFaceAlone: Bool
    /// The number of squares that are translated at once.
    public var batch: Int
    /// Whether the result is printed as JSON.
    public var isJSON: Bool
    /// Whether only errors are printed.
    public var isQuiet: Bool

    /// A video from all its fields.
    public init(
      path: String, format: VideoFormat, showsFaceAlone: Bool, batch: Int, isJSON: Bool, isQuiet: Bool
    ) {
      (self.path, self.format, self.showsFaceAlone) = (path, format, showsFaceAlone)
      (self.batch, self.isJSON, self.isQuiet) = (batch, isJSON, isQuiet)
    }
  }

  /// A plan from all its fields.
  public init(
    inputs: [String], side: Int, domain: Domain, settings: String?, models: String?, jobs: Int,
    showsProgress: Bool, dryRun: Bool, video: VideoOutput? = nil
  ) {
    (self.inputs, self.side, self.domain) = (inputs, side, domain)
    (self.settings, self.models, self.jobs) = (settings, models, jobs)
    (self.showsProgress, self.dryRun, self.video) = (showsProgress, dryRun, video)
  }
}
