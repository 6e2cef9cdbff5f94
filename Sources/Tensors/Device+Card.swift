import CTorch

extension Device {
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

  /// Returns the memory of freed tensors to the device and restarts the peak of `memory()`; nothing happens on the CPU.
  public func release() throws(TensorError) {
    if self != .cpu { try perform("release") { ctorch_cuda_release(code, $0) } }
  }
}

extension Torch {
  /// Whether this build can use CUDA devices.
  public static var isBuiltWithCUDA: Bool { ctorch_cuda_built() }
}
