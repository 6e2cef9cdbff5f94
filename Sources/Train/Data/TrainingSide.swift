public import Foundation
import Imaging

/// The side of the networks' input for a dataset if the user gives none.
public enum TrainingSide {
  /// The most common shorter side of the training images, rounded down to a multiple of 16, at most 2048.
  ///
  /// If no side is shared by a fifth of the images, it is the median. About 500 images of each domain are inspected,
  /// spread evenly over the names.
  ///
  /// - Returns: The side in pixels; nil if no image can be read or the side would be below 32.
  public static func infer(from dataset: URL) -> Int? {
    var counts: [Int: Int] = [:]
    for name in ["trainA", "trainB"] {
      guard let folder = try? ImageFolder(dataset.appendingPathComponent(name), notice: { _ in }) else {
        continue
      }
      let step = max(1, folder.names.count / 500)
      for index in stride(from: 0, to: folder.names.count, by: step) {
        guard let header = try? folder.inspect(index) else { continue }
        counts[min(header.size.width, header.size.height) / 16 * 16, default: 0] += 1
      }
    }
    guard let maximumCount = counts.values.max() else { return nil }

    let sides = counts.flatMap { Array(repeating: $0.key, count: $0.value) }.sorted()
    let side =
      maximumCount * 5 >= sides.count
      ? counts.filter { $0.value == maximumCount }.keys.max() ?? 0 : sides[sides.count / 2]
    return side >= 32 ? min(side, 2048) : nil
  }
}
