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
    /// The bytes that no program uses now.
    public let available: UInt64
    /// The memory of the device in bytes.
    public let total: UInt64
  }

  /// Memory in use on a CUDA device; for the CPU ask the operating system.
  ///
  /// - Throws: `TensorError` if this build or this device has none to ask for.
  public func memory() throws(TensorError) -> Memory {
    var (used, peak, available, total): (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    try perform("memory") { ctorch_cuda_memory(code, &used, &peak, &available, &total, $0) }
    return Memory(used: used, peak: peak, available: available, total: total)
  }

  /// The name of a CUDA device that the CUDA runtime reports, such as `NVIDIA H100 80GB HBM3`; nil for the CPU.
  ///
  /// - Throws: `TensorError` if this build has no CUDA or the device does not exist.
  public func cardName() throws(TensorError) -> String? {
    guard case .cuda = self else { return nil }
    var name = [UInt8](repeating: 0, count: 257)
    try perform("device name") { error in
      name.withUnsafeMutableBytes {
        guard let start = $0.baseAddress?.assumingMemoryBound(to: CChar.self) else { return false }
        return ctorch_cuda_name(code, start, $0.count, error)
      }
    }
    return String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// The compute capability of a CUDA device, such as (8, 6); nil for the CPU.
  ///
  /// - Throws: `TensorError` if this build or this device has none.
  public func capability() throws(TensorError) -> (major: Int, minor: Int)? {
    if self == .cpu { return nil }
    var (major, minor): (Int32, Int32) = (0, 0)
    try perform("compute capability") { ctorch_cuda_capability(code, &major, &minor, $0) }
    return (Int(major), Int(minor))
  }

  /// Whether the processor multiplies bfloat16 numbers itself (AVX-512 BF16).
  public static var processorHasBFloat16: Bool { ctorch_cpu_has_bfloat16() }

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

  /// Returns the memory of freed tensors to the device and restarts the peak of `memory()`; nothing happens on the CPU.
  public func release() throws(TensorError) {
    if self != .cpu { try perform("release") { ctorch_cuda_release(code, $0) } }
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

  /// Whether this build can use CUDA devices.
  public static var isBuiltWithCUDA: Bool { ctorch_cuda_built() }

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

  /// Whether float32 convolutions and products may round their inputs to TF32 on a GPU, which is several times faster.
  public static func setTF32(_ on: Bool) throws(TensorError) {
    try perform("set TF32") { ctorch_set_tf32(on, $0) }
  }

  /// Seeds libtorch's default random generators.
  public static func seed(_ seed: UInt64) throws(TensorError) {
    try perform("seed") { ctorch_seed(seed, $0) }
  }
}
