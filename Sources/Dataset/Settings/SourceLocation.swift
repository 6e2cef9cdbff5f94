public import Foundation
import Imaging

#if canImport(Glibc)
  import Glibc
#endif

extension Settings {
  /// Checks that every source exists.
  ///
  /// - Throws: `SettingsError` with the line of the first source that does not exist or repeats an earlier
  ///   source.
  public func validateSources() throws {
    var seen: [[String]: (domain: Domain, source: SourceSettings)] = [:]
    for domain in Domain.allCases {
      for source in self[domain].sources {
        let roots = try source.validate()
        let places = roots.map { $0.resolvingSymlinksInPath().standardizedFileURL.path }
        if let first = seen.updateValue((domain, source), forKey: places) {
          throw SettingsError(
            place: source.place ?? source.kind.rawValue,
            message: "'\(source.location)' is already a source of domain \(first.domain.rawValue)"
              + (first.source.place.map { " at \($0)" } ?? "") + "; remove one of the two")
        }
      }
    }
  }
}

extension SourceSettings {
  /// The names of CelebAMask-HQ's parts, as in its file names.
  public static let knownParts = [
    "skin", "nose", "eye_g", "l_eye", "r_eye", "l_brow", "r_brow", "l_ear", "r_ear", "mouth", "u_lip",
    "l_lip",
    "hair", "hat", "ear_r", "neck_l", "neck", "cloth",
  ]

  /// The files and folders that the location names, sorted by the bytes of their paths.
  ///
  /// If a file or folder has exactly this name, it is used, even if the name has brackets. Otherwise `*`, `?`
  /// and `[...]` match within one name that does not begin with a dot.
  public var roots: [URL] {
    let path = absolutePath(
      location, in: URL(fileURLWithPath: FileManager.default.currentDirectoryPath, isDirectory: true))
    var found = ["/"]
    for name in path.split(separator: "/") {
      found = found.flatMap { matches(of: String(name), in: $0) }
    }
    return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { URL(fileURLWithPath: $0) }
  }

  /// Checks that the source exists; returns the files and folders that it names.
  ///
  /// - Throws: `SettingsError`.
  fileprivate func validate() throws -> [URL] {
    let roots = roots
    guard roots.isEmpty else { return roots }
    let isGlob = location.contains { "*?[".contains($0) }
    throw SettingsError(
      place: place ?? kind.rawValue,
      message: isGlob
        ? "nothing matches '\(location)'; check the folder and the extension"
        : "'\(location)' does not exist; correct the path or remove the source")
  }

  private func matches(of name: String, in folder: String) -> [String] {
    let literal = folder == "/" ? "/\(name)" : "\(folder)/\(name)"
    var status = stat()
    if SystemPath.withCString(literal, { stat($0, &status) }) == 0 { return [literal] }
    guard name.contains(where: { "*?[".contains($0) }) else { return [] }
    let names = FolderScan.names(in: folder) ?? []
    return names.filter { SystemPath.withCString($0) { fnmatch(name, $0, FNM_PERIOD) } == 0 }
      .map { folder == "/" ? "/\($0)" : "\(folder)/\($0)" }
  }
}
