public import Dataset
import PublishedDataset
import Foundation
import Imaging
public import Ledger

/// The error if no image or sample has the name given to `--explain`.
public struct UnknownImage: Error, Sendable, CustomStringConvertible {
  let name: String

  /// One sentence with what to do next.
  public var description: String {
    "no image or sample is called \(name); name a source file, a frame (FILE at 0:02.5), a file of the dataset or a sample's ID of 16 digits; images that were not cropped yet are not known"
  }
}

/// Collects everything that is known about an image.
public struct Explanation {
  private let settings: Settings
  private let output: OutputFolder
  private let ledger: Ledger

  /// Explanations of the images of one dataset.
  public init(settings: Settings, output: OutputFolder, ledger: Ledger) {
    (self.settings, self.output, self.ledger) = (settings, output, ledger)
  }

  /// The images called `name`.
  ///
  /// - Parameter name: The path of a source file or a published file (absolute, as in the manifest, or its end), or an ID.
  /// - Returns: At least one image.
  /// - Throws: `UnknownImage`, `DatasetError.damaged`, `LedgerError`.
  public func stories(of name: String) throws -> [ImageStory] {
    let path = URL(fileURLWithPath: NSString(string: name).expandingTildeInPath).standardizedFileURL.path
    let published = published(name, path)
    var images: [ImageRow] = []
    for query in [path, name, published].compactMap({ $0 }) where images.isEmpty {
      images = try ledger.images(called: query)
    }
    // A frame of a video is called `FILE at TIME`, as in reasons.
    if images.isEmpty, let at = name.range(of: " at ", options: .backwards) {
      let time = name[at.upperBound...]
      images = try ledger.images(called: String(name[..<at.lowerBound])).filter {
        $0.time.map(NumberText.time) == String(time)
      }
    }
    guard !images.isEmpty else { throw UnknownImage(name: name) }
    let samples = try samples()
    let (masks, measures, people) = (try ledger.masks(), try ledger.measures(), try ledger.personDecisions())
    return try images.map { image in
      let rules = settings.rules(for: image.domain)
      let crops = try ledger.crops(of: image.id, in: image.domain)
      let faces = crops.filter { published == nil || crops.count == 1 || $0.id == published }.map { crop in
        let known = Sample(
          image: image, crop: crop, mask: masks[crop.id], measures: measures[crop.id],
          decision: Sample.Decision(by: .rule, why: crop.reason, detail: crop.detail))
        let sample = samples.byID[crop.id] ?? known
        func name(_ id: String) -> String { samples.byID[id].map { "\($0.name) (\(id))" } ?? id }
        let group = sample.group.flatMap { samples.groups["\(image.domain.rawValue)/\($0)"] } ?? []
        return ImageStory.Face(
          sample: sample, rules: RuleCheck.all(rules) { known.value(of: $0) }, person: people[crop.id]?.keep,
          copies: (samples.copies[crop.id] ?? []).map(name),
          companions: group.filter { $0 != crop.id }.map(name),
          keptInstead: sample.decision.duplicateOf.map(name), nearest: sample.nearest.map { name($0.id) },
          missing: crop.reason != nil
            ? nil : masks[crop.id] == nil ? Stage.mask : samples.byID[crop.id] == nil ? .curate : nil)
      }
      return ImageStory(
        file: image.file, isPresent: image.present, domain: image.domain, kind: image.kind,
        source: image.origin,
        size: image.size,
        sameBytes: try ledger.copies(in: image.domain).filter { $0.image == image.id }.map(\.path),
        why: crops.isEmpty ? image.reason : nil, detail: crops.isEmpty ? image.detail : nil, faces: faces)
    }
  }

  /// The id in the name of a published file; nil for other names.
  private func published(_ name: String, _ path: String) -> String? {
    let folders = Split.allCases.flatMap { split in Domain.allCases.map { "\(split.rawValue)\($0.rawValue)" }
    }
    let parts = path.split(separator: "/").suffix(2).map(String.init)
    guard parts.count == 2, let file = parts.last else { return nil }
    let stem = NSString(string: file).deletingPathExtension
    let isIdentity = stem.utf8.count == 16 && stem.allSatisfy(\.isHexDigit)
    // A sample in an archive is called `trainA/00000.tar/ID.png`.
    return isIdentity && (folders.contains(parts[0]) || parts[0].hasSuffix(".tar") || !name.contains("/"))
      ? stem : nil
  }

  /// The samples of the manifests; empty if the dataset was not written yet.
  private func samples() throws -> (
    byID: [String: Sample], copies: [String: [String]], groups: [String: [String]]
  ) {
    var all: [Sample] = []
    for url in [output.metadata, output.rejected] where FileManager.default.fileExists(atPath: url.path) {
      all += try ManifestFile.read(url)
    }
    var copies: [String: [String]] = [:]
    var groups: [String: [String]] = [:]
    for sample in all {
      if sample.face != nil, let best = sample.decision.duplicateOf {
        copies[best, default: []].append(sample.id)
      }
      if let group = sample.group {
        groups["\(sample.domain.rawValue)/\(group)", default: []].append(sample.id)
      }
    }
    return (Dictionary(all.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first }), copies, groups)
  }
}
