import Dataset
import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// Writes the folder in which Hugging Face's `load_dataset("imagefolder", data_dir: FOLDER)` finds the splits of a dataset.
///
/// That loader searches for folders named `train` and `test`, so it does not see `trainA`. It loads the images of the
/// `metadata.jsonl` in such a folder, and they must be below it. So `imagefolder/train` has a list of the training images,
/// and links to `trainA` and `trainB`. Tried with versions 3.6, 4.4 and 5.2 of the library, which infers the types of the
/// columns for each split: all columns are text and none is ever missing.
struct ImageFolderLists {
  private let folder: URL
  private var files: [Split: SpoolFile] = [:]
  private var linked: Set<Link> = []

  /// One folder of images in one list's folder.
  private struct Link: Hashable {
    let split: Split
    let domain: Domain
  }

  /// The lists of the dataset in `output`; all are empty.
  init(_ output: OutputFolder) { folder = output.imageFolder }

  /// Adds one image.
  ///
  /// - Parameter sample: A sample with a file of its own.
  /// - Throws: `WriteError`.
  mutating func add(_ sample: Sample) throws {
    guard let split = sample.split, let name = sample.fileName else { return }
    let file = try files[split] ?? SpoolFile(for: url(split))
    files[split] = file
    linked.insert(Link(split: split, domain: sample.domain))
    let line = Line(
      file_name: name, id: sample.id, domain: sample.domain.rawValue, source: sample.source.path,
      character: sample.character ?? "")
    try file.append(try JSONEncoder.stable.encode(line))
    try file.append([UInt8(ascii: "\n")])
  }

  /// Gives the lists their names, makes the links, and removes links that an earlier dataset needed.
  ///
  /// If a link cannot be made, `notes` says so.
  ///
  /// - Returns: The paths of the lists, and whether all images can be loaded.
  /// - Throws: `WriteError`, `LedgerError`.
  func publish(
    with publication: Publication, notes: inout [String]
  ) throws -> (paths: [String], isComplete: Bool) {
    var (paths, problem): ([String], String?) = ([], nil)
    for split in Split.allCases {
      if let file = files[split] {
        try publication.install(file, sha256: try file.finish(), as: url(split), notes: &notes)
        paths.append(publication.relative(url(split)))
      }
      for domain in Domain.allCases {
        let found = try place(Link(split: split, domain: domain))
        problem = problem ?? found
      }
    }
    if let problem { notes.append(problem) }
    return (paths, problem == nil && !paths.isEmpty)
  }

  /// Makes or removes a link.
  ///
  /// - Returns: Why the link cannot be made and what to do; nil if it is as it should be.
  private func place(_ link: Link) throws -> String? {
    let name = "\(link.split.rawValue)\(link.domain.rawValue)"
    let path = folder.appendingPathComponent("\(link.split.rawValue)/\(name)").path
    let present = try? FileManager.default.destinationOfSymbolicLink(atPath: path)
    let target = "../../\(name)"
    guard linked.contains(link) else {
      // Another link is the user's.
      if present == target, unlink(path) != 0 { throw WriteError(path: path, code: errno) }
      return nil
    }
    guard present != target, symlink(target, path) != 0 else { return nil }
    let problem =
      switch errno {
      case EEXIST:
        "another file is in the place of the link \(folder.lastPathComponent)/\(link.split.rawValue)/\(name); move it away"
      case EPERM, EOPNOTSUPP, ENOSYS: "this file system has no links; use easel export --format imagefolder"
      case let code: throw WriteError(path: path, code: code)
      }
    return "load_dataset(\"imagefolder\") cannot read this folder, because " + problem
  }

  private func url(_ split: Split) -> URL {
    folder.appendingPathComponent("\(split.rawValue)/metadata.jsonl")
  }

  /// One line of a list.
  private struct Line: Encodable {
    let file_name: String
    let id: String
    let domain: String
    let source: String
    let character: String
  }
}
