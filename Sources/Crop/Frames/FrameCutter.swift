public import Dataset
import Foundation
public import Imaging
public import Ledger
import Vision

/// Cuts faces as people want them, one at a time, and puts back what the framing had made.
///
/// The person's frame is recorded first, then the file is written, then the crop's row: after a kill in between the next
/// run sees a frame that its crop does not follow yet, and cuts it.
public struct FrameCutter: Sendable {
  private let output: OutputFolder
  private let ledger: Ledger
  private let border: CropSettings.Border

  /// A cutter into `output`.
  public init(output: OutputFolder, ledger: Ledger, border: CropSettings.Border) {
    (self.output, self.ledger, self.border) = (output, ledger, border)
  }

  /// Cuts a sample as a person wants it.
  ///
  /// - Parameters:
  ///   - chosen: The frame; nil for the framing's own.
  ///   - crop: The sample's crop as it is.
  ///   - picture: The image that it is cut from.
  /// - Throws: `VisionError`, `WriteError`, `LedgerError`.
  public func cut(_ chosen: ChosenFrame?, of crop: CropRow, from picture: ImageBuffer) throws {
    let earlier = try ledger.frame(of: crop.id)
    if let chosen {
      let frame = FrameRow(chosen, inPlaceOf: earlier?.former ?? crop)
      try ledger.record(frame)
      try ledger.record(try follow(frame, in: picture))
    } else if let former = earlier?.former {
      // The frame that leads back to what the framing had cut.
      if let cut = former.cut, let size = former.size {
        _ = try write(ChosenFrame(matrix: cut.matrix, size: size), of: former.id, from: picture, size: size)
      }
      try ledger.record(former)
      try ledger.withdrawFrame(of: crop.id)
    }
  }

  /// The crops of an image, with those cut anew that people want otherwise; what the framing made is kept to go back to.
  ///
  /// - Throws: `VisionError`, `WriteError`, `LedgerError`.
  func honoured(in crops: [CropRow], of image: ImageRow, picture: ImageBuffer) throws -> [CropRow] {
    var crops = crops
    for frame in try ledger.frames(of: image.id, in: image.domain) {
      guard let index = crops.firstIndex(where: { $0.id == frame.id }) else {
        // The face is no longer found, but a person pointed at it.
        crops.append(try follow(frame, in: picture))
        continue
      }
      let anew = FrameRow(frame.chosen, inPlaceOf: crops[index])
      try ledger.record(anew)
      crops[index] = try follow(anew, in: picture)
    }
    return crops
  }

  /// Whether the crops of an image are those that people want.
  ///
  /// - Throws: `LedgerError`.
  func areHonoured(in crops: [CropRow], of image: ImageRow) throws -> Bool {
    try ledger.frames(of: image.id, in: image.domain).allSatisfy { frame in
      crops.contains { $0.id == frame.id && $0.digest == frame.digest }
    }
  }

  /// Cuts the crop that `frame` asks for, and gives its row.
  ///
  /// - Throws: `VisionError`, `WriteError`.
  private func follow(_ frame: FrameRow, in picture: ImageBuffer) throws -> CropRow {
    var crop = frame.former
    // A face that was too small to be cut has no size.
    let size = crop.size ?? frame.chosen.size
    crop.cut = try write(frame.chosen, of: crop.id, from: picture, size: size)
    crop.size = size
    let map = crop.cut?.matrix
    crop.face =
      frame.chosen.face?.recut(from: frame.chosen.matrix, to: map)
      ?? crop.face.recut(from: frame.former.cut?.matrix, to: map)
    crop.hasAlpha = picture.hasTransparency
    (crop.reason, crop.detail) = (nil, nil)
    crop.digest = frame.digest
    return crop
  }

  /// Writes a crop; gives how it lies in the picture.
  private func write(
    _ chosen: ChosenFrame, of id: String, from picture: ImageBuffer, size: Int
  ) throws -> Sample.Cut {
    let map = chosen.map(toSide: size)
    let edge: Border =
      switch border {
      case .white: .constant(picture.hasTransparency ? [255, 255, 255, 0] : [255, 255, 255, 255])
      case .edge: .edge
      case .reflect: .reflect
      }
    let pixels = try picture.warped(
      by: map, to: PixelSize(width: size, height: size), border: edge,
      interpolation: map.scale > 1 ? .cubic : .area)
    try AtomicFile.write(pixels.png(), to: output.crop(id))
    return Sample.Cut(matrix: map, scale: map.scale, outside: map.shareOutside(picture.size, ofSide: size))
  }
}

extension FrameRow {
  /// The digest of a crop that follows this frame.
  var digest: String { Digest(of: "\(former.digest)\n\(chosen.digest)").hex }
}

extension AffineMap {
  /// The share of a crop of `side` pixels that lies outside its source of `size`, 0 to 1, taken at 32 x 32 places.
  fileprivate func shareOutside(_ size: PixelSize, ofSide side: Int) -> Double {
    guard let back = inverse else { return 1 }
    let step = Double(side) / 32
    var outside = 0
    for row in 0..<32 {
      for column in 0..<32 {
        let place = back(Point(x: (Double(column) + 0.5) * step - 0.5, y: (Double(row) + 0.5) * step - 0.5))
        let isInside =
          place.x >= -0.5 && place.y >= -0.5 && place.x < Double(size.width) - 0.5
          && place.y < Double(size.height) - 0.5
        if !isInside { outside += 1 }
      }
    }
    return Double(outside) / 1024
  }
}
