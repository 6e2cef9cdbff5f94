import Dataset
public import Foundation
public import Imaging
import Train

/// A crop with the mask that a user corrected or accepted.
public struct CorrectedMask: Sendable {
  /// The identity of the picture; all corrections of one picture are on the same side of the split.
  public var id: String
  /// The crop, RGB, square or nearly so.
  public var crop: ImageBuffer
  /// Alpha, gray, as large as the crop.
  public var mask: ImageBuffer
  /// The face in pixels of the crop; nil if it is not known.
  public var face: Box?

  /// A crop called `id` with its mask.
  public init(id: String, crop: ImageBuffer, mask: ImageBuffer, face: Box?) {
    (self.id, self.crop, self.mask, self.face) = (id, crop, mask, face)
  }

  /// Reads a table with the columns crop, mask, x0, y0, x1, y1, id; paths are relative to the table's folder.
  ///
  /// Empty or full masks and unreadable files are reported and skipped.
  ///
  /// - Throws: `MaskDataError`.
  public static func read(_ list: URL, report: (String) -> Void) throws -> [CorrectedMask] {
    guard let text = try? String(contentsOf: list, encoding: .utf8) else {
      throw MaskDataError.noManifest(list.path)
    }
    let name = list.lastPathComponent
    let table = try Table(text, named: name, needs: ["crop", "mask", "x0", "y0", "x1", "y1", "id"])
    let folder = list.deletingLastPathComponent()
    var masks: [CorrectedMask] = []
    for row in table.rows {
      let path = row["crop"] ?? ""
      do throws(ImagingError) {
        let crop = try ImageFile.read(URL(fileURLWithPath: path, relativeTo: folder)).image.converted(
          to: .rgb)
        var mask = try ImageFile.read(URL(fileURLWithPath: row["mask"] ?? "", relativeTo: folder)).image
        mask = (mask.alpha ?? mask.converted(to: .gray)).resized(to: crop.size)
        let share = mask.bytes.reduce(0) { $0 + Double($1) } / 255 / Double(mask.bytes.count)
        guard share > 0.01, share < 0.99 else {
          report("\(path) is left out: its mask is \(share < 0.5 ? "empty" : "full")")
          continue
        }
        let numbers = ["x0", "y0", "x1", "y1"].compactMap { Double(row[$0] ?? "") }
        let isBox =
          numbers.count == 4 && numbers.allSatisfy(\.isFinite)
          && numbers[2] > numbers[0] && numbers[3] > numbers[1]
        let face =
          isBox
          ? Box(x: numbers[0], y: numbers[1], width: numbers[2] - numbers[0], height: numbers[3] - numbers[1])
          : nil
        masks.append(CorrectedMask(id: row["id"] ?? path, crop: crop, mask: mask, face: face))
      } catch { report("\(path) is left out: \(error.sentence)") }
    }
    return masks
  }
}

/// Corrected masks as figures and, with the figures painted over, as backgrounds.
struct CorrectedFigures: FigureSource {
  let backgrounds: [Int]
  private let figures: [Figure?]
  private let scenes: [Pyramid]

  init(_ masks: [CorrectedMask]) {
    figures = masks.map { mask in
      Figure(mask.crop.withAlpha(mask.mask), hasScene: true, faces: mask.face.map { [$0] } ?? [])
    }
    scenes = masks.map { Pyramid(Self.emptied($0)) }
    backgrounds = Array(masks.indices)
  }

  func groups(_ split: MaskLibrary.Split) -> [MaskLibrary.Group] {
    [MaskLibrary.Group(source: "", share: 1, characters: figures.indices.map { [$0] })]
  }

  func figure(_ index: Int) -> Figure? { figures[index] }
  func background(_ index: Int) -> Pyramid? { scenes[index] }

  /// The crop without its foreground: each row is filled from the background on both sides.
  private static func emptied(_ mask: CorrectedMask) -> ImageBuffer {
    let size = PixelSize(width: min(256, mask.crop.width), height: min(256, mask.crop.height))
    var image = mask.crop.resized(to: size)
    let alpha = mask.mask.resized(to: size)
    var (mean, count) = ([0, 0, 0], 0)
    for pixel in alpha.bytes.indices where alpha.bytes[pixel] < 20 {
      for channel in 0..<3 { mean[channel] += Int(image.bytes[pixel * 3 + channel]) }
      count += 1
    }
    let plain = mean.map { UInt8($0 / max(1, count)) }
    for y in 0..<size.height {
      let row = y * size.width
      var start = 0
      while start < size.width {
        guard alpha.bytes[row + start] >= 20 else {
          start += 1
          continue
        }
        var end = start
        while end < size.width, alpha.bytes[row + end] >= 20 { end += 1 }
        for x in start..<end {
          for channel in 0..<3 {
            let left = start > 0 ? Int(image.bytes[(row + start - 1) * 3 + channel]) : nil
            let right = end < size.width ? Int(image.bytes[(row + end) * 3 + channel]) : nil
            let share = x - start + 1
            let value =
              switch (left, right) {
              case (let left?, let right?): left + (right - left) * share / (end - start + 1)
              case (let one?, nil), (nil, let one?): one
              default: Int(plain[channel])
              }
            image.bytes[(row + x) * 3 + channel] = UInt8(value)
          }
        }
        start = end
      }
    }
    return image
  }
}
