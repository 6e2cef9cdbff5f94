import CTorch
public import Foundation

/// Random numbers with a state that can be saved and taken up again.
public final class Generator {
  private let handle: OpaquePointer
  /// Where it draws.
  public let device: Device

  /// A generator that starts from `seed`; the same seed gives the same numbers.
  public init(seed: UInt64, device: Device = .cpu) throws(TensorError) {
    handle = try attempt("generator") { ctorch_generator_new(device.code, seed, $0) }
    self.device = device
  }

  deinit { ctorch_generator_free(handle) }

  /// Everything that the next numbers depend on.
  public func state() throws(TensorError) -> Data {
    let state = try make("generator state") { ctorch_generator_state(handle, $0) }
    return try state.bytes()
  }

  /// Goes on where the generator was that gave `state`.
  public func restore(_ state: Data) throws(TensorError) {
    let tensor = try Tensor(state, dtype: .uint8, shape: [state.count])
    try perform("restore generator", [tensor]) { ctorch_generator_set_state(handle, tensor.handle, $0) }
  }

  /// Numbers spread evenly over `range`, without its upper bound.
  public func uniform(_ shape: [Int], in range: Range<Double> = 0..<1) throws(TensorError) -> Tensor {
    let tensor = try Tensor.zeros(shape, device: device)
    try perform("uniform", [tensor]) {
      ctorch_fill_uniform(tensor.handle, range.lowerBound, range.upperBound, handle, $0)
    }
    return tensor
  }

  /// Numbers from the normal distribution.
  public func normal(
    _ shape: [Int], mean: Double = 0, deviation: Double = 1
  ) throws(TensorError) -> Tensor {
    let tensor = try Tensor.zeros(shape, device: device)
    try perform("normal", [tensor]) { ctorch_fill_normal(tensor.handle, mean, deviation, handle, $0) }
    return tensor
  }
}
