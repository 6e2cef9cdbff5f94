public import Dataset
import Foundation

/// The contents of `dataset.json`: counts, settings and digests.
public struct DatasetSummary: Sendable, Hashable, Codable {
  /// The numbers of samples of one domain.
  public struct Count: Sendable, Hashable, Codable {
    /// Training samples.
    public var train = 0
    /// Test samples.
    public var test = 0
    /// Rejected samples.
    public var rejected = 0
    /// Rejected samples by reason.
    public var reasons: [String: Int] = [:]

    /// No samples.
    package init() {}
  }

  /// The most important settings of the dataset; `settings.yaml` contains all of them.
  public struct Choice: Sendable, Hashable, Codable {
    /// The background of the images.
    public var background: String
    /// The common rules by measure: `[minimum]` or `[minimum, maximum]`.
    public var keepIf: [String: [Double]]
    /// The rules of single domains, which override the common ones; by domain.
    public var domainKeepIf: [String: [String: [Double]]]?
    /// The setting `duplicates: distance`; each step allows 6 more of 119 differing bits between candidates.
    public var duplicateDistance: Int
    /// The setting `duplicates: confirm`: how similar copies must be, 0 to 1.
    public var duplicateConfirm: Double
    /// The requested number of test samples in each domain.
    public var test: Int
    /// The seed of the split.
    public var seed: Int

    private enum CodingKeys: String, CodingKey {
      case background, test, seed
      case keepIf = "keep-if"
      case domainKeepIf = "domain-keep-if"
      case duplicateDistance = "duplicate-distance"
      case duplicateConfirm = "duplicate-confirm"
    }
  }

  /// SHA-256 digests, in hexadecimal digits.
  public struct Digests: Sendable, Hashable, Codable {
    /// The digest of the sorted lines `path sha256` of all images; equal datasets have equal digests.
    public var images: String
    /// The digest of `metadata.jsonl`.
    public var metadata: String
    /// The digest of the settings that the images depend on.
    public var settings: String
  }

  /// The version of the layout.
  public var version = 1
  /// The dataset's name.
  public var name: String
  /// The side of the images in pixels.
  public var size: Int
  /// Counts by domain.
  public var counts: [String: Count]
  /// The settings of the dataset.
  public var settings: Choice
  /// The result of `framing: matched`; nil without it.
  public var framing: FramingComparison?
  /// The result of `framing: fit`; nil without it.
  public var fit: FittedFraming?
  /// Digests that identify the dataset.
  public var digests: Digests
  /// The differences between A and B.
  public var balance: DomainBalance?

  /// The summary of a dataset.
  ///
  /// - Parameters:
  ///   - known: The numbers of samples.
  ///   - kept: The samples of the dataset; of a large one, evenly spaced samples.
  ///   - settings: The settings.
  ///   - images: The digest of the sorted lines `path sha256` of all images.
  ///   - metadata: The digest of `metadata.jsonl`.
  package init(
    counts known: [Domain: Count], kept: [Sample], settings: Settings, images: String, metadata: String
  ) {
    name = settings.name
    size = settings.size
    counts = [:]
    for domain in settings.domains.keys { counts[domain.rawValue] = known[domain] ?? Count() }
    let curate = settings.curate
    self.settings = Choice(
      background: "\(settings.background)",
      keepIf: Self.bounds(curate.keepIf),
      domainKeepIf: Dictionary(
        uniqueKeysWithValues: settings.domains.keys.map {
          ($0.rawValue, Self.bounds(settings.ownRules(of: $0)))
        }
        .filter { !$0.1.isEmpty }),
      duplicateDistance: curate.duplicateDistance, duplicateConfirm: curate.duplicateConfirm,
      test: curate.test, seed: curate.seed)
    balance = DomainBalance(kept)
    digests = Digests(images: images, metadata: metadata, settings: settings.curateDigest().hex)
  }

  private static func bounds(_ rules: [CurateSettings.Rule]) -> [String: [Double]] {
    Dictionary(
      rules.filter { $0.minimum.isFinite }.map {
        ($0.measure.rawValue, [$0.minimum] + ($0.maximum.map { [$0] } ?? []))
      },
      uniquingKeysWith: { $1 })
  }

  /// The rules of one domain: its own rules and the common ones that they do not override.
  package func rules(of domain: Domain) -> [CurateSettings.Rule] {
    settings.keepIf.merging(settings.domainKeepIf?[domain.rawValue] ?? [:]) { $1 }.compactMap {
      name, bounds in
      guard let measure = MeasureName(rawValue: name), let least = bounds.first else { return nil }
      return CurateSettings.Rule(measure: measure, minimum: least, maximum: bounds.dropFirst().first)
    }.sorted { $0.measure < $1.measure }
  }

  /// The bytes of the file.
  package func bytes() throws -> [UInt8] {
    let encoder = JSONEncoder.stable
    encoder.outputFormatting.insert(.prettyPrinted)
    return try Array(encoder.encode(self)) + [UInt8(ascii: "\n")]
  }

  /// Reads the summary of the dataset in `output`.
  ///
  /// - Throws: `DatasetError.notPublished`, `DatasetError.damaged`.
  public static func read(_ output: OutputFolder) throws -> DatasetSummary {
    guard let bytes = try? Data(contentsOf: output.summary) else {
      throw DatasetError.notPublished(output.summary.path)
    }
    let summary: DatasetSummary
    do { summary = try JSONDecoder().decode(DatasetSummary.self, from: bytes) } catch {
      throw DatasetError.damaged(
        output.summary.path, line: 1, reason: "it is not a summary: \(ManifestFile.problem(error))")
    }
    // Sums of larger numbers could overflow.
    let possible = 0...1_000_000_000_000
    for (domain, count) in summary.counts.sorted(by: { $0.key < $1.key }) {
      let numbers = [count.train, count.test, count.rejected] + count.reasons.values
      guard numbers.allSatisfy(possible.contains) else {
        throw DatasetError.damaged(
          output.summary.path, line: 1, reason: "counts.\(domain) has a number that is not possible")
      }
    }
    return summary
  }
}
