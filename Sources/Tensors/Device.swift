import CTorch

/// The device on which tensors are stored and computed.
public enum Device: Sendable, Hashable, CustomStringConvertible {
  /// The processor.
  case cpu
  /// The n-th CUDA device, counted from 0.
  case cuda(Int)

  var code: ctorch_device {
    switch self {
    case .cpu: -1
    case .cuda(let index): Int32(index)
    }
  }

  init(code: ctorch_device) { self = code < 0 ? .cpu : .cuda(Int(code)) }

  /// `cpu` or `cuda:n`, as libtorch writes it.
  public var description: String {
    switch self {
    case .cpu: "cpu"
    case .cuda(let index): "cuda:\(index)"
    }
  }

  /// Memory of a CUDA device, in bytes.
  public struct Memory: Sendable, Equatable {
    /// The bytes that tensors use now.
    public let used: UInt64
    /// The maximum number of bytes that libtorch has used so far.
    public let peak: UInt64
    /// The memory of the device in bytes.
    public let total: UInt64
  }

  /// Memory in use on a CUDA device; for the CPU ask the operating system.
  ///
  /// - Throws: `TensorError` if this build or this device has none to ask for.
  public func memory() throws(TensorError) -> Memory {
    var (used, peak, total): (UInt64, UInt64, UInt64) = (0, 0, 0)
    try perform("memory") { ctorch_cuda_memory(code, &used, &peak, &total, $0) }
    return Memory(used: used, peak: peak, total: total)
  }

  /// Why the fused CUDA kernels cannot be used on the device; nil if they can.
  ///
  /// The first call compiles them, which takes seconds. Without them everything is computed by libtorch's own operations.
  public func reasonAgainstKernels() -> String? {
    do {
      try perform("CUDA kernels") { ctorch_cuda_kernels(code, $0) }
      return nil
    } catch {
      return error.reason
    }
  }

  /// Waits until the device has finished all operations.
  public func synchronize() throws(TensorError) {
    if self != .cpu { try perform("synchronize") { ctorch_cuda_synchronize(code, $0) } }
  }
}

/// The library underneath: its version, its threads and its devices.
public enum Torch {
  /// libtorch's version, such as 1.13.1.
  public static var version: String { String(cString: ctorch_version()) }

  /// The number of CUDA devices that this build can use on this machine.
  public static var cudaDevices: Int { Int(ctorch_cuda_devices()) }

  /// The number of threads of one operation.
  public static var threads: Int { Int(ctorch_threads()) }

  /// Lets one operation use `count` threads, at least one.
  public static func setThreads(_ count: Int) throws(TensorError) {
    try perform("set threads") { ctorch_set_threads(Int32(clamping: max(1, count)), $0) }
  }

  /// Whether cuDNN must choose kernels that give the same bits every time; otherwise it tries which is fastest.
  public static func setDeterministic(_ on: Bool) throws(TensorError) {
    try perform("set deterministic") { ctorch_set_deterministic(on, $0) }
  }

  /// Seeds libtorch's default random generators.
  public static func seed(_ seed: UInt64) throws(TensorError) {
    try perform("seed") { ctorch_seed(seed, $0) }
  }
}
