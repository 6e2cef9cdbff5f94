public import Imaging

/// An error that concerns one item alone: it becomes a reported line, and the stage goes on.
///
/// Every other error, such as a full disk, ends the stage.
public protocol ItemFailure: Error {
  /// The stable code.
  var reason: Reason { get }
  /// One sentence without the path.
  var sentence: String { get }
}

extension ImagingError: ItemFailure {
  /// The code under which the manifest keeps it.
  public var reason: Reason { Reason(rawValue: code.rawValue) }
}
