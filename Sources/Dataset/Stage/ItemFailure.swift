public import Imaging

/// An error of one item: it is reported as a line, and the stage continues with the other items.
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
