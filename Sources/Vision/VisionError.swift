internal import COpenCV

/// What went wrong in an image operation, and what to do next.
public struct VisionError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What was tried, as in "load the cascade faces.xml".
  public let operation: String
  /// Why it failed, in the words of the library that refused.
  public let reason: String
  /// What to do next; empty where there is nothing to do.
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

/// OpenCV's settings for the process, made when first used: one thread, no lines on stderr.
private let started: Void = ocv_start()

/// The version of OpenCV that is linked.
public var openCVVersion: String { String(cString: ocv_version()) }

/// Calls into the OpenCV shim and turns a failure (`nil`) into an error that names `operation`.
func attempt<Result>(
  _ operation: @autoclosure () -> String, nextStep: String = "", _ body: (ocv_error) -> Result?
) throws(VisionError) -> Result {
  _ = started
  return try capturingReason(operation(), nextStep: nextStep) { body(ocv_error(text: $0, capacity: $1)) }
}

/// Lends `body` a buffer for a message and throws with that message where `body` returns nil.
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

/// Only true is a success.
func succeeded(_ flag: Bool) -> Void? { flag ? () : nil }
