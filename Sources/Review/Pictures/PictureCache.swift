import Foundation
import Synchronization

/// A cache of encoded images in memory; the least recently used are removed at the limit.
final class PictureCache: Sendable {
  /// The key of an image.
  struct Key: Hashable, Sendable {
    let id: String
    let side: Int
    let version: String
  }

  private struct State {
    var pictures: [Key: (bytes: Data, used: Int)] = [:]
    var size = 0
    var clock = 0
  }

  private let limit: Int
  private let state = Mutex(State())

  /// A cache of at most `limit` bytes.
  init(limit: Int) { self.limit = limit }

  /// The bytes in memory.
  var size: Int { state.withLock { $0.size } }

  subscript(key: Key) -> Data? {
    get {
      state.withLock { state in
        state.clock += 1
        state.pictures[key]?.used = state.clock
        return state.pictures[key]?.bytes
      }
    }
    set {
      state.withLock { state in
        if let old = state.pictures.removeValue(forKey: key) { state.size -= old.bytes.count }
        guard let newValue, newValue.count <= limit else { return }
        state.clock += 1
        state.pictures[key] = (newValue, state.clock)
        state.size += newValue.count
        guard state.size > limit else { return }
        // Remove down to three quarters of the limit, because sorting for each image would take longer than making it.
        for (key, picture) in state.pictures.sorted(by: { $0.value.used < $1.value.used }) {
          guard state.size > limit / 4 * 3 else { break }
          state.pictures[key] = nil
          state.size -= picture.bytes.count
        }
      }
    }
  }
}
