import Dataset
import Foundation
import Imaging
import Ledger

/// The images of samples in the sizes that the page shows.
final class Pictures: Sendable {
  /// An encoded image.
  struct Picture: Sendable {
    let bytes: Data
    let type: String
  }

  /// The allowed sides of thumbnails in pixels.
  static let sides = [96, 160, 256, 384, 512]
  /// The maximum of the longer side of a source image in pixels.
  static let sourceSide = 1600

  private let output: OutputFolder
  private let editing: any SampleEditing
  private let cache = PictureCache(limit: 64 << 20)
  private let thumbnails: ThumbnailStore

  init(_ output: OutputFolder, editing: any SampleEditing) {
    (self.output, self.editing) = (output, editing)
    thumbnails = ThumbnailStore(output)
  }

  /// The cutout on white, or the crop if there is no cutout, at most `side` pixels wide and high.
  ///
  /// - Throws: `ImagingError`.
  func thumbnail(of id: String, side: Int, version: String) throws(ImagingError) -> Picture {
    let key = PictureCache.Key(id: id, side: side, version: version)
    if let bytes = cache[key] ?? thumbnails[key] {
      cache[key] = bytes
      return Picture(bytes: bytes, type: "image/jpeg")
    }
    let image = try cutoutOrCrop(id).composited(on: [255, 255, 255])
    let bytes = Data(try image.fitted(in: side).jpeg(quality: 85))
    cache[key] = bytes
    thumbnails.keep(bytes, as: key)
    return Picture(bytes: bytes, type: "image/jpeg")
  }

  /// The whole source of a sample without a crop, at most `side` pixels wide and high.
  ///
  /// - Throws: `ImagingError`, or the errors of `SampleEditing`.
  func thumbnail(ofSource image: ImageRow, id: String, side: Int) async throws -> Picture {
    let key = PictureCache.Key(id: id, side: side, version: "source")
    if let bytes = cache[key] ?? thumbnails[key] {
      cache[key] = bytes
      return Picture(bytes: bytes, type: "image/jpeg")
    }
    let picture = try await editing.picture(of: image, minimumSide: side)
    let bytes = Data(try picture.composited(on: [255, 255, 255]).fitted(in: side).jpeg(quality: 85))
    cache[key] = bytes
    thumbnails.keep(bytes, as: key)
    return Picture(bytes: bytes, type: "image/jpeg")
  }

  /// The pixels of a sample's tile.
  ///
  /// - Parameters:
  ///   - item: The sample.
  ///   - source: Its image; needed only for a sample without a crop.
  /// - Returns: The pixels; nil if its picture cannot be read, or is a video frame without a thumbnail.
  func tile(of item: Item, source: ImageRow?) async -> [UInt8]? {
    if item.isCut { return try? TileSheet.pixels(of: cutoutOrCrop(item.id)) }
    for side in Self.sides {
      let key = PictureCache.Key(id: item.id, side: side, version: "source")
      guard let bytes = cache[key] ?? thumbnails[key] else { continue }
      if let image = try? ImageCodec.decode([UInt8](bytes)).image { return TileSheet.pixels(of: image) }
    }
    // A video frame takes too long for a tile.
    guard let source, source.time == nil else { return nil }
    return try? TileSheet.pixels(of: await editing.picture(of: source, minimumSide: TileSheet.side))
  }

  /// A file of the output, if no link leads out of it.
  ///
  /// - Throws: `ImagingError`.
  private func contained(_ file: URL) throws(ImagingError) -> URL {
    guard file.isInside(output.url) else {
      throw ImagingError(.missing, path: file.path, reason: "it is a link to a file outside of the output")
    }
    return file
  }

  private func cutoutOrCrop(_ id: String) throws(ImagingError) -> ImageBuffer {
    do throws(ImagingError) { return try ImageFile.read(contained(output.cutout(id))).image } catch {
      guard error.code == .missing else { throw error }
      return try ImageFile.read(contained(output.crop(id))).image
    }
  }

  /// The stored crop.
  ///
  /// - Throws: `ImagingError`.
  func crop(of id: String) throws(ImagingError) -> Picture {
    Picture(bytes: Data(try ImageFile.bytes(path: contained(output.crop(id)).path)), type: "image/png")
  }

  /// The stored cutout with its alpha.
  ///
  /// - Throws: `ImagingError`.
  func cutout(of id: String) throws(ImagingError) -> Picture {
    Picture(bytes: Data(try ImageFile.bytes(path: contained(output.cutout(id)).path)), type: "image/png")
  }

  /// The cutout's alpha as a grey image.
  ///
  /// - Throws: `ImagingError`.
  func mask(of id: String) throws(ImagingError) -> Picture {
    let cutout = try ImageFile.read(contained(output.cutout(id))).image
    let opaque = ImageBuffer(width: cutout.width, height: cutout.height, format: .gray, filledWith: [255])
    return Picture(bytes: Data(try (cutout.alpha ?? opaque).png()), type: "image/png")
  }

  /// The image or video frame of a sample, upright, at most `sourceSide` pixels wide and high.
  ///
  /// - Throws: `ImagingError`, or the errors of `SampleEditing`.
  func source(of image: ImageRow) async throws -> Picture {
    let key = PictureCache.Key(id: image.id.rawValue, side: Self.sourceSide, version: "")
    if let bytes = cache[key] { return Picture(bytes: bytes, type: "image/jpeg") }
    let size = PixelSize(width: image.width ?? 0, height: image.height ?? 0)
    let shorter = min(size.width, size.height) * Self.sourceSide / max(size.width, size.height, 1)
    let image = try await editing.picture(of: image, minimumSide: max(shorter, 1))
    let bytes = Data(
      try image.composited(on: [255, 255, 255]).fitted(in: Self.sourceSide).jpeg(quality: 85))
    cache[key] = bytes
    return Picture(bytes: bytes, type: "image/jpeg")
  }
}

extension URL {
  /// Whether the file, with all links followed, is inside `folder`.
  func isInside(_ folder: URL) -> Bool {
    let inside = folder.resolvingSymlinksInPath().standardizedFileURL.path + "/"
    return resolvingSymlinksInPath().standardizedFileURL.path.hasPrefix(inside)
  }
}

extension ImageBuffer {
  /// The image, reduced if a side is longer than `side` pixels.
  fileprivate func fitted(in side: Int) -> ImageBuffer { resized(to: size.fitted(in: side)) }
}
