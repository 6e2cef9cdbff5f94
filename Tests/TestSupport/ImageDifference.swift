public import Imaging

extension ImageBuffer {
  /// The mean difference of two images in levels, 0 to 255; infinite if size or format differ.
  public func meanDifference(from other: ImageBuffer) -> Double {
    guard size == other.size, format == other.format else { return .infinity }
    var sum = 0
    for index in bytes.indices { sum += abs(Int(bytes[index]) - Int(other.bytes[index])) }
    return Double(sum) / Double(bytes.count)
  }
}
