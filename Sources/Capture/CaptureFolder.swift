import Dataset
public import Foundation
import Imaging

#if canImport(Glibc)
  import Glibc
#endif

/// The folder of captured pictures, which are numbered, with their records in `captures.jsonl`.
///
/// Numbering continues after the largest number in the folder. A session can undo only its own pictures.
public struct CaptureFolder {
  /// The folder; it is created with the first picture.
  public let url: URL
  private var saved: [(record: CaptureRecord, stamp: Stamp?)] = []

  /// The folder at `url`.
  public init(_ url: URL) { self.url = url }

  /// The file of records beside the pictures.
  public var records: URL { url.appendingPathComponent(FolderScan.captureRecords) }

  /// The name of the next picture: at least four digits, the largest number plus one.
  public var nextName: String {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    let numbers = names.compactMap { name -> Int? in
      let stem = NSString(string: name).deletingPathExtension
      return stem.utf8.allSatisfy { (48...57).contains($0) } ? Int(stem) : nil
    }
    return String(format: "%04ld.png", min(numbers.max() ?? 0, Int.max - 1) + 1)
  }

  /// Writes a picture with the next number, and its record.
  ///
  /// - Returns: The picture's file and its record.
  /// - Throws: `WriteError`; `ImagingError`.
  mutating func save(_ picture: ImageBuffer, _ record: CaptureRecord) throws -> (URL, CaptureRecord) {
    var record = record
    record.fileName = nextName
    let file = url.appendingPathComponent(record.fileName)
    try AtomicFile.write(picture.png(), to: file)
    try append(CaptureFolder.line(record))
    saved.append((record, Stamp(file)))
    return (file, record)
  }

  /// The result of an undo.
  public enum Undo: Sendable, Equatable {
    /// The picture was removed.
    case removed(URL)
    /// The file was changed since, so it was not removed.
    case changed(URL)
    /// There is no picture of this session to remove.
    case nothing
  }

  /// Removes the last picture that this session saved and has not removed yet.
  ///
  /// - Throws: `WriteError`.
  mutating func undo() throws -> Undo {
    guard let (record, stamp) = saved.popLast() else { return .nothing }
    let file = url.appendingPathComponent(record.fileName)
    guard Stamp(file) == stamp else { return .changed(file) }
    // The record is removed first: a picture without a record is valid, a record without a picture is not.
    try remove(CaptureFolder.line(record))
    guard unlink(file.path) == 0 || errno == ENOENT else { throw WriteError(path: file.path, code: errno) }
    return .removed(file)
  }

  /// A record as a line of JSON.
  private static func line(_ record: CaptureRecord) throws -> Data {
    let encoder = JSONEncoder.stable
    return try encoder.encode(record) + [10]
  }

  /// Appends a line with one write; an unfinished line of a killed process is ended first.
  private func append(_ line: Data) throws {
    let descriptor = open(records.path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw WriteError(path: records.path, code: errno) }
    defer { close(descriptor) }
    var last: UInt8 = 10
    let end = lseek(descriptor, 0, SEEK_END)
    if end > 0 { pread(descriptor, &last, 1, end - 1) }
    let bytes = (last == 10 ? [] : [10]) + [UInt8](line)
    guard write(descriptor, bytes, bytes.count) == bytes.count, fdatasync(descriptor) == 0 else {
      throw WriteError(path: records.path, code: errno)
    }
  }

  /// Removes the last line that equals `line`; if it is the only line, the file is removed.
  private func remove(_ line: Data) throws {
    guard var text = try? Data(contentsOf: records), let range = text.range(of: line, options: .backwards)
    else { return }
    text.removeSubrange(range)
    if text.isEmpty { unlink(records.path) } else { try AtomicFile.write(text, to: records) }
  }

  /// The identity and state of a file, by which changes are noticed.
  private struct Stamp: Equatable {
    private let numbers: [Int]

    /// The stamp of the file at `url`; nil if there is none.
    init?(_ url: URL) {
      var status = stat()
      guard lstat(url.path, &status) == 0 else { return nil }
      numbers = [
        Int(status.st_dev), Int(status.st_ino), Int(status.st_size), status.st_mtim.tv_sec,
        status.st_mtim.tv_nsec,
      ]
    }
  }
}
