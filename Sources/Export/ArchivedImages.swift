import Dataset
import Foundation
import Imaging

/// Reads images from the tar archives of a large dataset.
///
/// It keeps the index of one archive, because manifests list the samples of an archive together.
final class ArchivedImages {
  private let output: OutputFolder
  private var index: (archive: String, members: [String: TarIndex.Member])?

  init(_ output: OutputFolder) { self.output = output }

  /// Whether the archive can be read and contains the image.
  func contains(_ name: String, in archive: String) -> Bool {
    (try? member(name, of: archive)) != nil
  }

  /// The bytes of an image.
  ///
  /// - Throws: `ImagingError`.
  func bytes(of name: String, in archive: String) throws(ImagingError) -> [UInt8] {
    let member = try member(name, of: archive)
    return try RegularFile(path: path(of: archive)).read(member.size, at: member.offset)
  }

  private func member(_ name: String, of archive: String) throws(ImagingError) -> TarIndex.Member {
    let members: [String: TarIndex.Member]
    if let index, index.archive == archive {
      members = index.members
    } else {
      members = Dictionary(
        try TarIndex(path: path(of: archive)).members.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
      index = (archive, members)
    }
    guard let member = members[name] else {
      throw ImagingError(.missing, reason: "the archive does not contain it")
    }
    return member
  }

  private func path(of archive: String) -> String { output.url.appendingPathComponent(archive).path }
}
