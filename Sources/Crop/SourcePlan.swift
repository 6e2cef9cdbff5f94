public import Dataset
import Foundation
public import Ledger

/// The files that a run would process.
public struct SourcePlan: Sendable {
  /// The files of one domain's sources.
  public struct Part: Sendable {
    /// The number of files.
    public var files = 0
    /// The number of files that are new or changed since the last run.
    public var new = 0
    /// The number of files of each extension in lower case; the empty string stands for no extension.
    public var endings: [String: Int] = [:]
    /// Folders that could not be opened.
    public var closed: [String] = []
    /// Up to twelve image files, evenly spread over all.
    public var examples: [String] = []
    /// Whether the examples are video frames.
    public var areVideoFrames = false
  }

  /// The parts by domain, for each domain that has sources.
  public private(set) var domains: [Domain: Part] = [:]

  /// Scans the sources of `settings`.
  ///
  /// - Parameters:
  ///   - settings: The sources, and the output folder, which is excluded.
  ///   - ledger: What earlier runs recorded; nil if there is no ledger.
  /// - Throws: `LedgerError`.
  public init(_ settings: Settings, ledger: Ledger?) throws {
    for domain in Domain.allCases {
      guard let sources = settings.domains[domain]?.sources else { continue }
      var scan = SourceScan()
      for (index, source) in sources.enumerated() {
        scan.add(source, number: index, excluding: settings.output)
      }
      var part = Part(files: scan.files.count, closed: scan.closed)
      for file in scan.files {
        part.endings[URL(fileURLWithPath: file.path).pathExtension.lowercased(), default: 0] += 1
        guard let ledger else {
          part.new += 1
          continue
        }
        if try file.stamp.flatMap({ try ledger.digest(of: $0) }) == nil { part.new += 1 }
      }
      let images = scan.files.filter { $0.kind != .videos }
      part.examples = stride(from: 0, to: images.count, by: max(1, images.count / 12)).prefix(12)
        .map { images[$0].file }
      part.areVideoFrames = images.first?.kind == .screenshots
      domains[domain] = part
    }
  }

  /// The number of files in all domains.
  public var files: Int { domains.values.reduce(0) { $0 + $1.files } }
  /// The number of new files in all domains.
  public var new: Int { domains.values.reduce(0) { $0 + $1.new } }

  /// A summary in one sentence for `--dry-run`.
  public var sentence: String {
    let parts = domains.sorted { $0.key.rawValue < $1.key.rawValue }.map { domain, part in
      "\(part.files) of \(domain.rawValue) (\(part.new) new, \(part.files - part.new) known)"
    }
    return "\(files) files: \(parts.joined(separator: ", "))"
  }
}
