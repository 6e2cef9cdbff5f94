import Dataset

/// The name of a hair color, for advice.
enum HairColor: String, CaseIterable {
  case black, brown, blond, red, grey, white, pink, purple, blue, green

  /// The color by the measures of a sample; nil if its hair was not measured, and for a black and white image.
  init?(_ sample: Sample) {
    guard sample.value(of: .grey) ?? 0 < 0.98, let lightness = sample.value(of: .hairLightness),
      let hue = sample.value(of: .hairHue),
      let colorfulness = sample.value(of: .hairColorfulness)
    else { return nil }
    // Limits in CIELAB, chosen by eye on anime faces and selfies. Colored light and filters tint the dark hair of
    // photos, so a name other than black, brown and grey needs more color.
    if lightness < 0.28, colorfulness < (sample.domain == .a ? 0.35 : 0.2) {
      self = .black
    } else if colorfulness < 0.15 {
      let isBrownish = (-30..<110).contains(hue)
      switch lightness {
      case ..<0.3: self = .black
      case ..<0.5: self = isBrownish ? .brown : lightness < 0.35 ? .black : .grey
      default:
        let isYellowish = (50..<110).contains(hue) && colorfulness >= 0.08
        self = isYellowish ? .blond : lightness < 0.75 ? .grey : .white
      }
    } else {
      switch hue {
      case -160 ..< -65: self = .blue
      case -65 ..< -15: self = .purple
      case -15..<20: self = lightness >= 0.45 ? .pink : colorfulness > 0.3 ? .red : .brown
      case 20..<50: self = colorfulness > 0.3 ? .red : lightness < 0.6 ? .brown : .pink
      case 50..<110: self = lightness < 0.55 ? .brown : .blond
      default: self = .green
      }
    }
  }
}
