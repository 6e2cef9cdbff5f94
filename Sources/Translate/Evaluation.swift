public import Foundation
public import Dataset
public import Imaging
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
  /// The name of the distance: `KID-lite`, `KID` or `color-edge distance`.
  public var measure: String
  /// The distance of the translations from the target domain's images, with its standard error, by direction.
  public var distance: [String: DistanceEstimate]
  /// The same distance for images of A and B without translation.
  public var untranslated: DistanceEstimate?
  /// The same distance between two halves of one domain's images, by domain: the value of a perfect translation.
  public var noiseFloor: [String: DistanceEstimate]
  /// KID and FID of the translations as torch-fidelity computes them, by direction; nil without a network for features.
  public var kernel: [String: KernelDistance]?
  /// The features that `recognition` compares: `face`, or those of `measure`.
  public var recognitionFeatures: String
  /// How well translations keep the person, by direction: see `recognition(_:_:)`.
  public var recognition: [String: Double]
  /// How well translations keep pose and outline, by direction: the correlation of the edges of input and translation.
  public var structure: [String: Double]

  /// The options of an evaluation.
  public struct Options {
    /// The maximum number of images of each domain.
    public var limit = 1000
    /// Whether training images are used instead of test images.
    public var usesTrainingImages = false
    /// The device of the networks.
    public var device = Device.cpu
    /// The features of the distances.
    public var measure = DistanceMeasure(nil)
    /// The MobileFaceNet file whose features compare persons; nil to compare them by `measure`.
    public var face: URL?
    /// The number of translations of each domain that are returned for a picture.
    public var shown = 0

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
  /// - Returns: The measurements, and the first images of each domain with their translations.
  /// - Throws: `EvaluationError` if there are no test images; `CheckpointError`, `DataError`, `WeightsError`, `TensorError`.
  public static func measure(
    run: RunFolder, step: Int? = nil, best: Bool = false, dataset: URL, options: Options = Options()
  ) throws -> (result: Evaluation, shown: [Domain: [Shown]]) {
    let device = options.device
    let (file, header) = try run.openCheckpoint(step: step, best: best, networks: ["genA2B", "genB2A"])
    let aToB = try TrainedGenerator(file, header, direction: .aToB).makeGenerator(device: device)
    let bToA = try TrainedGenerator(file, header, direction: .bToA).makeGenerator(device: device)
    var dataOptions = TrainingData.Options()
    (dataOptions.side, dataOptions.augments) = (header.architecture.side, false)
    let data = try TrainingData(dataset, options: dataOptions)
    let split = options.usesTrainingImages ? Split.train : .test
    for domain in Domain.allCases where data.count(domain, split) == 0 {
      throw EvaluationError.noTestImages(dataset.appendingPathComponent("test\(domain.rawValue)").path)
    }
    let face = try options.face.map {
      try FaceIdentity(contentsOf: $0, side: header.architecture.side, device: device)
    }
    var result = Evaluation(
      step: header.step, split: split.rawValue, images: [:], cycle: [:], identity: [:],
      measure: options.measure.name, distance: [:], untranslated: nil, noiseFloor: [:],
      recognitionFeatures: face == nil ? options.measure.name : "face", recognition: [:], structure: [:])
    var (real, fake): ([Domain: [[Float]]], [Domain: [[Float]]]) = ([:], [:])
    var shown: [Domain: [Shown]] = [:]
    for (domain, direction, across, back) in [(Domain.a, "AtoB", aToB, bToA), (.b, "BtoA", bToA, aToB)] {
      let images = data.fixedImages(options.limit, of: domain, from: split).map(\.image)
      var (cycle, identity, structure) = (0.0, 0.0, 0.0)
      var (faces, fakeFaces): ([[Float]], [[Float]]) = ([], [])
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
          structure += zip(part, translations).reduce(0) { $0 + EdgeCorrelation.between($1.0, $1.1) }
          fake[domain, default: []] += try options.measure.features(translations)
          if let face {
            faces += try face.rows(input)
            fakeFaces += try face.rows(translated.images)
          }
          for (image, translation) in zip(part, translations)
          where shown[domain, default: []].count < options.shown {
            shown[domain, default: []].append(Shown(input: image, translation: translation))
          }
        }
        real[domain, default: []] += try options.measure.features(part)
      }
      let (name, count) = (domain.rawValue, Double(max(1, images.count)))
      result.images[name] = images.count
      result.cycle[name] = cycle / count
      result.identity[name] = identity / count
      result.structure[direction] = structure / count
      result.recognition[direction] =
        face == nil ? recognition(real[domain] ?? [], fake[domain] ?? []) : recognition(faces, fakeFaces)
      result.noiseFloor[name] = DistanceReport.noiseFloor(real[domain] ?? [])
    }
    let (realA, realB) = (real[.a] ?? [], real[.b] ?? [])
    let (fakeB, fakeA) = (fake[.a] ?? [], fake[.b] ?? [])
    result.distance["AtoB"] = DistanceEstimate(fakeB, realB)
    result.distance["BtoA"] = DistanceEstimate(fakeA, realA)
    result.untranslated = DistanceEstimate(realA, realB)
    if options.measure.network != nil {
      var kernel: [String: KernelDistance] = [:]
      kernel["AtoB"] = KernelDistance(fakeB, realB)
      kernel["BtoA"] = KernelDistance(fakeA, realA)
      kernel["untranslated"] = KernelDistance(realA, realB)
      result.kernel = kernel
    }
    return (result, shown)
  }

  /// One image of the picture of an evaluation.
  public struct Shown: Sendable, Equatable {
    /// The network's input.
    public var input: ImageBuffer
    /// Its translation.
    public var translation: ImageBuffer
  }

  /// The mean share of other images that resemble a translation less than its own input does, by the cosine of features.
  ///
  /// 1: each translation resembles its own input most; 0.5: chance, the translations show nothing of the person. A generator
  /// that returns one good picture for every input has a small KID and a recognition of 0.5.
  ///
  /// - Parameters:
  ///   - inputs: One row of features for each input; at least two.
  ///   - translations: The rows of their translations, in the same order.
  /// - Returns: The share, in 0...1; nil for fewer than two inputs.
  static func recognition(_ inputs: [[Float]], _ translations: [[Float]]) -> Double? {
    guard inputs.count > 1, inputs.count == translations.count, let width = inputs.first?.count else {
      return nil
    }
    // The domains differ in nearly all features, so each set is compared with its own mean.
    func centred(_ rows: [[Float]]) -> [[Float]] {
      var mean = [Float](repeating: 0, count: width)
      for row in rows { for index in 0..<width { mean[index] += row[index] / Float(rows.count) } }
      return rows.map { row in
        let centred = zip(row, mean).map { $0 - $1 }
        let length = max(centred.reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-12)
        return centred.map { $0 / length }
      }
    }
    let (inputs, translations) = (centred(inputs), centred(translations))
    var total = 0.0
    for (index, translation) in translations.enumerated() {
      let cosines = inputs.map { input in zip(input, translation).reduce(0) { $0 + $1.0 * $1.1 } }
      let below = cosines.enumerated().reduce(0.0) { sum, entry in
        guard entry.offset != index else { return sum }
        return sum + (entry.element < cosines[index] ? 1 : entry.element == cosines[index] ? 0.5 : 0)
      }
      total += below / Double(inputs.count - 1)
    }
    return total / Double(inputs.count)
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
