import Dataset

/// The adaptive strength of the discriminators' augmentation: the probability, 0...1, that an image is augmented, by domain.
///
/// If the discriminators recognise more real images than the target, they begin to memorise them, and the strength rises; else it
/// falls. The measure is the mean sign of the logits of real images, counted from 0.5, which is between the labels of real (1) and
/// translated (0) images. Training Generative Adversarial Networks with Limited Data, https://arxiv.org/abs/2006.06676, section 3.
struct AugmentStrength {
  /// The number of steps between two changes.
  static let period = 4
  /// The number of images in which the strength can rise from 0 to 1.
  static let images = 50_000.0

  /// The mean sign that is aimed at, above 0 and below 1; published: 0.6.
  let target: Double
  /// The strengths of A and B.
  private(set) var values = [0.0, 0.0]
  /// The sums of the signs of A and B since the last change.
  private var sums = [0.0, 0.0]
  /// The number of steps in `sums`.
  private var count = 0
  /// The steps whose losses are not read yet; reading them waits for the device.
  private var unread: [StepReport] = []

  /// A strength of 0.
  init(target: Double) { self.target = target }

  /// The strength of a domain.
  subscript(domain: Domain) -> Double { values[domain == .a ? 0 : 1] }

  /// The name of the loss term that contains the mean sign of a domain's real images.
  static func term(_ domain: Domain) -> String { "real_sign_\(domain.rawValue)" }

  /// Adds a step with `images` images of each domain, and changes the strengths at the end of a period.
  ///
  /// - Throws: `TensorError`.
  mutating func add(_ report: StepReport, images: Int) throws {
    unread.append(report)
    guard count + unread.count >= Self.period else { return }
    try read()
    change(images: images * count)
  }

  /// Changes the strengths by the mean signs of the period, in which `images` images were seen.
  private mutating func change(images: Int) {
    for index in values.indices {
      let direction = sums[index] / Double(count) > target ? 1.0 : -1.0
      values[index] = min(1, max(0, values[index] + direction * Double(images) / Self.images))
    }
    (sums, count) = ([0, 0], 0)
  }

  private mutating func read() throws {
    for report in unread {
      let losses = try report.losses
      for (index, domain) in Domain.allCases.enumerated() {
        // A step whose losses are not finite is repeated from a checkpoint.
        let sign = losses.first { $0.name == Self.term(domain) }?.value ?? 0
        sums[index] += sign.isFinite ? sign : 0
      }
      count += 1
    }
    unread = []
  }

  /// All that a resumed run needs, as numbers.
  ///
  /// - Throws: `TensorError`.
  mutating func state() throws -> [Double] {
    try read()
    return values + sums + [Double(count)]
  }

  /// Restores what `state` returned; nil starts at 0.
  mutating func restore(_ state: [Double]?) {
    self = AugmentStrength(target: target)
    guard let state, state.count == 5, state.allSatisfy(\.isFinite),
      (0...Double(Self.period)).contains(state[4])
    else { return }
    (values, sums, count) = (state[0..<2].map { min(1, max(0, $0)) }, Array(state[2..<4]), Int(state[4]))
  }
}
