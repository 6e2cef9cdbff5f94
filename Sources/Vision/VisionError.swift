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

/// Calls into the shim and turns a failure (`nil`) into an error that names `operation`.
func attempt<Result>(
  _ operation: @autoclosure () -> String, nextStep: String = "", _ body: (ocv_error) -> Result?
) throws(VisionError) -> Result {
  _ = started
  var reason = ""
  let result: Result? = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1024) { text in
    text.initialize(repeating: 0)
    guard let start = text.baseAddress else { return nil }
    let result = body(ocv_error(text: start, capacity: text.count))
    if result == nil { reason = String(cString: start) }
    return result
  }
  guard let result else {
    throw VisionError(operation(), reason: tidy(reason), nextStep: nextStep)
  }
  return result
}

/// OpenCV's messages without line breaks, brackets around them and trailing blanks.
private func tidy(_ message: String) -> String {
  let words = message.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  return words.isEmpty ? "OpenCV gave no reason" : words
}

/// Only true is a success.
func succeeded(_ flag: Bool) -> Void? { flag ? () : nil }
