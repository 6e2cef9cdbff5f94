extension Settings {
  /// The versions of what the stages make of the same settings: raised when a stage's results change.
  public enum StageVersion {
    /// Of looking for faces, black bars and captions.
    public static let detection = 1
    /// Of cropping.
    public static let crop = 2
    /// Of masking.
    public static let mask = 4
    /// Of curating.
    public static let curate = 2
  }

  /// The digest of all settings that a crop of `domain` depends on, whatever source it is from.
  public func cropDigest(_ domain: Domain) -> Digest {
    digest(
      "crop \(StageVersion.crop)",
      ["size: \(size)"] + SettingKey<CropSettings>.lines(SettingKey<CropSettings>.all, of: self[domain].crop))
  }

  /// The digest of all settings that a cutout of `domain` depends on, its crop's among them.
  public func maskDigest(_ domain: Domain) -> Digest {
    let parts = self[domain].sources.filter { $0.kind == .celebamaskHQ }.map { "parts: \($0.parts)" }
    return digest(
      "mask \(StageVersion.mask)",
      ["crop: \(cropDigest(domain))"] + parts
        + SettingKey<MaskSettings>.lines(SettingKey<MaskSettings>.all, of: self[domain].mask).map {
          // The masks of the colour model did not change when it was renamed.
          $0 == "method: color-model" ? "method: grabcut" : $0
        })
  }

  /// The digest of all settings that the dataset depends on, those of its cutouts among them.
  public func curateDigest() -> Digest {
    digest(
      "curate \(StageVersion.curate)",
      Domain.allCases.map { "\($0.rawValue): \(maskDigest($0)) \(ValueType.rules.format(rules(for: $0)))" }
        + [
          "background: \(background)"
        ]
        + SettingKey<CurateSettings>.lines(SettingKey<CurateSettings>.all, of: curate))
  }

  private func digest(_ title: String, _ lines: [String]) -> Digest {
    Digest(of: ([title] + lines).joined(separator: "\n"))
  }
}
