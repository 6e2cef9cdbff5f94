public import Dataset

/// Why a dataset could not be made; what was published before is as it was.
public enum CurateError: Error, Sendable, CustomStringConvertible {
  /// The settings name no domain.
  case noDomains
  /// There are no images of a domain.
  case noImages(Domain)
  /// Nothing of a domain is left; how many samples each reason took, the most first.
  case nothingLeft(Domain, [(reason: Reason, count: Int)])
  /// A rule names a measure that there is not.
  case unknownMeasure(String)
  /// A line of a manifest is not what Easel writes.
  case damagedManifest(String, line: Int, reason: String)
  /// No image is known under a name.
  case unknownImage(String)
  /// There is no dataset to report on.
  case notPublished(String)

  /// One sentence with the way out.
  public var description: String {
    switch self {
    case .noDomains: "the settings name no domain; add sources under domains: A: and B:"
    case .noImages(let domain):
      "domain \(domain.rawValue) has no images; name its sources under domains: \(domain.rawValue): and run easel crop"
    case .nothingLeft(let domain, let reasons):
      "nothing of domain \(domain.rawValue) is left: "
        + reasons.map { "\($0.count) left out as \($0.reason)" }.joined(separator: ", ")
        + "; loosen what took the most (keep-if:, min-face:, duplicates:) or add images; no dataset was written"
    case .unknownMeasure(let name):
      "keep-if: there is no measure called \(name); there are \(Measures.names.joined(separator: ", "))"
    case .damagedManifest(let path, let line, let reason):
      "\(path), line \(line): \(reason); run easel curate to write it anew"
    case .unknownImage(let name):
      "no image or sample is called \(name); give a source file, a file of the dataset or a sample's 16 digits"
    case .notPublished(let path): "\(path) is not there yet; run easel curate first"
    }
  }
}
