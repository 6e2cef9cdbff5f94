import Dataset
import Foundation
import Imaging

/// One item of work for the crop stage: an image file, a video frame, or a file or folder that could not be
/// read.
enum CropItem: Sendable {
  /// An image file.
  case file(SourceFile)
  /// A frame of a video whose bytes have the digest `sha256`.
  case frame(SourceFile, sha256: String, VideoFrame)
  /// A video that an earlier run read completely with the same settings.
  case knownVideo(SourceFile, sha256: String)
  /// The end of a video after its last frame, with a description of its damage, if any.
  case videoEnd(SourceFile, sha256: String, damage: String?)
  /// A file or folder that cannot be used.
  case failure(SourceFile, Reason, String)

  /// The file that it belongs to.
  var file: SourceFile {
    switch self {
    case .file(let file), .frame(let file, _, _), .knownVideo(let file, _), .videoEnd(let file, _, _),
      .failure(let file, _, _):
      file
    }
  }
}

/// Iterates over the items of one domain: image files as they are, videos frame by frame.
struct CropItems: Sequence, IteratorProtocol {
  private var files: ArraySlice<SourceFile>
  private let sources: [SourceSettings]
  private let knownVideo: (SourceFile, FrameInterval) throws -> (sha256: String, isDone: Bool)
  private var video: (frames: VideoFrames, file: SourceFile, sha256: String)?

  /// The items of `files`.
  ///
  /// - Parameters:
  ///   - files: The files, in order.
  ///   - sources: The sources that they belong to.
  ///   - knownVideo: Returns a video's SHA-256 and whether all its frames are done.
  init(
    _ files: [SourceFile], of sources: [SourceSettings],
    knownVideo: @escaping (SourceFile, FrameInterval) throws -> (sha256: String, isDone: Bool)
  ) {
    self.files = files[...]
    self.sources = sources
    self.knownVideo = knownVideo
  }

  /// The next item.
  mutating func next() -> CropItem? {
    if let (frames, file, sha256) = video {
      while let frame = frames.next() {
        guard let hours = file.hours else { return .frame(file, sha256: sha256, frame) }
        if hours.contains(frame.time) { return .frame(file, sha256: sha256, frame) }
        if hours.areOver(at: frame.time) { break }
      }
      video = nil
      if frames.isCancelled { return nil }
      // The shard of the first hour reports the video as a whole.
      if file.hours?.includesStart == false { return next() }
      if let failure = frames.failure { return .failure(file, failure.reason, failure.sentence) }
      return .videoEnd(file, sha256: sha256, damage: frames.damage)
    }
    guard let file = files.popFirst() else { return nil }
    guard file.kind == .videos else { return .file(file) }
    do {
      let interval = sources[file.source].every
      let (sha256, isDone) = try knownVideo(file, interval)
      if isDone { return .knownVideo(file, sha256: sha256) }
      video = (try VideoFrames(path: file.file, every: interval), file, sha256)
      return next()
    } catch is CancellationError {
      return nil
    } catch  where file.hours?.includesStart == false {
      // The shard of the first hour reports the failure.
      return next()
    } catch let error as any ItemFailure {
      return .failure(file, error.reason, error.sentence)
    } catch {
      return .failure(file, .unreadable, "the video could not be read: \(error)")
    }
  }
}
