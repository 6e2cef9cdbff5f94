import Dataset
import Foundation

/// The hours of a long video that one shard crops, so that several machines can share it.
///
/// Each shard decodes the video from its start, so that frames, scenes and repeated pictures are the same as in one run. Faces are only
/// detected, cropped and masked in the shard's own hours, which takes most of the time.
struct VideoHours: Sendable, Hashable {
  /// The number of hours that have begun; later frames belong to the last one.
  let count: Int
  /// The numbers of the own hours, from 0.
  let own: Set<Int>

  /// Whether the shard reports the video's damage, and therefore reads it to its end.
  var includesStart: Bool { own.contains(0) }

  /// Whether a frame belongs to an own hour.
  func contains(_ time: Double) -> Bool { own.contains(hour(of: time)) }

  /// Whether neither the frame at `time` nor a later one has to be read.
  func areOver(at time: Double) -> Bool {
    !includesStart && hour(of: time) > own.max() ?? 0
  }

  private func hour(of time: Double) -> Int { Int(min(max(time / 3600, 0), Double(count - 1))) }

  /// The number of hours that have begun in the video at `path`; 1 if its length is unknown.
  static func count(of path: String) -> Int {
    guard let program = VideoFrames.program(called: "ffprobe"),
      let probe = try? ChildProcess(
        program.path,
        ["-v", "error", "-print_format", "json", "-show_entries", "format=duration", "file:" + path]),
      let bytes = try? probe.readToEnd(),
      let found = try? JSONDecoder().decode(Probe.self, from: Data(bytes)),
      let seconds = found.format.duration.flatMap(Double.init), seconds > 3600
    else { return 1 }
    // The limit only protects from absurd lengths in damaged files.
    return Int(min((seconds / 3600).rounded(.up), 10_000))
  }

  private struct Probe: Decodable {
    struct Format: Decodable { var duration: String? }
    var format: Format
  }
}

extension Shard {
  /// The part of a file that belongs to this shard: the whole file, some hours of a video longer than an hour, or nil.
  ///
  /// The first hour belongs to the shard of the file's path, hour n to that of the path with ` hour n`.
  func part(of file: SourceFile) -> SourceFile? {
    let hours = count > 1 && file.kind == .videos ? VideoHours.count(of: file.file) : 1
    guard hours > 1 else { return contains(file.path) ? file : nil }
    let own = (0..<hours).filter { contains($0 == 0 ? file.path : "\(file.path) hour \($0)") }
    guard !own.isEmpty else { return nil }
    var part = file
    if own.count < hours { part.hours = VideoHours(count: hours, own: Set(own)) }
    return part
  }
}
