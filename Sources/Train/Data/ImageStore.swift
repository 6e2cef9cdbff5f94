public import Imaging
import Synchronization

/// A cache of decoded images of one size, with a limit of memory.
///
/// Images that do not fit are decoded each time. Cached images are never evicted: an epoch asks for every image once, in a
/// new order each time, so with eviction of the least recently used image nearly every request would miss.
public final class ImageStore: Sendable {
  /// Reads an image; a closure, so that tests can count calls and simulate errors.
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

  /// A cache of images of `size` with at most `budget` bytes of pixels.
  ///
  /// - Parameters:
  ///   - size: The size that images are resized to, as torchvision does; the aspect ratio is not kept.
  ///   - budget: The maximum number of bytes of cached pixels.
  ///   - decode: Reads image `index`.
  ///   - broken: Called once for each image that cannot be read.
  public init(
    size: PixelSize, budget: Int, decode: @escaping Decode,
    broken: @escaping @Sendable (_ index: Int, _ reason: String) -> Void
  ) {
    (self.size, self.budget, self.decode, self.broken) = (size, budget, decode, broken)
  }

  /// Image `index`, resized, as RGB on white; nil if it cannot be read.
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

  /// Why image `index` cannot be read; nil if it can or if it was not requested yet.
  public func reason(_ index: Int) -> String? {
    if case .broken(let reason) = state.withLock({ $0.entries[index] }) { reason } else { nil }
  }

  /// The number of bytes of cached pixels.
  public var keptBytes: Int { state.withLock { $0.bytes } }
}
