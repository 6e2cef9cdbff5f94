public import Foundation

/// A temporary folder for one test, which is deleted with the object.
public final class TemporaryFolder: Sendable {
  /// The folder.
  public let url: URL

  /// Makes a new, empty folder.
  public init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("easel-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// The file or folder called `name` in it.
  public func appending(_ name: String) -> URL { url.appendingPathComponent(name) }
}
