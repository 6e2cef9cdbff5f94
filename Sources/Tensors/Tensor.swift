import CTorch
public import Foundation

/// The element type of a tensor.
public enum DType: Sendable, Equatable, CaseIterable {
  case float32, float64, float16, bfloat16, int64, int32, int16, int8, uint8, bool

  /// Bytes of one element.
  public var size: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .float16, .bfloat16, .int16: 2
    case .int8, .uint8, .bool: 1
    }
  }

  var code: ctorch_dtype {
    switch self {
    case .float32: ctorch_float32
    case .float64: ctorch_float64
    case .float16: ctorch_float16
    case .bfloat16: ctorch_bfloat16
    case .int64: ctorch_int64
    case .int32: ctorch_int32
    case .int16: ctorch_int16
    case .int8: ctorch_int8
    case .uint8: ctorch_uint8
    case .bool: ctorch_bool
    }
  }

  init(_ code: ctorch_dtype) {
    self = Self.allCases.first { $0.code == code } ?? .float32
  }
}

/// A multi-dimensional array of libtorch, with its node in the graph of gradients.
///
/// One value owns one handle and frees it at its end, so memory returns as soon as the last reference goes. Every
/// operation throws `TensorError`: shapes can come from files and memory can end, and an error where it happens says
/// more than a check at the end. Not Sendable: the graph and its modes belong to one thread at a time.
public final class Tensor {
  let handle: OpaquePointer

  /// Takes ownership of a handle of the shim (+1).
  init(owning handle: OpaquePointer) { self.handle = handle }

  deinit { ctorch_tensor_free(handle) }

  /// A tensor of `shape` whose elements are `bytes`, in row-major order.
  public convenience init(_ bytes: Data, dtype: DType, shape: [Int]) throws(TensorError) {
    let handle: OpaquePointer = try attempt("tensor from bytes") { error in
      bytes.withUnsafeBytes {
        ctorch_from_bytes($0.baseAddress, $0.count, dtype.code, shape.wide, Int32(shape.count), error)
      }
    }
    self.init(owning: handle)
  }

  /// A float32 tensor of `shape` with `values` in row-major order.
  public convenience init(_ values: [Float], shape: [Int]) throws(TensorError) {
    let handle: OpaquePointer = try attempt("tensor from numbers") { error in
      values.withUnsafeBytes {
        ctorch_from_bytes($0.baseAddress, $0.count, ctorch_float32, shape.wide, Int32(shape.count), error)
      }
    }
    self.init(owning: handle)
  }

  /// A float32 tensor with one axis.
  public convenience init(_ values: [Float]) throws(TensorError) {
    try self.init(values, shape: [values.count])
  }

  /// A tensor of `shape` full of `value`.
  public convenience init(
    repeating value: Double, shape: [Int], dtype: DType = .float32, device: Device = .cpu
  ) throws(TensorError) {
    let handle: OpaquePointer = try attempt("full") {
      ctorch_full(value, dtype.code, device.code, shape.wide, Int32(shape.count), $0)
    }
    self.init(owning: handle)
  }

  /// A tensor of zeros.
  public static func zeros(
    _ shape: [Int], dtype: DType = .float32, device: Device = .cpu
  ) throws(TensorError) -> Tensor {
    try Tensor(repeating: 0, shape: shape, dtype: dtype, device: device)
  }

  /// The number of axes.
  public var rank: Int { Int(ctorch_rank(handle)) }
  /// The length of each axis.
  public var shape: [Int] { (0..<ctorch_rank(handle)).map { Int(ctorch_length(handle, $0)) } }
  /// The number of elements.
  public var count: Int { Int(ctorch_count(handle)) }
  /// The element type.
  public var dtype: DType { DType(ctorch_dtype_of(handle)) }
  /// The device of the elements.
  public var device: Device { Device(code: ctorch_device_of(handle)) }
  /// Whether the channels of each pixel are contiguous in memory.
  public var isChannelsLast: Bool { ctorch_is_channels_last(handle) }

  /// The elements in row-major order, independent of device and memory order.
  public func bytes() throws(TensorError) -> Data {
    var data = Data(count: count * dtype.size)
    try perform("bytes", [self]) { error in
      data.withUnsafeMutableBytes { ctorch_to_bytes(handle, $0.baseAddress, $0.count, error) }
    }
    return data
  }

  /// The elements as numbers, in row-major order.
  public func floats() throws(TensorError) -> [Float] {
    let tensor = try to(.float32)
    var values = [Float](repeating: 0, count: count)
    try perform("floats", [self]) { error in
      values.withUnsafeMutableBytes { ctorch_to_bytes(tensor.handle, $0.baseAddress, $0.count, error) }
    }
    return values
  }

  /// The only element of a tensor that has one.
  public func item() throws(TensorError) -> Double {
    var value = 0.0
    try perform("item", [self]) { ctorch_item(handle, &value, $0) }
    return value
  }

  /// The same elements with another type or on another device; the tensor itself if nothing changes.
  public func to(_ dtype: DType? = nil, device: Device? = nil) throws(TensorError) -> Tensor {
    if (dtype ?? self.dtype) == self.dtype && (device ?? self.device) == self.device { return self }
    return try make("to", [self]) {
      ctorch_to(handle, (dtype ?? self.dtype).code, (device ?? self.device).code, $0)
    }
  }

  /// The same elements in float32 if they have a 16-bit type, for sums that need the precision.
  public func widened() throws(TensorError) -> Tensor {
    dtype == .bfloat16 || dtype == .float16 ? try to(.float32) : self
  }

  /// A copy with memory of its own.
  public func clone() throws(TensorError) -> Tensor {
    try make("clone", [self]) { ctorch_clone(handle, $0) }
  }

  /// The same elements in row-major order, or with the channels of each pixel together.
  public func contiguous(channelsLast: Bool = false) throws(TensorError) -> Tensor {
    try make("contiguous", [self]) { ctorch_contiguous(handle, channelsLast, $0) }
  }

  /// Overwrites the elements with those of `source`, which has the same shape and may be of another type or device.
  public func copy(from source: Tensor) throws(TensorError) {
    try perform("copy", [self, source]) { ctorch_copy(handle, source.handle, $0) }
  }

  /// Overwrites every element with `value`.
  public func fill(_ value: Double) throws(TensorError) {
    try perform("fill", [self]) { ctorch_fill(handle, value, $0) }
  }

  /// Replaces the tensor by `scale` times itself plus `factor` times `other`, in place.
  public func blend(scale: Double = 1, adding other: Tensor, times factor: Double = 1) throws(TensorError) {
    try perform("blend", [self, other]) { ctorch_blend_in_place(handle, scale, other.handle, factor, $0) }
  }
}

extension Tensor: CustomStringConvertible {
  /// The type, the shape and the device, without the elements.
  public var description: String { "\(dtype) \(shape) on \(device)" }
}

extension [Int] {
  var wide: [Int64] { map(Int64.init) }
}
