import Dataset
import Foundation

/// The files of a source: a folder with all its folders, a glob, or one file.
struct SourceScan {
  /// The files, ordered by path.
  private(set) var files: [SourceFile] = []
  /// Folders that could not be opened.
  private(set) var closed: [String] = []
  /// How many files accompany pictures without being any, and were passed over.
  private(set) var companions = 0

  /// Nothing yet; sources are added by `add`.
  init() {}

  /// Adds the files of a source.
  ///
  /// - Parameters:
  ///   - source: The source.
  ///   - index: Its number among the domain's sources, from 0.
  ///   - output: The dataset's folder, whose files are never sources.
  mutating func add(_ source: SourceSettings, number index: Int, excluding output: URL) {
    var found: [SourceFile] = []
    for root in source.roots.map(\.path) {
      if FolderScan.isFolder(root) {
        // CelebAMask-HQ keeps its photographs beside its masks.
        let folder = source.kind == .celebamaskHQ ? root + "/CelebA-HQ-img" : root
        let scan = FolderScan(folder, excluding: output)
        found += scan.files.map {
          SourceFile(source: index, kind: source.kind, file: folder + "/" + $0, path: $0)
        }
        closed += scan.closed
        companions += scan.companions.count
      } else {
        let name = NSString(string: root).lastPathComponent
        found.append(SourceFile(source: index, kind: source.kind, file: root, path: name))
      }
    }
    files += found.sorted { ($0.path, $0.file) < ($1.path, $1.file) }
  }
}
