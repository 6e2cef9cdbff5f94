internal import COpenCV

/// The error of an image operation, with what to do next.
public struct VisionError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The operation, as in "load the cascade faces.xml".
  public let operation: String
  /// Why it failed, in the words of the library.
  public let reason: String
  /// What to do next; empty if nothing can be done.
  public let nextStep: String

  /// The failure of `operation` because of `reason`.
  public init(_ operation: String, reason: String, nextStep: String = "") {
    self.operation = operation
    self.reason = reason
    self.nextStep = nextStep
  }

  /// One sentence.
  public var description: String {
    "could not \(operation): \(reason)" + (nextStep.isEmpty ? "" : "; \(nextStep)")
  }
}

/// Configures OpenCV for the process at the first use: one thread, no messages on stderr.
private let started: Void = ocv_start()

/// The version of OpenCV that is linked.
public var openCVVersion: String { String(cString: ocv_version()) }

/// Calls the OpenCV shim and converts a failure (`nil`) to an error that names `operation`.
func attempt<Result>(
  _ operation: @autoclosure () -> String, nextStep: String = "", _ body: (ocv_error) -> Result?
) throws(VisionError) -> Result {
  _ = started
  return try capturingReason(operation(), nextStep: nextStep) { body(ocv_error(text: $0, capacity: $1)) }
}

/// Passes `body` a buffer for a message; if `body` returns nil, throws an error with that message.
func capturingReason<Result>(
  _ operation: @autoclosure () -> String, nextStep: String,
  _ body: (UnsafeMutablePointer<CChar>, Int) -> Result?
) throws(VisionError) -> Result {
  var reason = ""
  let result: Result? = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1024) { text in
    text.initialize(repeating: 0)
    guard let start = text.baseAddress else { return nil }
    let result = body(start, text.count)
    if result == nil { reason = String(cString: start) }
    return result
  }
  if let result { return result }
  let words = reason.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  throw VisionError(operation(), reason: words.isEmpty ? "no reason was given" : words, nextStep: nextStep)
}

/// Converts a flag to an optional: nil for failure.
func succeeded(_ flag: Bool) -> Void? { flag ? () : nil }
