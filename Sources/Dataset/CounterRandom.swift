/// A counter-based random generator: its numbers depend only on its keys, such as a seed, a domain and a sample's number.
///
/// Sample k of a run draws from `CounterRandom(seed, domain, k)`, independent of the order of samples. A resumed run
/// therefore draws the same numbers, and only its step must be saved. The mixing function is SplitMix64's (G. Steele, D. Lea
/// and C. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
public struct CounterRandom: RandomNumberGenerator, Sendable {
  private static let golden: UInt64 = 0x9E37_79B9_7F4A_7C15
  private var state: UInt64

  /// A generator for `keys`; each list of keys has its own stream of numbers.
  public init(_ keys: UInt64...) {
    state = keys.reduce(UInt64(keys.count)) { Self.mixed(Self.mixed($0 &+ Self.golden) ^ $1) }
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    state &+= Self.golden
    return Self.mixed(state)
  }

  /// A random number in 0..<1.
  public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A random integer in 0..<`bound`.
  ///
  /// - Precondition: `bound` is positive.
  public mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "the bound must be positive")
    // The high half of the product (D. Lemire 2019) without rejection: the bias is below bound / 2^64.
    return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  private static func mixed(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
