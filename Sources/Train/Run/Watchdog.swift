/// Detects common failures of GAN training and suggests remedies.
struct Watchdog {
  /// A detected problem.
  enum Finding: Equatable {
    /// A loss term is not finite.
    case notFinite(term: String)
    /// A warning; each is reported once.
    case warning(String)
  }

  private var smoothed: Double?
  private var reported: Set<String> = []

  /// Checks the losses of one step.
  mutating func check(_ losses: [LossTerm], step: Int) -> [Finding] {
    if let term = losses.first(where: { !$0.value.isFinite }) { return [.notFinite(term: term.name)] }
    var findings: [Finding] = []
    if let total = losses.first(where: { $0.name == "D_total" })?.value {
      let mean = smoothed.map { $0 * 0.99 + total * 0.01 } ?? total
      smoothed = mean
      // Eight terms of about 1 each at most: below this limit the discriminators recognise nearly every image.
      if step > 500, mean < 0.02, reported.insert("collapse").inserted {
        findings.append(
          .warning(
            "the discriminators win (D_total \(mean)), so the generators learn nothing from them; "
              + "use more images, or start again from an earlier checkpoint"))
      }
    }
    return findings
  }

  /// Checks the fraction of AdaLIN's rho, in 0...1, that are 0 or 1 in the generator called `name`.
  mutating func check(saturatedRho fraction: Double, of name: String, step: Int) -> [Finding] {
    guard step > 500, fraction > 0.95, reported.insert("rho \(name)").inserted else { return [] }
    return [
      .warning(
        "\(Int(fraction * 100)) % of the rho in \(name) are 0 or 1, so AdaLIN no longer mixes its two normalisations; "
          + "start from an earlier checkpoint with a lower train.learning-rate, or with train.compat tensorflow"
      )
    ]
  }

  /// Checks a batch of translations: pixels in -1...1, in planes of `plane` pixels.
  ///
  /// A collapsed generator returns images of one color, so each plane is compared with its own mean.
  mutating func check(translations pixels: [Float], plane: Int, named name: String) -> [Finding] {
    guard plane > 0, pixels.count >= plane else { return [] }
    var total: Float = 0
    for start in stride(from: 0, through: pixels.count - plane, by: plane) {
      let values = pixels[start..<start + plane]
      let mean = values.reduce(0, +) / Float(plane)
      total += (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(plane)).squareRoot()
    }
    let deviation = total / Float(pixels.count / plane)
    guard deviation < 0.02, reported.insert("constant \(name)").inserted else { return [] }
    return [
      .warning(
        "\(name) is nearly one colour (standard deviation \(deviation)); start again from an earlier checkpoint"
      )
    ]
  }
}
