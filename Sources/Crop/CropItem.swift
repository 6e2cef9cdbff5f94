import Dataset
import Foundation
import Imaging

/// What the crop stage works on: a file, a frame of a film, or a place that could not be read at all.
enum CropItem: Sendable {
  /// An image file.
  case file(SourceFile)
  /// A frame of a film whose bytes have the digest `sha256`.
  case frame(SourceFile, sha256: String, FilmFrame)
  /// A film that was gone through in an earlier run with the same settings.
  case knownFilm(SourceFile, sha256: String)
  /// The end of a film whose frames have all been handed out, and what is wrong with it besides.
  case filmEnd(SourceFile, sha256: String, damage: String?)
  /// A file or folder that gives nothing.
  case failure(SourceFile, Reason, String)

  /// The file that it belongs to.
  var file: SourceFile {
    switch self {
    case .file(let file), .frame(let file, _, _), .knownFilm(let file, _), .filmEnd(let file, _, _),
      .failure(let file, _, _):
      file
    }
  }
}

/// The items of one domain, one at a time: files as they are, films frame by frame.
struct CropItems: Sequence, IteratorProtocol {
  private var files: ArraySlice<SourceFile>
  private let sources: [SourceSettings]
  private let knownFilm: (SourceFile, FrameInterval) throws -> (sha256: String, isDone: Bool)
  private var film: (frames: FilmFrames, file: SourceFile, sha256: String)?

  /// The items of `files`.
  ///
  /// - Parameters:
  ///   - files: The files, in order.
  ///   - sources: The sources that they belong to.
  ///   - knownFilm: Tells a film's digest and whether its frames are all done.
  init(
    _ files: [SourceFile], of sources: [SourceSettings],
    knownFilm: @escaping (SourceFile, FrameInterval) throws -> (sha256: String, isDone: Bool)
  ) {
    self.files = files[...]
    self.sources = sources
    self.knownFilm = knownFilm
  }

  /// The next item.
  mutating func next() -> CropItem? {
    if let (frames, file, sha256) = film {
      if let frame = frames.next() { return .frame(file, sha256: sha256, frame) }
      film = nil
      if let failure = frames.failure { return .failure(file, failure.reason, failure.sentence) }
      return .filmEnd(file, sha256: sha256, damage: frames.damage)
    }
    guard let file = files.popFirst() else { return nil }
    guard file.kind == .videos else { return .file(file) }
    do {
      let interval = sources[file.source].every
      let (sha256, isDone) = try knownFilm(file, interval)
      if isDone { return .knownFilm(file, sha256: sha256) }
      film = (try FilmFrames(path: file.file, every: interval), file, sha256)
      return next()
    } catch let error as any ItemFailure {
      return .failure(file, error.reason, error.sentence)
    } catch {
      return .failure(file, .unreadable, "the film could not be read: \(error)")
    }
  }
}
