extension ImageBuffer {
  /// Converts the image to another format.
  ///
  /// Gray is the Rec. 601 luma, 0.299 R + 0.587 G + 0.114 B, rounded in 15-bit fixed point as in OpenCV's
  /// `cvtColor`. From gray, the sample is repeated for all colors. A new alpha is opaque; an existing alpha
  /// is dropped without blending (see `composited(on:)`).
  public func converted(to format: Format) -> ImageBuffer {
    if format == self.format { return self }
    let (from, to) = (channels, format.rawValue)
    let count = width * height
    let converted = [UInt8](unsafeUninitializedCapacity: count * to) { output, written in
      bytes.withUnsafeBufferPointer { input in
        switch (self.format, format) {
        case (.gray, _):
          for index in 0..<count {
            for channel in 0..<3 { output[index * to + channel] = input[index] }
            if to == 4 { output[index * 4 + 3] = 255 }
          }
        case (_, .gray):
          for index in 0..<count {
            let pixel = index * from
            output[index] = luma(input[pixel], input[pixel + 1], input[pixel + 2])
          }
        default:
          for index in 0..<count {
            for channel in 0..<3 { output[index * to + channel] = input[index * from + channel] }
            if to == 4 { output[index * 4 + 3] = 255 }
          }
        }
      }
      written = count * to
    }
    return ImageBuffer(width: width, height: height, format: format, bytes: converted)
  }

  /// Composites the image on one color: (alpha * sample + (255 - alpha) * color) / 255, rounded.
  ///
  /// An image without alpha is only converted to RGB.
  ///
  /// - Parameter color: Red, green and blue.
  /// - Returns: An RGB image of the same size.
  public func composited(on color: [UInt8]) -> ImageBuffer {
    precondition(color.count == 3, "a color has three samples")
    guard format == .rgba else { return converted(to: .rgb) }
    let count = width * height
    let blended = [UInt8](unsafeUninitializedCapacity: count * 3) { output, written in
      bytes.withUnsafeBufferPointer { input in
        let (red, green, blue) = (UInt32(color[0]), UInt32(color[1]), UInt32(color[2]))
        for index in 0..<count {
          let (from, to) = (index &* 4, index &* 3)
          let alpha = UInt32(input[from &+ 3])
          output[to] = blend(input[from], red, alpha)
          output[to &+ 1] = blend(input[from &+ 1], green, alpha)
          output[to &+ 2] = blend(input[from &+ 2], blue, alpha)
        }
      }
      written = count * 3
    }
    return ImageBuffer(width: width, height: height, format: .rgb, bytes: blended)
  }

  /// The alpha samples as a gray image of the same size; nil if the image has no alpha.
  public var alpha: ImageBuffer? {
    guard format == .rgba else { return nil }
    let plane = [UInt8](unsafeUninitializedCapacity: width * height) { output, written in
      for index in 0..<width * height { output[index] = bytes[index * 4 + 3] }
      written = width * height
    }
    return ImageBuffer(width: width, height: height, format: .gray, bytes: plane)
  }

  /// The image as RGBA with the samples of a gray image of the same size as alpha.
  public func withAlpha(_ plane: ImageBuffer) -> ImageBuffer {
    precondition(plane.format == .gray && plane.size == size, "alpha is a gray image of the same size")
    var image = converted(to: .rgba)
    for index in 0..<width * height { image.bytes[index * 4 + 3] = plane.bytes[index] }
    return image
  }
}

/// Luma after ITU-R BT.601 with OpenCV's 15-bit weights, which sum to 32,768.
private func luma(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> UInt8 {
  let sum: UInt32 = UInt32(red) * 9798 + UInt32(green) * 19235
  return UInt8((sum + UInt32(blue) * 3735 + 16384) >> 15)
}

/// Blends a sample with a color, rounded.
@inline(__always)
private func blend(_ sample: UInt8, _ color: UInt32, _ alpha: UInt32) -> UInt8 {
  let sum = UInt32(sample) &* alpha &+ color &* (255 &- alpha)
  return UInt8(truncatingIfNeeded: (sum &+ 127) / 255)
}
