extension Settings {
  /// The versions of the stages.
  ///
  /// Increase a version when the stage's results change with the same settings.
  public enum StageVersion {
    /// The version of detecting faces, black bars and captions.
    public static let detection = 2
    /// The version of cropping.
    public static let crop = 5
    /// The version of masking.
    public static let mask = 4
    /// The version of curating.
    public static let curate = 4
  }

  /// The digest of all settings that crops of `domain` depend on.
  public func cropDigest(_ domain: Domain) -> Digest {
    digest(
      "crop \(StageVersion.crop)",
      ["size: \(size)"] + SettingKey<CropSettings>.lines(SettingKey<CropSettings>.all, of: self[domain].crop))
  }

  /// The digest of all settings that cutouts of `domain` depend on, including those of their crops.
  public func maskDigest(_ domain: Domain) -> Digest {
    let parts = self[domain].sources.filter { $0.kind == .celebamaskHQ }.map { "parts: \($0.parts)" }
    return digest(
      "mask \(StageVersion.mask)",
      ["crop: \(cropDigest(domain))"] + parts
        + SettingKey<MaskSettings>.lines(SettingKey<MaskSettings>.all, of: self[domain].mask).map {
          // The masks of the color model did not change when it was renamed.
          $0 == "method: color-model" ? "method: grabcut" : $0
        })
  }

  /// The digest of all settings that the dataset depends on, including those of its cutouts.
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
