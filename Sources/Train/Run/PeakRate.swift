/// The most operations a second that a card's data sheet states for dense matrices, in TFLOP/s.
public struct PeakRate: Sendable, Equatable {
  /// With bfloat16 or float16 inputs and float32 sums.
  public let half: Double
  /// With TF32; nil if the card has none.
  public let tf32: Double?
  /// In float32, without tensor cores.
  public let float32: Double
  /// Whether the card computes in bfloat16.
  public let hasBFloat16: Bool

  init(_ half: Double, _ tf32: Double?, _ float32: Double, bfloat16: Bool = true) {
    (self.half, self.tf32, self.float32, hasBFloat16) = (half, tf32, float32, bfloat16)
  }

  /// The rate for `precision`; nil if the card does not support it.
  public func rate(_ precision: Precision) -> Double? {
    switch precision {
    case .float32: float32
    case .tf32: tf32
    case .bfloat16: hasBFloat16 ? half : nil
    case .float16: half
    }
  }

  /// Cards by the words of their name that identify them; of several that fit, the first is used.
  ///
  /// Source: NVIDIA's data sheets of H100, H200, A100, L4, T4, A10 and V100 (without sparsity), and the white papers "NVIDIA Ampere
  /// GA102 GPU Architecture" and "NVIDIA Ada GPU Architecture". The RTX 3060's and 4070's are computed from their float32 rate.
  private static let cards: [(words: [String], peak: PeakRate)] = [
    (["H100", "PCIe"], PeakRate(756, 378, 51)), (["H100", "NVL"], PeakRate(835, 418, 60)),
    (["H100"], PeakRate(989, 495, 67)), (["H200", "NVL"], PeakRate(835, 418, 60)),
    (["H200"], PeakRate(989, 495, 67)), (["A100"], PeakRate(312, 156, 19.5)),
    (["A10"], PeakRate(125, 62.5, 31.2)), (["L4"], PeakRate(121, 60, 30.3)),
    (["T4"], PeakRate(65, nil, 8.1, bfloat16: false)), (["V100"], PeakRate(125, nil, 15.7, bfloat16: false)),
    (["RTX", "3060"], PeakRate(25.5, 12.7, 12.7)), (["RTX", "3080"], PeakRate(59.5, 29.8, 29.8)),
    (["RTX", "3090"], PeakRate(71, 35.6, 35.6)), (["RTX", "4070"], PeakRate(58.3, 29.1, 29.1)),
    (["RTX", "4080"], PeakRate(97.5, 48.7, 48.7)), (["RTX", "4090"], PeakRate(165.2, 82.6, 82.6)),
  ]

  /// Words that make a name another card.
  private static let variants: Set<String> = [
    "Ti", "SUPER", "Super", "Laptop", "Mobile", "Max-Q", "D", "MIG",
  ]

  /// The peak of the card with the name that the CUDA runtime reports; nil if it is not known.
  public init?(card name: String) {
    let words = Set(name.split { $0 == " " || $0 == "-" }.map(String.init))
    guard words.isDisjoint(with: Self.variants),
      let card = Self.cards.first(where: { words.isSuperset(of: $0.words) })
    else { return nil }
    self = card.peak
  }
}
