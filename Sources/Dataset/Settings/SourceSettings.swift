/// One source of images.
public struct SourceSettings: Sendable, Hashable {
  /// The kind of images.
  public var kind: SourceKind
  /// A folder, a glob or a file; absolute if it was read from a settings file.
  public var location: String
  /// How often a frame of a video is taken; the default is every half second.
  public var every = FrameInterval.seconds(0.5)
  /// The part masks of CelebAMask-HQ that form the foreground; empty for the default set.
  public var parts: [String] = []
  /// The license of its pictures as the user wrote it, for the dataset card; nil if none was given.
  public var licence: String?
  /// Its place in the settings, such as `datasets.yaml:12`; nil if it comes from no file.
  ///
  /// It is ignored by `==`.
  public var place: String?

  /// Images of `kind` at `location`.
  public init(kind: SourceKind, location: String) {
    self.kind = kind
    self.location = location
  }

  /// Whether all fields except `place` are equal.
  public static func == (left: SourceSettings, right: SourceSettings) -> Bool {
    left.kind == right.kind && left.location == right.location && left.every == right.every
      && left.parts == right.parts && left.licence == right.licence
  }

  /// Hashes the fields that `==` compares.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(kind)
    hasher.combine(location)
    hasher.combine(every)
    hasher.combine(parts)
    hasher.combine(licence)
  }
}

/// How often a frame of a video is taken.
public enum FrameInterval: Sendable, Hashable {
  /// One frame in each interval of this many seconds: `0.5s`.
  case seconds(Double)
  /// Every nth frame: `12`.
  case frames(Int)
  /// The keyframes: `key-frames`. This is the fastest, because no other frame is decoded.
  case keyFrames
  /// The first frame of each scene: `scenes`.
  case scenes
}
