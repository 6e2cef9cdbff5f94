public import Foundation

extension JSONEncoder {
  /// The encoder of all records: keys in alphabetical order and slashes as they are, so that equal values give equal bytes.
  public static var stable: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return encoder
  }
}
