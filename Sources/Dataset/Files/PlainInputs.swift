public import Foundation
import Imaging

/// The files that the user named on the command line, each with the name of its result.
///
/// A result has its file's stem, or for a file of a folder the path in that folder and the stem. If two results would have
/// the same name, both keep their extensions in the name, and if that is not enough, a number is added. A stem that leaves no
/// room for `.png` is shortened, with a digest of the whole in place of its end.
public struct PlainInputs: Sendable {
  /// One file.
  public struct File: Sendable, Hashable {
    /// Where it is, as named or found.
    public var path: String
    /// The path of its result relative to the output folder, without `.png`.
    public var name: String
  }

  /// One sentence about what was passed over; nil if nothing was.
  public var note: String? {
    companions == 0 ? nil : "passed over \(companions) captions, metadata and other files beside the pictures"
  }

  /// What the results of one file are called.
  public var resultNames: ResultNames { ResultNames(files.map(\.name)) }

  /// The files, in the order of the arguments and then of their paths.
  public private(set) var files: [File] = []
  /// Folders that could not be opened.
  public private(set) var closed: [String] = []
  /// How many files of the folders accompany pictures without being any, and were passed over.
  public private(set) var companions = 0

  /// The files that `arguments` name, and those of folders and of all folders in them.
  ///
  /// - Parameters:
  ///   - arguments: Files and folders.
  ///   - output: The folder that results are written to, whose files are never inputs.
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

  /// The most bytes of a result's name: 255 is what file systems take, less `_9999.png`.
  private static let maxBytes = 246

  /// The path with a last name short enough for an ending.
  private static func shortened(_ path: String) -> String {
    let name = NSString(string: path).lastPathComponent
    guard SystemPath.bytes(name).count > maxBytes else { return path }
    var kept = name
    while SystemPath.bytes(kept).count > maxBytes - 9 { kept.removeLast() }
    let folder = NSString(string: path).deletingLastPathComponent
    return (folder.isEmpty ? "" : folder + "/") + kept + "-" + Digest(of: name).hex.prefix(8)
  }
}
