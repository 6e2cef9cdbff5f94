package import Dataset
package import Foundation
package import Imaging

/// Reads the crops and cutouts of samples.
package struct SamplePixels: Sendable {
  /// The dataset's folder.
  package let output: OutputFolder

  /// Reads from the dataset in `output`.
  package init(output: OutputFolder) { self.output = output }

  /// The crop.
  package func crop(_ id: String) throws -> ImageBuffer { try ImageFile.read(output.crop(id)).image }

  /// The cutout, or the crop itself if its method writes no cutout.
  package func cutout(_ id: String, mask: Sample.MaskSummary?) throws -> ImageBuffer {
    try ImageFile.read(cutoutFile(id, mask: mask)).image
  }

  /// The file that `cutout` reads.
  package func cutoutFile(_ id: String, mask: Sample.MaskSummary?) -> URL {
    let cutout = output.cutout(id)
    let isCropEnough = mask == nil || mask?.method == "none" || mask?.method == "alpha"
    return isCropEnough && !FileManager.default.fileExists(atPath: cutout.path) ? output.crop(id) : cutout
  }

  /// A file that shows the published sample: its image, or its cutout if the image is in a tar archive; nil if it is not published.
  package func shownFile(of sample: Sample) -> URL? {
    sample.fileName.map {
      sample.archived == nil
        ? output.url.appendingPathComponent($0) : cutoutFile(sample.id, mask: sample.mask)
    }
  }

  /// The image of the dataset: RGB on the background, or RGBA if the background is transparent.
  package func published(_ sample: Sample, background: Background, size: Int) throws -> ImageBuffer {
    let image =
      switch background {
      case .white: try cutout(sample.id, mask: sample.mask).composited(on: [255, 255, 255])
      case .color(let red, let green, let blue):
        try cutout(sample.id, mask: sample.mask).composited(on: [red, green, blue])
      case .transparent: try cutout(sample.id, mask: sample.mask).converted(to: .rgba)
      case .keep: try crop(sample.id).composited(on: [255, 255, 255])
      }
    return image.resized(to: PixelSize(width: size, height: size))
  }
}
