import Foundation

/// The files that a person named on the command line, each with the name that what comes of it will have.
///
/// A file keeps its stem, a file of a folder its path in that folder and its stem; where two would be called the same,
/// both keep their extensions in the name, and where that does not tell them apart, a number is added.
public struct PlainInputs: Sendable {
  /// One file.
  public struct File: Sendable, Hashable {
    /// Where it is, as named or found.
    public var path: String
    /// The path of its result relative to the output folder, without `.png`.
    public var name: String
  }

  /// What the results of one file are called.
  public var resultNames: ResultNames { ResultNames(files.map(\.name)) }

  /// The files, in the order of the arguments and then of their paths.
  public private(set) var files: [File] = []
  /// Folders that could not be opened.
  public private(set) var closed: [String] = []

  /// The files that `arguments` name; folders are gone through with all their folders.
  public init(_ arguments: [String]) {
    var found: [(path: String, relative: String)] = []
    for argument in arguments {
      let path = NSString(string: argument).expandingTildeInPath
      if FolderScan.isFolder(path) {
        let scan = FolderScan(path)
        let folder = path.hasSuffix("/") ? path : path + "/"
        found += scan.files.map { (folder + $0, $0) }
        closed += scan.closed
      } else {
        found.append((path, NSString(string: path).lastPathComponent))
      }
    }
    let stems = found.map { NSString(string: $0.relative).deletingPathExtension }
    let uses = Dictionary(stems.map { ($0, 1) }, uniquingKeysWith: +)
    var taken: Set<String> = []
    for ((path, relative), stem) in zip(found, stems) {
      let base = uses[stem] == 1 ? stem : relative
      var name = base
      var number = 2
      while !taken.insert(name).inserted {
        name = "\(base)-\(number)"
        number += 1
      }
      files.append(File(path: path, name: name))
    }
  }
}
