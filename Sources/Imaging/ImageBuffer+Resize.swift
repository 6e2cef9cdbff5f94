extension ImageBuffer {
  /// How samples are weighted when the size changes.
  public enum Resampling: Sendable {
    /// The mean over the exact area of a pixel when reducing, bilinear when enlarging.
    case area
    /// A triangle filter that widens with the reduction, like Pillow's BILINEAR and torchvision's Resize of
    /// Pillow images.
    case antialiasedBilinear
  }

  /// The image in another size; the aspect ratio may change, and colors are weighted by alpha.
  ///
  /// Both passes round to 8 bits from 22-bit fixed-point weights, as Pillow's `Resample.c` does.
  /// `.antialiasedBilinear` equals Pillow sample by sample.
  public func resized(to size: PixelSize, _ resampling: Resampling = .area) -> ImageBuffer {
    precondition(size.width > 0 && size.height > 0, "an image has at least one pixel")
    guard size != self.size else { return self }
    guard format != .rgba else {
      return premultiplied().resampled(to: size, resampling).unpremultiplied()
    }
    return resampled(to: size, resampling)
  }

  private func resampled(to size: PixelSize, _ resampling: Resampling) -> ImageBuffer {
    var image = self
    if size.width != width {
      image = image.resampledRows(Weights(from: width, to: size.width, resampling))
    }
    if size.height != height {
      image = image.resampledColumns(Weights(from: height, to: size.height, resampling))
    }
    return image
  }

  /// Changes the width.
  private func resampledRows(_ weights: Weights) -> ImageBuffer {
    let (channels, stride) = (channels, width * channels)
    let count = weights.spans.count * height * channels
    let samples = [UInt8](unsafeUninitializedCapacity: count) { output, written in
      bytes.withUnsafeBufferPointer { input in
        weights.values.withUnsafeBufferPointer { values in
          for y in 0..<height {
            for span in weights.spans {
              let from = y &* stride &+ span.first &* channels
              for channel in 0..<channels {
                var sum = Weights.half
                var sample = from &+ channel
                for tap in span.start..<span.start &+ span.count {
                  sum &+= Int32(input[sample]) &* values[tap]
                  sample &+= channels
                }
                output[written &+ channel] = Weights.level(sum)
              }
              written += channels
            }
          }
        }
      }
    }
    return ImageBuffer(width: weights.spans.count, height: height, format: format, bytes: samples)
  }

  /// Changes the height; whole rows are summed, which the compiler turns into vector code.
  private func resampledColumns(_ weights: Weights) -> ImageBuffer {
    let stride = width * channels
    var sums = [Int32](repeating: 0, count: stride)
    let samples = [UInt8](unsafeUninitializedCapacity: stride * weights.spans.count) { output, written in
      bytes.withUnsafeBufferPointer { input in
        sums.withUnsafeMutableBufferPointer { sums in
          for span in weights.spans {
            for index in 0..<stride { sums[index] = Weights.half }
            for tap in 0..<span.count {
              let weight = weights.values[span.start + tap]
              let row = UnsafeBufferPointer(
                rebasing: input[(span.first + tap) * stride..<(span.first + tap + 1) * stride])
              for index in 0..<stride { sums[index] &+= Int32(row[index]) &* weight }
            }
            for index in 0..<stride { output[written + index] = Weights.level(sums[index]) }
            written += stride
          }
        }
      }
    }
    return ImageBuffer(width: width, height: weights.spans.count, format: format, bytes: samples)
  }

  private func premultiplied() -> ImageBuffer {
    var image = self
    for pixel in stride(from: 0, to: bytes.count, by: 4) {
      let alpha = UInt32(bytes[pixel + 3])
      for channel in pixel..<pixel + 3 {
        image.bytes[channel] = UInt8((UInt32(bytes[channel]) * alpha + 127) / 255)
      }
    }
    return image
  }

  private func unpremultiplied() -> ImageBuffer {
    var image = self
    for pixel in stride(from: 0, to: bytes.count, by: 4) {
      let alpha = UInt32(bytes[pixel + 3])
      guard alpha > 0, alpha < 255 else { continue }
      for channel in pixel..<pixel + 3 {
        image.bytes[channel] = UInt8(min(255, UInt32(bytes[channel]) * 255 / alpha))
      }
    }
    return image
  }
}

/// For each output sample of a line, the input samples and their weights.
private struct Weights {
  /// The weights of one output sample: `count` values from `start` on, for input samples from `first` on.
  struct Span {
    let first: Int
    let start: Int
    let count: Int
  }

  static let bits: Int32 = 22
  static let half: Int32 = 1 << 21

  private(set) var spans: [Span] = []
  private(set) var values: [Int32] = []

  init(from: Int, to: Int, _ resampling: ImageBuffer.Resampling) {
    let scale = Double(from) / Double(to)
    let isArea = resampling == .area && scale > 1
    let reach = max(scale, 1)
    for index in 0..<to {
      let center = (Double(index) + 0.5) * scale
      let first: Int
      let end: Int
      var shares: [Double]
      if isArea {
        let (left, right) = (Double(index) * scale, Double(index + 1) * scale)
        first = Int(left)
        end = max(first + 1, min(from, Int((right - 1e-9).rounded(.up))))
        shares = (first..<end).map { min(right, Double($0 + 1)) - max(left, Double($0)) }
      } else {
        first = max(0, Int(center - reach + 0.5))
        end = min(from, Int(center + reach + 0.5))
        shares = (first..<end).map { max(0, 1 - abs((Double($0) - center + 0.5) / reach)) }
      }
      let sum = shares.reduce(0, +)
      spans.append(Span(first: first, start: values.count, count: shares.count))
      values += shares.map { Int32(($0 / sum * Double(1 << Self.bits) + 0.5).rounded(.down)) }
    }
  }

  /// The 8-bit level of a sum of weighted samples.
  static func level(_ sum: Int32) -> UInt8 { UInt8(truncatingIfNeeded: min(max(sum >> bits, 0), 255)) }
}
