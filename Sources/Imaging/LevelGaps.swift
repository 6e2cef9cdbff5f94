/// Gaps between the levels of a picture, which show that it was made brighter or richer in contrast afterwards.
///
/// Such a change spreads 8-bit levels, so that some are skipped regularly. Loss or resizing fills the gaps again. Drawings
/// have few levels, but these are not side by side.
package enum LevelGaps {
  /// The number of empty levels between two frequent ones, as a share of the frequent levels, 0 to 1.
  ///
  /// A level is frequent if at least a thousandth of the pixels has it; the green values are counted.
  package static func measure(_ image: ImageBuffer) -> Double {
    var counts = [Int](repeating: 0, count: 256)
    let (channels, channel) = (image.channels, image.channels >= 3 ? 1 : 0)
    image.bytes.withUnsafeBufferPointer { bytes in
      for at in stride(from: channel, to: bytes.count, by: channels) { counts[Int(bytes[at])] += 1 }
    }
    let least = max(4, image.width * image.height / 1000)
    let frequent = counts.count { $0 >= least }
    let gaps = (1..<255).count { counts[$0] == 0 && counts[$0 - 1] >= least && counts[$0 + 1] >= least }
    return frequent > 0 ? Double(gaps) / Double(frequent) : 0
  }
}
