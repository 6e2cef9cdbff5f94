public import Dataset
import Foundation
import Imaging
public import Ledger

/// Looks up an image's whole story.
public struct Explanation {
  private let settings: Settings
  private let output: OutputFolder
  private let ledger: Ledger

  /// Stories from one dataset.
  public init(settings: Settings, output: OutputFolder, ledger: Ledger) {
    (self.settings, self.output, self.ledger) = (settings, output, ledger)
  }

  /// The stories of all images that `name` means: a source file, a published file or a sample's identity.
  ///
  /// - Parameter name: A path, absolute or as the manifest has it, the end of one, or an identity.
  /// - Returns: At least one story.
  /// - Throws: `CurateError.unknownImage`, `CurateError.damagedManifest`, `LedgerError`.
  public func stories(of name: String) throws -> [ImageStory] {
    let path = URL(fileURLWithPath: NSString(string: name).expandingTildeInPath).standardizedFileURL.path
    let published = published(name, path)
    var images: [ImageRow] = []
    for query in [path, name, published].compactMap({ $0 }) where images.isEmpty {
      images = try ledger.images(called: query)
    }
    guard !images.isEmpty else { throw CurateError.unknownImage(name) }
    let samples = try samples()
    let (masks, measures, people) = (try ledger.masks(), try ledger.measures(), try ledger.personDecisions())
    return try images.map { image in
      let rules = try Rules(settings.rules(for: image.domain))
      let crops = try ledger.crops(of: image.id, in: image.domain)
      let faces = crops.filter { published == nil || crops.count == 1 || $0.id == published }.map { crop in
        let candidate = Snapshot.Candidate(
          image: image, crop: crop, mask: masks[crop.id], measures: measures[crop.id])
        var pending = candidate.sample(Sample.Decision(by: .rule, why: crop.reason, detail: crop.detail))
        pending.group = nil
        let sample = samples.byID[crop.id] ?? pending
        return ImageStory.Face(
          sample: sample, rules: rules.checks(of: candidate), person: people[crop.id]?.keep,
          copies: samples.copies[crop.id] ?? [],
          companions: (sample.group.flatMap { samples.groups["\(image.domain.rawValue)/\($0)"] } ?? []).filter
          {
            $0 != crop.id
          },
          missing: crop.reason != nil
            ? nil
            : masks[crop.id] == nil ? .mask : samples.byID[crop.id] == nil ? .curate : nil)
      }
      return ImageStory(
        file: image.file, isPresent: image.present, domain: image.domain, kind: image.kind,
        source: image.origin,
        size: image.width.flatMap { width in image.height.map { PixelSize(width: width, height: $0) } },
        sameBytes: try ledger.copies(in: image.domain).filter { $0.image == image.id }.map(\.path),
        why: crops.isEmpty ? image.reason : nil, detail: crops.isEmpty ? image.detail : nil, faces: faces)
    }
  }

  /// The identity in the name of a published file; nil for other names.
  private func published(_ name: String, _ path: String) -> String? {
    let folders = Split.allCases.flatMap { split in Domain.allCases.map { "\(split.rawValue)\($0.rawValue)" }
    }
    let parts = path.split(separator: "/").suffix(2).map(String.init)
    guard parts.count == 2, let file = parts.last else { return nil }
    let stem = NSString(string: file).deletingPathExtension
    let isIdentity = stem.utf8.count == 16 && stem.allSatisfy(\.isHexDigit)
    return isIdentity && (folders.contains(parts[0]) || !name.contains("/")) ? stem : nil
  }

  /// The manifests' samples; none where the dataset was not made yet.
  private func samples() throws -> (
    byID: [String: Sample], copies: [String: [String]], groups: [String: [String]]
  ) {
    var all: [Sample] = []
    for url in [output.metadata, output.rejected] where FileManager.default.fileExists(atPath: url.path) {
      all += try Manifest.read(url)
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
