/// Detects common failures of such trainings and suggests what to try.
struct Watchdog {
  /// A detected problem.
  enum Finding: Equatable {
    /// A loss term that is not finite.
    case notFinite(term: String)
    /// A warning; each is given once.
    case warning(String)
  }

  private var smoothed: Double?
  private var reported: Set<String> = []

  /// Checks the losses of one step.
  mutating func look(at losses: [LossTerm], step: Int) -> [Finding] {
    if let term = losses.first(where: { !$0.value.isFinite }) { return [.notFinite(term: term.name)] }
    var findings: [Finding] = []
    if let total = losses.first(where: { $0.name == "D_total" })?.value {
      let mean = smoothed.map { $0 * 0.99 + total * 0.01 } ?? total
      smoothed = mean
      // Eight terms of at most 1 each: below this the discriminators recognise every image, and generators learn nothing.
      if step > 500, mean < 0.02, reported.insert("collapse").inserted {
        findings.append(
          .warning(
            "the discriminators win (D_total \(mean)): the generators learn nothing from them any more; "
              + "more images, or an earlier checkpoint, usually help"))
      }
    }
    return findings
  }

  /// Checks the share of AdaLIN's rho, 0 to 1, that is at 0 or 1 in the generator called `name`.
  mutating func look(atSaturatedRho share: Double, of name: String, step: Int) -> [Finding] {
    guard step > 500, share > 0.95, reported.insert("rho \(name)").inserted else { return [] }
    return [
      .warning(
        "\(Int(share * 100)) % of the rho in \(name) are at 0 or 1, so that AdaLIN no longer mixes its two normalisations: "
          + "go back to an earlier checkpoint, with a lower train.learning-rate or train.compat tensorflow")
    ]
  }

  /// Checks a batch of translations, pixels in -1...1, one plane of `plane` pixels after the other.
  ///
  /// A collapsed generator gives images of one colour, whatever the colour is, so each plane of each image is compared with
  /// its own mean only.
  mutating func look(atTranslations pixels: [Float], plane: Int, named name: String) -> [Finding] {
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
      .warning("\(name) is nearly one colour (deviation \(deviation)): go back to an earlier checkpoint")
    ]
  }
}
