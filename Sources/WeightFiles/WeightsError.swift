/// Why a weights file cannot be read, with a code for programs and a sentence for people.
public struct WeightsError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kinds of trouble.
  public enum Code: Sendable {
    /// The bytes are of no weights format that Easel reads.
    case notWeights
    /// A known format that ends too early or contradicts itself.
    case damaged
    /// The file asks for something to be run, which no reader of weights should do.
    case refused
    /// A sound file that uses a part of the format which is not read.
    case unsupported
    /// The file has no such entry.
    case missing
    /// The file could not be written.
    case unwritable
  }

  /// What kind of trouble it is.
  public let code: Code
  /// The file, if there is one.
  public let path: String?
  /// What is wrong and, if possible, what to do about it.
  public let reason: String

  /// Trouble of kind `code` with the file at `path`.
  public init(_ code: Code, path: String? = nil, _ reason: String) {
    (self.code, self.path, self.reason) = (code, path, reason)
  }

  /// The same trouble, with the file it concerns.
  public func at(path: String) -> WeightsError { WeightsError(code, path: path, reason) }

  /// One sentence, with the file where there is one.
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
