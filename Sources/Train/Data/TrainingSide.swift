public import Foundation
import Imaging

/// The side at which a dataset is trained if none is given.
public enum TrainingSide {
  /// The most common shorter side of the training images, rounded down to a multiple of 16 and at most 2048.
  ///
  /// Up to 500 images of each domain are looked at, evenly spread over the names.
  ///
  /// - Returns: nil if no image can be read or the usual side is below 32.
  public static func infer(from dataset: URL) -> Int? {
    var counts: [Int: Int] = [:]
    for name in ["trainA", "trainB"] {
      guard let folder = try? ImageFolder(dataset.appendingPathComponent(name), notice: { _ in }) else {
        continue
      }
      let step = max(1, folder.names.count / 500)
      for index in stride(from: 0, to: folder.names.count, by: step) {
        guard let header = try? ImageFile.inspect(path: folder.file(index).path) else { continue }
        counts[min(header.size.width, header.size.height) / 16 * 16, default: 0] += 1
      }
    }
    guard let most = counts.values.max() else { return nil }
    // Pictures that are all of different sizes have no usual one: then the middle one counts.
    let sides = counts.flatMap { Array(repeating: $0.key, count: $0.value) }.sorted()
    let side =
      most * 5 >= sides.count
      ? counts.filter { $0.value == most }.keys.max() ?? 0 : sides[sides.count / 2]
    return side >= 32 ? min(side, 2048) : nil
  }
}
