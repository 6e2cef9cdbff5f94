public import Dataset

/// Why a dataset could not be made; what was published before is unchanged.
public enum CurateError: Error, Sendable, CustomStringConvertible {
  /// The settings name no domain.
  case noDomains
  /// A domain has no images.
  case noImages(Domain)
  /// A domain has no sample left; the number of samples by reason, the most frequent first.
  case nothingLeft(Domain, [(reason: Reason, count: Int)])

  /// One sentence with what to do next.
  public var description: String {
    switch self {
    case .noDomains: "the settings name no domain; add sources under domains: A: and B:"
    case .noImages(let domain):
      "domain \(domain.rawValue) has no images; name its sources under domains: \(domain.rawValue): and run easel crop"
    case .nothingLeft(let domain, let reasons):
      "no image of domain \(domain.rawValue) is left: "
        + reasons.map { "\($0.count) left out as \($0.reason)" }.joined(separator: ", ")
        + "; \(Self.remedy(domain, reasons.first?.reason)); no dataset was written"
    }
  }

  private static func remedy(_ domain: Domain, _ reason: Reason?) -> String {
    switch reason {
    case .wrongDomain?:
      "check whether the folders of A and B are swapped, or fetch a better detector with easel models fetch"
    case .noFace?:
      "check that the folder shows \(domain == .a ? "photographed" : "anime") faces of at least 32 pixels, "
        + "or fetch a better detector with easel models fetch"
    case .faceTooSmall?: "lower crop: min-face, or use larger pictures"
    case .unreadable?, .truncated?, "not-an-image"?: "the files are not readable pictures; replace them"
    case .rejectedByPerson?: "restore images in easel review"
    case "not-masked"?: "run easel mask first"
    case .maskEmpty?: "choose another mask method, or correct masks in easel review"
    default: "loosen keep-if:, or add images"
    }
  }
}
