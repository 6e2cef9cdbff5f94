public import Foundation

/// Where things are in a dataset's output folder.
public struct OutputFolder: Sendable, Hashable {
  /// The folder itself.
  public let url: URL

  /// The output folder at `url`, which need not be there yet.
  public init(_ url: URL) { self.url = url.standardizedFileURL }

  /// The ledger of everything that was done.
  public var ledger: URL { url.appendingPathComponent("ledger.sqlite") }
  /// Crops and cutouts by sample identity.
  public var store: URL { url.appendingPathComponent("store", isDirectory: true) }
  /// What people painted over masks, by sample identity: work that nothing here makes again.
  public var edits: URL { url.appendingPathComponent("edits", isDirectory: true) }
  /// One line a sample of the dataset.
  public var metadata: URL { url.appendingPathComponent("metadata.jsonl") }
  /// One line an image or crop that was left out.
  public var rejected: URL { url.appendingPathComponent("rejected.jsonl") }
  /// Counts, settings and digests.
  public var summary: URL { url.appendingPathComponent("dataset.json") }
  /// The settings in force.
  public var settings: URL { url.appendingPathComponent("settings.yaml") }
  /// The report that a person opens.
  public var report: URL { url.appendingPathComponent("report/index.html") }

  /// The folder of one domain's training or test images, such as `trainA`.
  public func samples(_ split: Split, _ domain: Domain) -> URL {
    url.appendingPathComponent("\(split.rawValue)\(domain.rawValue)", isDirectory: true)
  }

  /// The crop of sample `id`: RGB, or RGBA where the source gives alpha.
  public func crop(_ id: String) -> URL {
    store.appendingPathComponent("crops/\(id.prefix(2))/\(id).png")
  }

  /// The cutout of sample `id`: RGBA, its colours cleaned of the background.
  public func cutout(_ id: String) -> URL {
    store.appendingPathComponent("cutouts/\(id.prefix(2))/\(id).png")
  }

  /// Removes what a killed run left half-written anywhere in the folder.
  public func removeLeftovers() {
    AtomicFile.removeLeftovers(in: url)
    let names = FileManager.default.enumerator(at: url, includingPropertiesForKeys: [.isDirectoryKey])
    while let folder = names?.nextObject() as? URL {
      if folder.hasDirectoryPath { AtomicFile.removeLeftovers(in: folder) }
    }
  }

  /// Makes the folder, or takes it where it is empty or Easel's own.
  ///
  /// - Throws: `OutputError.foreign` where it holds files but no ledger; `WriteError`.
  public func claim() throws {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    let owned = names.contains(ledger.lastPathComponent)
    guard names.isEmpty || owned else { throw OutputError.foreign(url.path) }
    try AtomicFile.makeFolder(url)
  }
}

/// Why an output folder cannot be used.
public enum OutputError: Error, Sendable, CustomStringConvertible {
  /// The folder holds files that are not Easel's.
  case foreign(String)
  /// Another `easel` is writing there; its process number where it is known.
  case busy(String, process: Int32?)

  /// One sentence with the way out.
  public var description: String {
    switch self {
    case .foreign(let path):
      "\(path) holds files that Easel did not write; choose an empty or new folder as output"
    case .busy(let path, let process):
      "\(path) is in use by another easel\(process.map { " (process \($0))" } ?? ""); wait for it to end, or stop it"
    }
  }
}
