/// The reason why a published dataset cannot be read.
public enum DatasetError: Error, Sendable, CustomStringConvertible {
  /// The file does not exist.
  case notPublished(String)
  /// A line of a manifest or summary is invalid.
  case damaged(String, line: Int, reason: String)

  /// One sentence with what to do next.
  public var description: String {
    switch self {
    case .notPublished(let path): "\(path) does not exist yet; run easel run (or easel curate) first"
    case .damaged(let path, let line, let reason):
      "\(path), line \(line): \(reason); run easel curate to write it again"
    }
  }
}
