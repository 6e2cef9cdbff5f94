import CTorch

/// Operations on a GPU that are recorded once and then launched together, without the cost of a launch for each.
///
/// A recording repeats the same operations on the same memory: inputs are overwritten before it is replayed, and its results
/// appear in the tensors that the recorded operations returned. Nothing in it may read a value from the device.
/// CUDA C++ Programming Guide, section "CUDA Graphs".
public final class CUDAGraph {
  private let handle: OpaquePointer

  /// An empty graph of a CUDA device.
  ///
  /// - Throws: `TensorError` if this build has no CUDA.
  public init(device: Device) throws(TensorError) {
    handle = try attempt("graph") { ctorch_graph_new(device.code, $0) }
  }

  deinit { ctorch_graph_free(handle) }

  /// Runs `body` as it is, on the stream of the graph; libraries choose their algorithms there.
  public func warmUp<Result>(_ body: () throws -> Result) throws -> Result {
    try onStream(recording: false, body)
  }

  /// Records the operations of `body` without running them.
  public func record<Result>(_ body: () throws -> Result) throws -> Result {
    try onStream(recording: true, body)
  }

  /// Runs the recorded operations.
  public func replay() throws(TensorError) {
    try perform("replay graph") { ctorch_graph_replay(handle, $0) }
  }

  private func onStream<Result>(recording: Bool, _ body: () throws -> Result) throws -> Result {
    do {
      try perform("begin graph") { ctorch_graph_begin(handle, recording, $0) }
      let result = try body()
      try perform("end graph") { ctorch_graph_end(handle, $0) }
      return result
    } catch {
      // The first error is the one that explains.
      try? perform("end graph") { ctorch_graph_end(handle, $0) }
      throw error
    }
  }
}
