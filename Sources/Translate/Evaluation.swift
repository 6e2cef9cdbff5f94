public import Foundation
import Dataset
import Imaging
public import Tensors
public import Train
import WeightFiles

/// Measurements of a run's generators on test images.
public struct Evaluation: Sendable, Equatable, Codable {
  /// The step of the checkpoint.
  public var step: Int
  /// The split that was used: `test`, or `train` if it was requested.
  public var split: String
  /// The number of images of each domain.
  public var images: [String: Int]
  /// The mean absolute difference of an image and its cycle (A to B to A), pixels in -1...1, by domain.
  public var cycle: [String: Double]
  /// The mean absolute difference of an image and its identity output, pixels in -1...1, by domain.
  public var identity: [String: Double]
  /// `FeatureDistance` of the translations from the target domain's images, with its standard error, by direction.
  public var distance: [String: FeatureDistance.Estimate]
  /// The same distance for images of A and B without translation.
  public var untranslated: FeatureDistance.Estimate?
  /// The same distance between two halves of one domain's images, by domain: the value of a perfect translation.
  public var noiseFloor: [String: FeatureDistance.Estimate]
  /// The network whose features `kernel` uses; nil if none was given.
  public var features: String?
  /// KID and FID of the translations against the target domain's images, by direction; `untranslated` is A against B.
  public var kernel: [String: KernelDistance]?

  /// The options of an evaluation.
  public struct Options: Sendable {
    /// The maximum number of images of each domain.
    public var limit = 100
    /// Whether training images are used instead of test images.
    public var usesTrainingImages = false
    /// The device of the networks.
    public var device = Device.cpu
    /// The network for KID and FID and its weights file; nil to compute neither.
    public var features: (network: ImageFeatures.Network, file: URL)?

    /// The defaults.
    public init() {}
  }

  /// Measures the generators of one checkpoint.
  ///
  /// - Parameters:
  ///   - run: The run.
  ///   - step: The step of the checkpoint; nil for the newest or the best.
  ///   - best: Whether to measure the best checkpoint instead of the newest.
  ///   - dataset: The dataset whose images are used.
  ///   - options: The images, the device and the features.
  /// - Returns: The measurements.
  /// - Throws: `EvaluationError` if there are no test images; `CheckpointError`, `DataError`, `WeightsError`, `TensorError`.
  public static func measure(
    run: RunFolder, step: Int? = nil, best: Bool = false, dataset: URL, options: Options = Options()
  ) throws -> Evaluation {
    let device = options.device
    let (_, header) = try run.openCheckpoint(step: step, best: best)
    let aToB = try TrainedGenerator(run: run, step: header.step, direction: .aToB).makeGenerator(
      device: device)
    let bToA = try TrainedGenerator(run: run, step: header.step, direction: .bToA).makeGenerator(
      device: device)
    var dataOptions = TrainingData.Options()
    (dataOptions.side, dataOptions.augments) = (header.architecture.side, false)
    let data = try TrainingData(dataset, options: dataOptions)
    let split = options.usesTrainingImages ? Split.train : .test
    for domain in Domain.allCases where data.count(domain, split) == 0 {
      throw EvaluationError.noTestImages(dataset.appendingPathComponent("test\(domain.rawValue)").path)
    }
    var result = Evaluation(
      step: header.step, split: split.rawValue, images: [:], cycle: [:], identity: [:], distance: [:],
      untranslated: nil, noiseFloor: [:])
    let extractor = try options.features.map {
      try ImageFeatures($0.network, contentsOf: $0.file, device: device)
    }
    var pictures: (real: [Domain: [ImageBuffer]], fake: [Domain: [ImageBuffer]]) = ([:], [:])
    var real: [Domain: [[Float]]] = [:]
    var fake: [Domain: [[Float]]] = [:]
    for (domain, across, back) in [(Domain.a, aToB, bToA), (.b, bToA, aToB)] {
      let images = data.fixedImages(options.limit, of: domain, from: split).map(\.image)
      var (cycle, identity) = (0.0, 0.0)
      // A GPU is faster with several images at once.
      let batch = device == .cpu ? 1 : 16
      for start in stride(from: 0, to: images.count, by: batch) {
        let part = Array(images[start..<min(start + batch, images.count)])
        try withoutGradient {
          let input = try Tensor(part).to(device: device)
          let translated = try across(input)
          let count = Double(part.count)
          cycle += try back(translated.images).images.meanAbsoluteError(input).item() * count
          identity += try back(input).images.meanAbsoluteError(input).item() * count
          let translations = try translated.pictures()
          fake[domain, default: []] += translations.map(FeatureDistance.features)
          if extractor != nil { pictures.fake[domain, default: []] += translations }
        }
        real[domain, default: []] += part.map(FeatureDistance.features)
      }
      if extractor != nil { pictures.real[domain] = images }
      let name = domain.rawValue
      result.images[name] = images.count
      result.cycle[name] = cycle / Double(max(1, images.count))
      result.identity[name] = identity / Double(max(1, images.count))
      let own = real[domain] ?? []
      result.noiseFloor[name] = FeatureDistance.estimate(
        own.enumerated().filter { $0.offset % 2 == 0 }.map(\.element),
        own.enumerated().filter { $0.offset % 2 == 1 }.map(\.element))
    }
    result.distance["AtoB"] = FeatureDistance.estimate(fake[.a] ?? [], real[.b] ?? [])
    result.distance["BtoA"] = FeatureDistance.estimate(fake[.b] ?? [], real[.a] ?? [])
    result.untranslated = FeatureDistance.estimate(real[.a] ?? [], real[.b] ?? [])
    if let extractor {
      let (realA, realB) = try (extractor(pictures.real[.a] ?? []), extractor(pictures.real[.b] ?? []))
      let (fakeB, fakeA) = try (extractor(pictures.fake[.a] ?? []), extractor(pictures.fake[.b] ?? []))
      result.features = extractor.network.rawValue
      result.kernel = [:]
      result.kernel?["AtoB"] = KernelDistance(fakeB, realB)
      result.kernel?["BtoA"] = KernelDistance(fakeA, realA)
      result.kernel?["untranslated"] = KernelDistance(realA, realB)
    }
    return result
  }
}

/// The reason why a run cannot be evaluated.
public enum EvaluationError: Error, Sendable, CustomStringConvertible {
  /// The dataset has no test images of a domain; the path of the missing or empty folder.
  case noTestImages(String)

  /// One sentence that says what to do.
  public var description: String {
    switch self {
    case .noTestImages(let path):
      "there are no test images in \(path); set curate.split.test and curate again, or measure training images with "
        + "--training-images"
    }
  }
}
