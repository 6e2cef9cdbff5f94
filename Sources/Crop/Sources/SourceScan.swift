import Dataset
import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// Finds the files of a source: a folder with all its folders, a glob, or one file.
enum SourceScan {
  /// The files of source number `index`, ordered by path, and the folders that could not be opened.
  static func files(
    of source: SourceSettings, number index: Int
  ) -> (files: [SourceFile], closed: [String]) {
    var found: [SourceFile] = []
    var closed: [String] = []
    for root in roots(source.location) {
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

  /// The file or folder at `location`, or what it matches where it is a glob.
  private static func roots(_ location: String) -> [String] {
    let path = NSString(string: location).expandingTildeInPath
    // A real file with brackets in its name is that file, not a pattern.
    if access(path, F_OK) == 0 { return [path] }
    var matches = glob_t()
    defer { globfree(&matches) }
    guard glob(path, 0, nil, &matches) == 0, let names = matches.gl_pathv else { return [path] }
    return (0..<Int(matches.gl_pathc)).compactMap { names[$0].map { String(cString: $0) } }
  }
}
