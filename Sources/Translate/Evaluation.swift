public import Train
import WeightFiles
public import Foundation
import Dataset
import Imaging
import Tensors

/// What a run's networks do to the test images, in numbers.
public struct Evaluation: Sendable, Equatable, Codable {
  /// The checkpoint's steps.
  public var step: Int
  /// How many test images of each domain were used; training images where there is no test split.
  public var images: [String: Int]
  /// The mean absolute difference of an image and its way there and back, pixels in -1...1, by domain.
  public var cycle: [String: Double]
  /// The mean absolute difference of an image and what its own domain's generator makes of it, by domain.
  public var identity: [String: Double]
  /// `FeatureDistance` of the translations from the target domain's test images, by direction.
  public var distance: [String: Double]
  /// `FeatureDistance` of the untranslated images from the target domain's: what doing nothing gives.
  public var untranslated: Double?

  /// Measures the generators of a checkpoint.
  ///
  /// - Parameters:
  ///   - run: The run.
  ///   - dataset: The dataset whose test images are used.
  ///   - best: Whether the best checkpoint is measured rather than the newest.
  ///   - limit: The most images of each domain.
  /// - Returns: The means over the images.
  /// - Throws: `CheckpointError`, `DataError`, `TensorError`.
  public static func measure(run: RunFolder, dataset: URL, best: Bool = false, limit: Int = 100) throws
    -> Evaluation
  {
    let url = (best ? run.best : run.latest).resolvingSymlinksInPath()
    let file = try WeightsFile(contentsOf: url)
    let header = try Checkpoint.Header(file)
    var generators: [Direction: any ImageGenerator] = [:]
    for direction in Direction.allCases {
      let generator = try header.architecture.makeGenerator(from: RandomGenerator(seed: 0))
      try generator.load(try file.stateDict(file.emaOrCurrent(direction.network)))
      generators[direction] = generator
    }
    guard let aToB = generators[.aToB], let bToA = generators[.bToA] else {
      preconditionFailure("both generators were just made")
    }
    var options = TrainingData.Options()
    (options.side, options.augments) = (header.architecture.side, false)
    let data = try TrainingData(dataset, options: options)
    var result = Evaluation(
      step: header.step, images: [:], cycle: [:], identity: [:], distance: [:], untranslated: nil)
    var real: [Domain: [[Float]]] = [:]
    var fake: [Domain: [[Float]]] = [:]
    for (domain, across, back) in [(Domain.a, aToB, bToA), (.b, bToA, aToB)] {
      let images = data.fixedImages(limit, of: domain, from: .test).map(\.image)
      var (cycle, identity) = (0.0, 0.0)
      for image in images {
        try withoutGradient {
          let input = try Tensor([image])
          let translated = try across(input)
          cycle += try back(translated.images).images.meanAbsoluteError(input).item()
          identity += try back(input).images.meanAbsoluteError(input).item()
          fake[domain, default: []].append(FeatureDistance.features(try translated.pictures()[0]))
        }
        real[domain, default: []].append(FeatureDistance.features(image))
      }
      let name = domain.rawValue
      result.images[name] = images.count
      result.cycle[name] = cycle / Double(max(1, images.count))
      result.identity[name] = identity / Double(max(1, images.count))
    }
    result.distance["AtoB"] = FeatureDistance.distance(fake[.a] ?? [], real[.b] ?? [])
    result.distance["BtoA"] = FeatureDistance.distance(fake[.b] ?? [], real[.a] ?? [])
    result.untranslated = FeatureDistance.distance(real[.a] ?? [], real[.b] ?? [])
    return result
  }
}
