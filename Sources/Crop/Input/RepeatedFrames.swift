import Imaging

/// Finds frames that show the picture of the frame before again: drawings are often shown for two or three frames each.
///
/// Compression changes single samples, so a frame is repeated if no part of 16 x 16 pixels differs by more than a little. Only
/// frames up to a quarter of a second apart are compared: what is still for longer is for the search for duplicates to judge.
struct RepeatedFrames {
  private var last: (time: Double, image: ImageBuffer)?

  /// The greatest mean difference of a part, in levels of 255, that compression alone makes.
  ///
  /// In H.264 and HEVC at usual qualities repeated drawings differ by up to 1 level in a part; a mouth or an eye that moves in
  /// a face of 100 pixels makes 6 and more.
  private static let limit = 2.0

  /// The time of the frame that `frame` repeats; nil if it shows a new picture.
  mutating func time(repeatedBy frame: VideoFrame) -> Double? {
    if let last, last.image.size == frame.image.size, Self.isSame(last.image, frame.image) {
      return last.time
    }
    last = (frame.time, frame.image)
    return nil
  }

  private static func isSame(_ a: ImageBuffer, _ b: ImageBuffer) -> Bool {
    let part = 16
    let (width, height) = (a.width, a.height)
    return a.bytes.withUnsafeBufferPointer { a in
      b.bytes.withUnsafeBufferPointer { b in
        var sums = [Int](repeating: 0, count: (width + part - 1) / part)
        for top in stride(from: 0, to: height, by: part) {
          for index in sums.indices { sums[index] = 0 }
          let bottom = min(top + part, height)
          for y in top..<bottom {
            for column in sums.indices {
              let start = (y * width + column * part) * 3
              let end = (y * width + min((column + 1) * part, width)) * 3
              var sum: Int32 = 0
              for index in start..<end { sum &+= abs(Int32(a[index]) &- Int32(b[index])) }
              sums[column] += Int(sum)
            }
          }
          for column in sums.indices {
            let count = (min((column + 1) * part, width) - column * part) * (bottom - top) * 3
            if Double(sums[column]) > limit * Double(count) { return false }
          }
        }
        return true
      }
    }
  }
}
