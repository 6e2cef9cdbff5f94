import Dataset
import Foundation

/// Collects the files of sources: folders with their subfolders, globs, or single files.
struct SourceScan {
  /// The files, ordered by path.
  private(set) var files: [SourceFile] = []
  /// Folders that could not be opened.
  private(set) var closed: [String] = []
  /// The number of skipped companion files, such as captions and metadata beside pictures.
  private(set) var companions = 0

  /// An empty scan; add sources with `add`.
  init() {}

  /// Adds the files of a source.
  ///
  /// - Parameters:
  ///   - source: The source.
  ///   - index: Its number among the domain's sources, from 0.
  ///   - output: The dataset's folder; its files are never sources.
  mutating func add(_ source: SourceSettings, number index: Int, excluding output: URL) {
    var found: [SourceFile] = []
    for root in source.roots.map(\.path) {
      if FolderScan.isFolder(root) {
        // The photographs of CelebAMask-HQ are in one of its subfolders.
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
