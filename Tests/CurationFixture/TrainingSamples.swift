public import Dataset

extension Sample {
  /// A training sample with this brightness.
  public static func training(
    _ id: String, _ domain: Domain, brightness: Double, group: String? = nil
  ) -> Sample {
    var sample = Sample(
      id: id, domain: domain, source: Sample.Source(path: id, sha256: id),
      decision: Sample.Decision(by: .rule))
    (sample.split, sample.group) = (.train, group)
    sample.quality = ["brightness": brightness, "sharpness": 0.5]
    return sample
  }

  /// Training samples `A0`, `A1` and so on of a domain, with these values of brightness.
  public static func training(_ domain: Domain, brightness: [Double]) -> [Sample] {
    brightness.enumerated().map { training("\(domain.rawValue)\($0)", domain, brightness: $1) }
  }
}
