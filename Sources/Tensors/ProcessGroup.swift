import CTorch

/// The exchange of gradients between the processes of one training: Gloo between processors, NCCL between GPUs.
///
/// All processes make the same calls in the same order.
public final class ProcessGroup: @unchecked Sendable {
  /// The number of this process, from 0.
  public let rank: Int
  /// The number of processes.
  public let size: Int
  /// Whether gradients travel in bfloat16, half of the bytes; they are added in float32 between processors.
  public let roundsGradients: Bool
  private let handle: OpaquePointer
  private let store: ProcessStore

  /// Connects this process with all others, which do so at the same time.
  ///
  /// - Parameters:
  ///   - store: The store of the processes.
  ///   - host: The address of the machine of rank 0.
  ///   - device: The device of the parameters.
  ///   - rank: The number of this process.
  ///   - size: The number of processes.
  ///   - roundsGradients: Whether gradients travel in bfloat16.
  /// - Throws: `TensorError` if this build has no exchange for the device, or a process cannot be reached.
  public init(
    _ store: ProcessStore, host: String, device: Device, rank: Int, size: Int, roundsGradients: Bool = false
  ) throws(TensorError) {
    (self.store, self.rank, self.size, self.roundsGradients) = (store, rank, size, roundsGradients)
    handle = try attempt("connect processes") {
      ctorch_group_open(store.handle, host, device.code, Int32(rank), Int32(size), $0)
    }
  }

  deinit { ctorch_group_free(handle) }

  /// Replaces the gradients of `parameters`, and `numbers`, by their means over all processes.
  ///
  /// The results have the same bits in all processes. On a GPU the call returns before the exchange is done.
  ///
  /// - Throws: `TensorError` if a process is lost.
  public func average(_ parameters: [Tensor], _ numbers: Tensor) throws(TensorError) {
    try perform("exchange gradients") {
      ctorch_group_average(
        handle, parameters.map(\.handle), Int32(parameters.count), numbers.handle, roundsGradients, $0)
    }
  }

  /// Overwrites `tensors` by those of rank 0.
  ///
  /// - Throws: `TensorError` if a process is lost.
  public func copyFromFirst(_ tensors: [Tensor]) throws(TensorError) {
    try perform("broadcast") {
      ctorch_group_broadcast(handle, tensors.map(\.handle), Int32(tensors.count), $0)
    }
  }

  /// Ends an exchange in progress, and later ones, with an error; for another thread that knows of a lost process.
  ///
  /// An exchange between GPUs cannot be ended.
  public func abandon() { ctorch_group_abandon(handle) }
}
