public import Imaging

/// An error that concerns one item.
///
/// It is reported in one line, and the stage continues with the other items.
///
/// All other errors, such as a full disk, end the stage.
public protocol ItemFailure: Error {
  /// The stable reason code.
  var reason: Reason { get }
  /// One sentence without the path.
  var sentence: String { get }
}

extension ImagingError: ItemFailure {
  /// The reason code for the manifest.
  public var reason: Reason { Reason(rawValue: code.rawValue) }
}
