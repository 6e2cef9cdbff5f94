/// An error of reading or writing an image, with a code for programs and a sentence for people.
public struct ImagingError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kinds of errors; the raw values are the reason codes of the manifest.
  public enum Code: String, Sendable, CaseIterable {
    /// The file does not exist.
    case missing = "missing"
    /// The file cannot be opened.
    case permissionDenied = "permission-denied"
    /// The system reported an error while the file was read, for example because of a broken disk or a lost
    /// network drive.
    case readError = "read-error"
    /// The file has no bytes.
    case empty = "empty-file"
    /// The file has no image format that Easel reads.
    case notAnImage = "not-an-image"
    /// The file has a known format but is damaged.
    case damaged = "unreadable"
    /// The file has a known format but is truncated.
    case truncated = "truncated"
    /// The image has more pixels than the limit allows.
    case tooLarge = "too-large"
    /// The image could not be written.
    case unwritable = "unwritable"
  }

  /// The kind of error.
  public let code: Code
  /// The file; nil if the image is in memory.
  public let path: String?
  /// The details, in a few words.
  public let reason: String

  /// An error with the file at `path`.
  public init(_ code: Code, path: String? = nil, reason: String) {
    self.code = code
    self.path = path
    self.reason = reason
  }

  /// The same error with the path of the file.
  public func at(path: String) -> ImagingError {
    ImagingError(code, path: path, reason: reason)
  }

  /// One sentence without the path.
  public var sentence: String {
    switch code {
    case .missing: "the file does not exist"
    case .permissionDenied: "the file cannot be opened (check its permissions)"
    case .readError: "the file could not be read: \(reason)"
    case .empty: "the file is empty"
    case .notAnImage: "not an image that can be read (\(reason))"
    case .damaged: "the image is damaged: \(reason)"
    case .truncated: "the image is truncated: \(reason)"
    case .tooLarge: "the image is too large: \(reason)"
    case .unwritable: "the image cannot be written: \(reason)"
    }
  }

  /// One sentence, with the path if there is one.
  public var description: String { (path.map { "\($0): " } ?? "") + sentence }
}
