public import Foundation

/// The folders in which model files are searched.
public enum ModelFolders {
  /// The network of KID-lite: its path under a folder of models, and the SHA-256 of the published file.
  package static let imageFeatures = (
    path: "efficientnet-lite0-57934424.pth",
    digest: "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
  )

  /// The folders, in the order of the search: EASEL_MODELS, then the user's cache folder.
  ///
  /// - Parameter environment: The variables EASEL_MODELS, XDG_CACHE_HOME and HOME.
  /// - Returns: The folders, which need not exist.
  public static func searchPath(
    _ environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> [URL] {
    let named = environment["EASEL_MODELS"].flatMap {
      $0.isEmpty ? nil : URL(fileURLWithPath: $0, isDirectory: true)
    }
    return [named, cache(environment)].compactMap { $0 }
  }

  /// `easel/models` in the user's cache folder; by the XDG rule a relative XDG_CACHE_HOME does not count.
  public static func cache(
    _ environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> URL {
    let home =
      environment["HOME"].map { URL(fileURLWithPath: $0, isDirectory: true) }
      ?? FileManager.default.homeDirectoryForCurrentUser
    let base =
      environment["XDG_CACHE_HOME"].flatMap {
        $0.hasPrefix("/") ? URL(fileURLWithPath: $0, isDirectory: true) : nil
      } ?? home.appendingPathComponent(".cache", isDirectory: true)
    return base.appendingPathComponent("easel/models", isDirectory: true)
  }
}
