/// What is wrong with an image, in a form that can be counted and in one that can be read.
public struct ImagingError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kinds of trouble; the raw values are the reason codes that reach the manifest.
  public enum Code: String, Sendable, CaseIterable {
    /// The file is not there.
    case missing = "missing"
    /// The file cannot be opened.
    case permissionDenied = "permission-denied"
    /// The system reports an error while the file is read, such as a broken disk or a lost network drive.
    case readError = "read-error"
    /// The file has no bytes.
    case empty = "empty-file"
    /// The bytes are of no image format that Easel reads.
    case notAnImage = "not-an-image"
    /// A known format, damaged.
    case damaged = "unreadable"
    /// A known format that ends too early.
    case truncated = "truncated"
    /// More pixels than the limit allows.
    case tooLarge = "too-large"
    /// The image could not be written.
    case unwritable = "unwritable"
  }

  /// What kind of trouble it is.
  public let code: Code
  /// The file, where there is one.
  public let path: String?
  /// What the decoder said, in a few words.
  public let reason: String

  /// Trouble of kind `code` with the file at `path`.
  public init(_ code: Code, path: String? = nil, reason: String) {
    self.code = code
    self.path = path
    self.reason = reason
  }

  /// The same trouble, with the file it concerns.
  public func at(path: String) -> ImagingError {
    ImagingError(code, path: path, reason: reason)
  }

  /// One sentence without the path.
  public var sentence: String {
    switch code {
    case .missing: "the file is not there"
    case .permissionDenied: "the file may not be read (check its permissions)"
    case .readError: "the file could not be read: \(reason)"
    case .empty: "the file is empty"
    case .notAnImage: "not an image that can be read (\(reason))"
    case .damaged: "the image is damaged: \(reason)"
    case .truncated: "the image ends too early: \(reason)"
    case .tooLarge: "the image is too large: \(reason)"
    case .unwritable: "the image cannot be written: \(reason)"
    }
  }

  /// One sentence, with the path where there is one.
  public var description: String { (path.map { "\($0): " } ?? "") + sentence }
}
