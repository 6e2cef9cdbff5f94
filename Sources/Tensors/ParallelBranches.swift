import CTorch

/// Streams of a GPU, on which operations that do not depend on each other run side by side.
///
/// Small operations use a part of a GPU only. In a CUDA graph the branches stay branches.
public final class ParallelBranches {
  private let handle: OpaquePointer

  /// At most `count` branches on a CUDA device.
  ///
  /// - Throws: `TensorError` if this build has no CUDA.
  public init(device: Device, count: Int) throws(TensorError) {
    handle = try attempt("branches") { ctorch_branches_new(device.code, Int32(count), $0) }
  }

  deinit { ctorch_branches_free(handle) }

  /// Calls `body` with 0, 1 and so on, each time on a stream of its own; later operations wait for all of them.
  ///
  /// No call may use a tensor that another one makes.
  public func run(_ count: Int, _ body: (Int) throws -> Void) throws {
    do {
      for index in 0..<count {
        try perform("begin branch") { ctorch_branches_begin(handle, $0) }
        try body(index)
      }
      try perform("join branches") { ctorch_branches_join(handle, $0) }
    } catch {
      // The first error is the one that explains.
      try? perform("join branches") { ctorch_branches_join(handle, $0) }
      throw error
    }
  }
}
