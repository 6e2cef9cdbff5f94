public import Foundation
import Imaging

/// The files that the user named on the command line, each with the name of its result.
///
/// A result is named after its file's stem, with the subfolders if the file was found in a folder. If two
/// results would have the same name, both keep their extensions in the name; if that is not enough, a number
/// is added. A stem that is too long for a file name with `.png` is shortened and gets a digest of the whole
/// name at its end.
public struct PlainInputs: Sendable {
  /// One file.
  public struct File: Sendable, Hashable {
    /// The file's path, as named or found.
    public var path: String
    /// The path of its result relative to the output folder, without `.png`.
    public var name: String
  }

  /// One sentence about skipped companion files; nil if there were none.
  public var note: String? {
    companions == 0 ? nil : "skipped \(companions) captions, metadata and other files beside the pictures"
  }

  /// The names of the results of one file.
  public var resultNames: ResultNames { ResultNames(files.map(\.name)) }

  /// The files in the order of the arguments, those of a folder sorted by path.
  public private(set) var files: [File] = []
  /// Folders that could not be opened.
  public private(set) var closed: [String] = []
  /// The number of skipped companion files.
  public private(set) var companions = 0

  /// Collects the files that `arguments` name, and all files of named folders and their subfolders.
  ///
  /// - Parameters:
  ///   - arguments: Files and folders.
  ///   - output: The folder for the results; its files are never inputs.
  public init(_ arguments: [String], excluding output: URL? = nil) {
    var found: [(path: String, relative: String)] = []
    for argument in arguments {
      let path = NSString(string: argument).expandingTildeInPath
      if FolderScan.isFolder(path) {
        let scan = FolderScan(path, excluding: output)
        let folder = path.hasSuffix("/") ? path : path + "/"
        found += scan.files.map { (folder + $0, $0) }
        closed += scan.closed
        companions += scan.companions.count
      } else {
        found.append((path, NSString(string: path).lastPathComponent))
      }
    }
    let stems = found.map { NSString(string: $0.relative).deletingPathExtension }
    let uses = Dictionary(stems.map { ($0, 1) }, uniquingKeysWith: +)
    var taken: Set<String> = []
    for ((path, relative), stem) in zip(found, stems) {
      let base = Self.shortened(uses[stem] == 1 ? stem : relative)
      var name = base
      var number = 2
      while !taken.insert(name).inserted {
        name = "\(base)-\(number)"
        number += 1
      }
      files.append(File(path: path, name: name))
    }
  }

  /// The maximum number of bytes of a result's name: 255, the limit of file systems, minus the length of
  /// `_9999.png`.
  private static let maxBytes = 246

  /// `path`, with its last component shortened if it is longer than `maxBytes`.
  private static func shortened(_ path: String) -> String {
    let name = NSString(string: path).lastPathComponent
    guard SystemPath.bytes(name).count > maxBytes else { return path }
    var kept = name
    while SystemPath.bytes(kept).count > maxBytes - 9 { kept.removeLast() }
    let folder = NSString(string: path).deletingLastPathComponent
    return (folder.isEmpty ? "" : folder + "/") + kept + "-" + Digest(of: name).hex.prefix(8)
  }
}
