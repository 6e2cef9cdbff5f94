public import Imaging
import Synchronization

/// Decoded images at one size, kept as bytes as far as a budget of memory goes.
///
/// What does not fit is decoded again each time. Images that were kept stay: an epoch asks for every image once, in another
/// order each time, so that giving up the least recently used one would lose nearly all hits.
public final class ImageStore: Sendable {
  /// How an image is read; a closure, so that tests can count and break.
  public typealias Decode = @Sendable (_ index: Int) throws -> ImageBuffer

  private enum Entry {
    case image(ImageBuffer)
    case broken(String)
  }

  private struct State {
    var entries: [Int: Entry] = [:]
    var bytes = 0
  }

  private let size: PixelSize
  private let budget: Int
  private let decode: Decode
  private let broken: @Sendable (_ index: Int, _ reason: String) -> Void
  private let state = Mutex(State())

  /// A store of images of `size` that keeps at most `budget` bytes.
  ///
  /// - Parameters:
  ///   - size: what images are resized to, as torchvision does, the aspect not kept.
  ///   - budget: bytes of pixels to keep.
  ///   - decode: reads image `index`.
  ///   - broken: told once of each image that cannot be read.
  public init(
    size: PixelSize, budget: Int, decode: @escaping Decode,
    broken: @escaping @Sendable (_ index: Int, _ reason: String) -> Void
  ) {
    (self.size, self.budget, self.decode, self.broken) = (size, budget, decode, broken)
  }

  /// Image `index` as RGB on white, resized, or nil where it cannot be read.
  public func image(_ index: Int) -> ImageBuffer? {
    switch state.withLock({ $0.entries[index] }) {
    case .image(let image): return image
    case .broken: return nil
    case nil: break
    }
    let entry: Entry
    do {
      let decoded = try decode(index).composited(on: [255, 255, 255])
      entry = .image(decoded.resized(to: size, .antialiasedBilinear))
    } catch { entry = .broken((error as? ImagingError)?.sentence ?? "\(error)") }
    let isNew = state.withLock { state in
      guard state.entries[index] == nil else { return false }
      if case .image(let image) = entry {
        guard state.bytes + image.bytes.count <= budget else { return true }
        state.bytes += image.bytes.count
      }
      state.entries[index] = entry
      return true
    }
    switch entry {
    case .image(let image): return image
    case .broken(let reason):
      if isNew { broken(index, reason) }
      return nil
    }
  }

  /// Why image `index` cannot be read; nil where it can, or was not asked for yet.
  public func reason(_ index: Int) -> String? {
    if case .broken(let reason) = state.withLock({ $0.entries[index] }) { reason } else { nil }
  }

  /// The bytes of pixels that are kept.
  public var keptBytes: Int { state.withLock { $0.bytes } }
}
