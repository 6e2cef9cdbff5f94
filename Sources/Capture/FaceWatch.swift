public import Imaging
import Synchronization

/// Detects the faces of one picture; each watch creates its own.
public typealias FaceFinder = (ImageBuffer) throws -> [ScreenFace]

/// Detects faces in the background, so that the loop that follows the pointer does not wait.
final class FaceWatch: Sendable {
  private struct State {
    var isLooking = false
    var faces: [ScreenFace] = []
    var error: (any Error)?
  }

  /// A detector is used by one thread at a time.
  private actor Worker {
    private let make: @Sendable () throws -> FaceFinder
    private var finder: FaceFinder?

    init(_ make: @escaping @Sendable () throws -> FaceFinder) { self.make = make }

    func faces(of picture: ImageBuffer) throws -> [ScreenFace] {
      let find = try finder ?? make()
      finder = find
      return try find(picture)
    }
  }

  /// The longer side at which pictures are searched: a face that fills the frame's guide then has some 150 pixels.
  private static let side = 640
  private let state = Mutex(State())
  private let worker: Worker

  /// A watch with the detector that `make` creates.
  init(_ make: @escaping @Sendable () throws -> FaceFinder) { worker = Worker(make) }

  /// The faces of the part `rect` of a picture of the screen, in the screen's pixels.
  func faces(of part: ImageBuffer, at rect: ScreenRect) async throws -> [ScreenFace] {
    let small = part.resized(to: part.size.fitted(in: FaceWatch.side))
    let back = Double(part.width) / Double(small.width)
    return try await worker.faces(of: small)
      .map { $0.mapped(scale: back, dx: Double(rect.x), dy: Double(rect.y)) }
  }

  /// Starts a detection, unless one is running.
  func look(at part: @autoclosure () throws -> ImageBuffer, _ rect: ScreenRect) rethrows {
    guard !state.withLock({ $0.isLooking }) else { return }
    let part = try part()
    state.withLock { $0.isLooking = true }
    Task {
      do {
        let faces = try await faces(of: part, at: rect)
        state.withLock { $0.faces = faces }
      } catch {
        state.withLock { $0.error = error }
      }
      state.withLock { $0.isLooking = false }
    }
  }

  /// The faces of the last detection.
  ///
  /// - Throws: The error of the last detection.
  func lastFaces() throws -> [ScreenFace] {
    try state.withLock { state in
      if let error = state.error { throw error }
      return state.faces
    }
  }
}
