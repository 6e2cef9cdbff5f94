public import Dataset
public import Imaging

/// The reason why a dataset could not be made; the published dataset is then unchanged.
public enum CurateError: Error, Sendable, CustomStringConvertible {
  /// The settings contain no domain.
  case noDomains
  /// A domain has no images.
  case noImages(Domain)
  /// A domain has no sample left; the number of samples by reason, the most frequent first.
  case nothingLeft(Domain, [(reason: Reason, count: Int)])
  /// A crop or cutout in the output's store cannot be read.
  case damagedStore(ImagingError)
  /// The folder contains a dataset that the ledger does not know.
  case unknownDataset(String)

  /// One sentence with what to do next.
  public var description: String {
    switch self {
    case .noDomains: "the settings contain no domain; add sources under domains: A: and B:"
    case .unknownDataset(let path):
      "\(path) belongs to a dataset that is not in the ledger; restore the ledger, or choose a new output folder"
    case .damagedStore(let error): "\(error); remove this file and run easel run, which makes it again"
    case .noImages(let domain):
      "domain \(domain.rawValue) has no images; run easel crop first, or set its sources under domains: \(domain.rawValue):"
    case .nothingLeft(let domain, let reasons):
      "all samples of domain \(domain.rawValue) are rejected: "
        + reasons.map { "\($0.count) as \($0.reason)" }.joined(separator: ", ")
        + "; \(Self.remedy(domain, reasons.first?.reason)); no dataset was written"
    }
  }

  private static func remedy(_ domain: Domain, _ reason: Reason?) -> String {
    switch reason {
    case .wrongDomain?:
      "check whether the folders of A and B are swapped, or fetch a better detector with easel models fetch"
    case .noFace?:
      "check that the images show \(domain == .a ? "photographed" : "anime") faces of at least 32 pixels, "
        + "or fetch a better detector with easel models fetch"
    case .faceCutOff?: "use images that show the whole face"
    case .faceTooSmall?: "lower crop: min-face, or use larger images"
    case .unreadable?, .truncated?, "not-an-image"?: "the files cannot be read as images; replace them"
    case .rejectedByPerson?: "accept images in easel review"
    case .notMasked?: "run easel mask first"
    case "missing"?: "files in the folder store were removed: easel run makes them again"
    case .maskEmpty?: "choose another mask method, or correct masks in easel review"
    default: "relax keep-if:, or add images"
    }
  }
}
