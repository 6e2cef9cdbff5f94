/// Why a published dataset could not be read.
public enum DatasetError: Error, Sendable, CustomStringConvertible {
  /// The file is not there.
  case notPublished(String)
  /// A line of a manifest or summary is not what Easel writes.
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
