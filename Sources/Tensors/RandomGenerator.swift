import CTorch
public import Foundation

/// A seeded random number generator whose state can be saved and restored.
///
/// Numbers are drawn on the processor and then moved, so that a seed gives the same numbers on every device.
public final class RandomGenerator {
  private let handle: OpaquePointer
  /// The device of the numbers.
  public let device: Device

  /// A generator seeded with `seed`, whose numbers are stored on `device`.
  public init(seed: UInt64, device: Device = .cpu) throws(TensorError) {
    handle = try attempt("generator") { ctorch_generator_new(seed, $0) }
    self.device = device
  }

  deinit { ctorch_generator_free(handle) }

  /// The state on which all following numbers depend.
  public func state() throws(TensorError) -> Data {
    let state = try make("generator state") { ctorch_generator_state(handle, $0) }
    return try state.bytes()
  }

  /// Restores a state that `state()` returned.
  public func restore(_ state: Data) throws(TensorError) {
    let tensor = try Tensor(state, dtype: .uint8, shape: [state.count])
    try perform("restore generator", [tensor]) { ctorch_generator_set_state(handle, tensor.handle, $0) }
  }

  /// Uniform random numbers in `range`, its upper bound excluded.
  public func uniform(_ shape: [Int], in range: Range<Double> = 0..<1) throws(TensorError) -> Tensor {
    let tensor = try Tensor.zeros(shape)
    try perform("uniform", [tensor]) {
      ctorch_fill_uniform(tensor.handle, range.lowerBound, range.upperBound, handle, $0)
    }
    return try tensor.to(device: device)
  }

  /// Normally distributed random numbers.
  public func normal(
    _ shape: [Int], mean: Double = 0, deviation: Double = 1
  ) throws(TensorError) -> Tensor {
    let tensor = try Tensor.zeros(shape)
    try perform("normal", [tensor]) { ctorch_fill_normal(tensor.handle, mean, deviation, handle, $0) }
    return try tensor.to(device: device)
  }
}
