import Dataset
import Foundation

/// Finds the files of a source: a folder with all its folders, a glob, or one file.
enum SourceScan {
  /// The files of source number `index`, ordered by path, and the folders that could not be opened.
  static func files(
    of source: SourceSettings, number index: Int
  ) -> (files: [SourceFile], closed: [String]) {
    var found: [SourceFile] = []
    var closed: [String] = []
    for root in source.roots.map(\.path) {
      if FolderScan.isFolder(root) {
        // CelebAMask-HQ keeps its photographs beside its masks.
        let folder = source.kind == .celebamaskHQ ? root + "/CelebA-HQ-img" : root
        let scan = FolderScan(folder)
        found += scan.files.map {
          SourceFile(source: index, kind: source.kind, file: folder + "/" + $0, path: $0)
        }
        closed += scan.closed
      } else {
        let name = NSString(string: root).lastPathComponent
        found.append(SourceFile(source: index, kind: source.kind, file: root, path: name))
      }
    }
    return (found.sorted { ($0.path, $0.file) < ($1.path, $1.file) }, closed)
  }
}
