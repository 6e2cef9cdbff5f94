import CTorch

extension Device {
  /// The properties of a CUDA device.
  public struct Card: Sendable, Equatable {
    /// The name that the CUDA runtime reports, such as `NVIDIA H100 80GB HBM3`.
    public let name: String
    /// The major number of the compute capability, such as 9.
    public let major: Int
    /// The minor number of the compute capability, such as 0.
    public let minor: Int
  }

  /// The properties of a CUDA device; nil for the CPU.
  ///
  /// - Throws: `TensorError` if this build has no CUDA or the device does not exist.
  public func card() throws(TensorError) -> Card? {
    guard case .cuda = self else { return nil }
    var (major, minor): (Int32, Int32) = (0, 0)
    var name = [UInt8](repeating: 0, count: 257)
    try perform("device properties") { error in
      name.withUnsafeMutableBytes {
        guard let start = $0.baseAddress?.assumingMemoryBound(to: CChar.self) else { return false }
        return ctorch_cuda_card(code, start, $0.count, &major, &minor, error)
      }
    }
    return Card(
      name: String(decoding: name.prefix { $0 != 0 }, as: UTF8.self), major: Int(major), minor: Int(minor))
  }

  /// Returns the memory of freed tensors to the device and restarts the peak of `memory()`; nothing happens on the CPU.
  public func release() throws(TensorError) {
    if self != .cpu { try perform("release") { ctorch_cuda_release(code, $0) } }
  }
}

extension Torch {
  /// Whether this build can use CUDA devices.
  public static var isBuiltWithCUDA: Bool { ctorch_cuda_built() }
}
