/// Why a weights file cannot be read, with a code for programs and a sentence for people.
public struct WeightsError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kinds of errors.
  public enum Code: Sendable {
    /// The file has no weights format that Easel reads.
    case notWeights
    /// The file has a known format but is truncated or inconsistent.
    case damaged
    /// The file requests to run code.
    case refused
    /// A valid file that uses an unsupported part of the format.
    case unsupported
    /// The file has no such entry.
    case missing
    /// The file could not be written.
    case unwritable
  }

  /// The kind of error.
  public let code: Code
  /// The file, if there is one.
  public let path: String?
  /// What is wrong and, if possible, what to do about it.
  public let reason: String

  /// An error with the file at `path`.
  public init(_ code: Code, path: String? = nil, _ reason: String) {
    (self.code, self.path, self.reason) = (code, path, reason)
  }

  /// The same error with the path of the file.
  public func at(path: String) -> WeightsError { WeightsError(code, path: path, reason) }

  /// One sentence, with the file if there is one.
  public var description: String {
    let kind =
      switch code {
      case .notWeights: "not a weights file: "
      case .damaged: "the file is damaged: "
      case .refused: "refused: "
      case .unsupported, .missing: ""
      case .unwritable: "cannot be written: "
      }
    return (path.map { "\($0.printable): " } ?? "") + kind + reason.escaped
  }
}
