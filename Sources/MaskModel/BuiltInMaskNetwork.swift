internal import CMaskWeights
import Foundation

/// The mask network that is compiled into the program.
public enum BuiltInMaskNetwork {
  /// Its weights.
  ///
  /// - Throws: `MaskWeights.Invalid` if the program was built without them.
  public static func weights() throws(MaskWeights.Invalid) -> MaskWeights {
    try MaskWeights(Data(UnsafeBufferPointer(start: mask_network_bytes(), count: mask_network_size())))
  }

  /// Its license in one line.
  public static let card =
    "Easel's built-in mask network; sources, licences and scores are in docs/mask-network.md"
}
