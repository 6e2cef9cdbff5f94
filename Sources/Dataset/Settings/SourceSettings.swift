/// One place that images come from.
public struct SourceSettings: Sendable, Hashable {
  /// What is there.
  public var kind: SourceKind
  /// A folder, a glob or a file, with an absolute path once it was read from a file.
  public var location: String
  /// How often a frame of a video is taken; the default is every half second.
  public var every = FrameInterval.seconds(0.5)
  /// The part masks that make the head, for CelebAMask-HQ; empty for the default set.
  public var parts: [String] = []
  /// The licence of its pictures as the person gives it, for the dataset card; nil where nobody gave one.
  public var licence: String?
  /// Where the settings name it, such as `datasets.yaml:12`; nil where no file does.
  ///
  /// It takes no part in equality.
  public var place: String?

  /// Images of `kind` at `location`.
  public init(kind: SourceKind, location: String) {
    self.kind = kind
    self.location = location
  }

  /// Whether both are the same images, wherever they are named.
  public static func == (left: SourceSettings, right: SourceSettings) -> Bool {
    left.kind == right.kind && left.location == right.location && left.every == right.every
      && left.parts == right.parts && left.licence == right.licence
  }

  /// Hashes what `==` compares.
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
  /// Every so many seconds: `0.5s`.
  case seconds(Double)
  /// Every so many frames: `12`.
  case frames(Int)
  /// The frames that the video keeps whole: `key-frames`. The fastest, for nothing else is decoded.
  case keyFrames
  /// The first frame of each scene: `scenes`.
  case scenes
}
