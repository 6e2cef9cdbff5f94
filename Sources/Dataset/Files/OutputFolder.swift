public import Foundation

/// The paths of all files and folders in a dataset's output folder.
public struct OutputFolder: Sendable, Hashable {
  /// The folder itself.
  public let url: URL

  /// The output folder at `url`, which need not exist yet.
  public init(_ url: URL) {
    self.url = url.standardizedFileURL
    path = self.url.path
  }

  /// The path of the folder, because paths of samples are made millions of times.
  private let path: String

  /// The ledger of everything that was done.
  public var ledger: URL { url.appendingPathComponent("ledger.sqlite") }
  /// Crops and cutouts by sample identity.
  public var store: URL { url.appendingPathComponent("store", isDirectory: true) }
  /// What users painted over masks, by sample identity.
  ///
  /// Easel cannot restore it.
  public var edits: URL { url.appendingPathComponent("edits", isDirectory: true) }
  /// The manifest: one line for each sample of the dataset.
  public var metadata: URL { url.appendingPathComponent("metadata.jsonl") }
  /// One line for each rejected image or crop.
  public var rejected: URL { url.appendingPathComponent("rejected.jsonl") }
  /// For Hugging Face's imagefolder loader: a folder for each split, with a list of its images and links to them.
  public var imageFolder: URL { url.appendingPathComponent("imagefolder", isDirectory: true) }
  /// Counts, settings and digests.
  public var summary: URL { url.appendingPathComponent("dataset.json") }
  /// The settings in force.
  public var settings: URL { url.appendingPathComponent("settings.yaml") }
  /// The report page.
  public var report: URL { url.appendingPathComponent("report/index.html") }

  /// The folder of one domain's training or test images, such as `trainA`.
  public func samples(_ split: Split, _ domain: Domain) -> URL {
    url.appendingPathComponent("\(split.rawValue)\(domain.rawValue)", isDirectory: true)
  }

  /// The crop of sample `id`: RGB, or RGBA if the source has alpha.
  public func crop(_ id: String) -> URL {
    URL(fileURLWithPath: "\(path)/store/crops/\(id.prefix(2))/\(id).png", isDirectory: false)
  }

  /// The cutout of sample `id`: RGBA with estimated foreground colors.
  public func cutout(_ id: String) -> URL {
    URL(fileURLWithPath: "\(path)/store/cutouts/\(id.prefix(2))/\(id).png", isDirectory: false)
  }

  /// Removes incomplete files that a killed run left anywhere in the folder.
  public func removeLeftovers() {
    AtomicFile.removeLeftovers(in: url)
    let names = FileManager.default.enumerator(at: url, includingPropertiesForKeys: [.isDirectoryKey])
    while let folder = names?.nextObject() as? URL {
      if folder.hasDirectoryPath { AtomicFile.removeLeftovers(in: folder) }
    }
  }

  /// Creates the folder, or accepts it if it is empty or was written by Easel.
  ///
  /// - Throws: `OutputError.otherFiles` if it contains files but no ledger; `OutputError.emptyLedger`;
  ///   `WriteError`.
  public func claim() throws {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    let owned = names.contains(ledger.lastPathComponent) || names.contains("run.json")
    // A run that was killed before it created its ledger leaves a lock file.
    guard owned || names.allSatisfy({ $0 == ".lock" }) else {
      let isOurs = names.contains(metadata.lastPathComponent) || names.contains("store")
      throw isOurs ? OutputError.noLedger(ledger.path) : OutputError.otherFiles(url.path)
    }
    let size = (try? FileManager.default.attributesOfItem(atPath: ledger.path))?[.size] as? Int
    guard size != 0 || !names.contains(metadata.lastPathComponent) else {
      throw OutputError.emptyLedger(ledger.path)
    }
    try AtomicFile.makeFolder(url)
  }
}

/// Why an output folder cannot be used.
public enum OutputError: Error, Sendable, CustomStringConvertible {
  /// The folder contains files that Easel did not write.
  case otherFiles(String)
  /// The folder was written by Easel, but its ledger is missing.
  case noLedger(String)
  /// The ledger is an empty file although the folder contains a dataset.
  case emptyLedger(String)
  /// Another `easel` writes to the folder; its process number if known.
  case busy(String, process: Int32?)

  /// One sentence that says what to do.
  public var description: String {
    switch self {
    case .otherFiles(let path):
      "\(path) contains files that Easel did not write; choose an empty or new folder as output"
    case .noLedger(let path):
      "\(path) is missing although Easel wrote this folder; restore it from a backup, or choose a new folder as output"
    case .emptyLedger(let path):
      "\(path) is empty although the folder contains a dataset; restore it from a backup, or choose a new folder as output"
    case .busy(let path, let process):
      "\(path) is in use by another easel\(process.map { " (process \($0))" } ?? ""); wait for it to end, or stop it"
    }
  }
}
