extension ImageBuffer {
  /// The part of the image whose top left pixel is in column `x` of row `y`.
  ///
  /// - Precondition: The part is within the image.
  public func cropped(x: Int, y: Int, width: Int, height: Int) -> ImageBuffer {
    precondition(
      x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= self.width && y + height <= self.height,
      "the part is within the image")
    var part: [UInt8] = []
    part.reserveCapacity(width * height * channels)
    for row in y..<y + height {
      let start = (row * self.width + x) * channels
      part += bytes[start..<start + width * channels]
    }
    return ImageBuffer(width: width, height: height, format: format, bytes: part)
  }

  /// Copies `image` into this one, with its top left pixel in column `x` of row `y`; pixels outside are
  /// ignored.
  ///
  /// - Precondition: Both have the same format.
  public mutating func paste(_ image: ImageBuffer, x: Int, y: Int) {
    precondition(image.format == format, "pasted images have the same format")
    let columns = max(0, -x)..<max(max(0, -x), min(image.width, width - x))
    guard !columns.isEmpty else { return }
    for row in max(0, -y)..<max(max(0, -y), min(image.height, height - y)) {
      let from = (row * image.width + columns.lowerBound) * channels
      let to = ((row + y) * width + columns.lowerBound + x) * channels
      let count = columns.count * channels
      bytes.replaceSubrange(to..<to + count, with: image.bytes[from..<from + count])
    }
  }
}
