internal import CMaskWeights
public import Foundation

/// The mask network that is compiled into the program.
public enum BuiltInMaskNetwork {
  /// The side of its input in pixels.
  public static let side = 160

  /// The network as an ONNX file.
  public static var onnx: Data {
    Data(
      bytesNoCopy: UnsafeMutableRawPointer(mutating: mask_network_bytes()), count: mask_network_size(),
      deallocator: .none)
  }

  /// What may be done with it, in one line.
  public static let card =
    "Easel's built-in mask network; sources, licences and scores are in docs/mask-network.md"
}
