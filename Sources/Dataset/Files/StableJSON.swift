public import Foundation

extension JSONEncoder {
  /// The encoder of all records: sorted keys and unescaped slashes, so that equal values are encoded as equal
  /// bytes.
  public static var stable: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return encoder
  }
}
