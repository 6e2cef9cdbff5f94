import Imaging

/// Finds frames that repeat the previous picture.
///
/// In anime, each picture is often shown for two or three frames.
///
/// Compression changes single samples, so a frame counts as repeated if no block of 16 x 16 pixels differs by
/// more than `limit`. Only frames up to 0.25 seconds apart are compared; longer still scenes are left to the
/// search for duplicates.
struct RepeatedFrames {
  private var last: (time: Double, image: ImageBuffer)?

  /// The maximum mean difference of a block that compression alone causes, in levels from 0 to 255.
  ///
  /// In H.264 at x264's default quality, repeated pictures with sharp edges differ by up to 5.0 levels in a
  /// block. A digit of 10 pixels that changes causes 7.7.
  private static let limit = 5.0

  /// The time in seconds of the frame that `frame` repeats; nil if it shows a new picture.
  mutating func time(repeatedBy frame: VideoFrame) -> Double? {
    if let last, last.image.size == frame.image.size, frame.time - last.time <= 0.25,
      Self.isSame(last.image, frame.image)
    {
      return last.time
    }
    last = (frame.time, frame.image)
    return nil
  }

  private static func isSame(_ a: ImageBuffer, _ b: ImageBuffer) -> Bool {
    let block = 16
    let (width, height) = (a.width, a.height)
    return a.bytes.withUnsafeBufferPointer { a in
      b.bytes.withUnsafeBufferPointer { b in
        var sums = [Int](repeating: 0, count: (width + block - 1) / block)
        for top in stride(from: 0, to: height, by: block) {
          for index in sums.indices { sums[index] = 0 }
          let bottom = min(top + block, height)
          for y in top..<bottom {
            for column in sums.indices {
              let start = (y * width + column * block) * 3
              let end = (y * width + min((column + 1) * block, width)) * 3
              var sum: Int32 = 0
              for index in start..<end { sum &+= abs(Int32(a[index]) &- Int32(b[index])) }
              sums[column] += Int(sum)
            }
          }
          for column in sums.indices {
            let count = (min((column + 1) * block, width) - column * block) * (bottom - top) * 3
            if Double(sums[column]) > limit * Double(count) { return false }
          }
        }
        return true
      }
    }
  }
}
