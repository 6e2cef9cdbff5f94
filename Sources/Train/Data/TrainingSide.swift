public import Foundation
import Imaging

/// The side that a dataset was made for.
public enum TrainingSide {
  /// The shorter side of the first image of `trainA`, down to a multiple of 16; nil where it cannot be read.
  public static func infer(from dataset: URL) -> Int? {
    guard let folder = try? ImageFolder(dataset.appendingPathComponent("trainA"), notice: { _ in }),
      let first = folder.names.indices.first,
      let header = try? ImageFile.inspect(path: folder.file(first).path)
    else { return nil }
    let side = min(header.size.width, header.size.height) / 16 * 16
    return side >= 32 ? side : nil
  }
}
