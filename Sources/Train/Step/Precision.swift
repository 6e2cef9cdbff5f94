public import Tensors

/// The number format of convolutions; statistics, class activations, losses and weights are float32 in each.
public enum Precision: String, Sendable, CaseIterable, Codable {
  /// IEEE float32.
  case float32 = "fp32"
  /// Float32 whose products a GPU rounds to 10 bits (compute capability 8 and newer); on the CPU the same as float32.
  case tf32
  /// 16 bits with the range of float32 and 8 bits of precision.
  case bfloat16 = "bf16"
  /// 16 bits with a small range, for GPUs without bfloat16; the gradients are scaled, see `LossScale`. GPU only.
  case float16 = "fp16"

  /// The element type of convolutions.
  public var dtype: DType {
    switch self {
    case .float32, .tf32: .float32
    case .bfloat16: .bfloat16
    case .float16: .float16
    }
  }

  /// Checks that `device` computes convolutions in this precision.
  ///
  /// - Throws: `TrainError.precision` for float16 on the CPU.
  func check(_ device: Device) throws {
    if self == .float16, device == .cpu { throw TrainError.precision }
  }

  /// The fastest precision that trains well on `device`: bf16 or fp16 on a GPU that has it, else fp32.
  ///
  /// bfloat16 needs compute capability 8 (RTX 30, A100 and newer), fast float16 needs 7 (RTX 20, T4, V100).
  public static func fastest(on device: Device) throws(TensorError) -> Precision {
    guard let capability = try device.capability() else { return .float32 }
    return capability.major >= 8 ? .bfloat16 : capability.major == 7 ? .float16 : .float32
  }
}
