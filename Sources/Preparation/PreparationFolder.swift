package import Dataset
package import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// A temporary folder for prepared faces, which only this user can read.
///
/// Its lock is held until the process ends, also after exec of `easel-train`. A folder without a lock belongs to a killed
/// process and is removed when the next folder is created.
package enum PreparationFolder {
  private static let prefix = "easel-faces-"

  /// A new folder, locked for this process.
  ///
  /// - Throws: `WriteError`.
  package static func make() throws(WriteError) -> URL {
    let place = FileManager.default.temporaryDirectory
    removeLeftovers(in: place)
    var path = Array(place.appendingPathComponent(prefix + "XXXXXX").path.utf8CString)
    guard mkdtemp(&path) != nil else { throw WriteError(path: place.path, code: errno) }
    let url = URL(
      fileURLWithPath: String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self),
      isDirectory: true)
    // The descriptor stays open on purpose, also through exec.
    _ = lock(url)
    return url
  }

  private static func removeLeftovers(in place: URL) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? []
    for name in names where name.hasPrefix(prefix) {
      let url = place.appendingPathComponent(name, isDirectory: true)
      guard let descriptor = lock(url) else { continue }
      var status = stat()
      // A new folder may not be locked yet.
      if fstat(descriptor, &status) == 0, status.st_uid == getuid(), time(nil) - status.st_mtim.tv_sec > 60 {
        try? FileManager.default.removeItem(at: url)
      }
      close(descriptor)
    }
  }

  /// An open descriptor with the folder's lock; nil if another process has the lock.
  private static func lock(_ url: URL) -> Int32? {
    let descriptor = open(url.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    guard descriptor >= 0 else { return nil }
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return descriptor }
    close(descriptor)
    return nil
  }
}
