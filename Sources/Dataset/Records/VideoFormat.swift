/// The containers that translated videos are written in.
public enum VideoFormat: String, Sendable, Codable, CaseIterable {
  /// Matroska, which accepts every kind of sound.
  case mkv
  /// MPEG-4.
  case mp4
  /// QuickTime.
  case mov
  /// WebM: VP9 with Opus or Vorbis sound.
  case webm

  /// The format of the file called `path` by its suffix; nil if it is none of these.
  public init?(path: String) {
    guard let format = Self.allCases.first(where: { path.lowercased().hasSuffix(".\($0.rawValue)") }) else {
      return nil
    }
    self = format
  }
}
