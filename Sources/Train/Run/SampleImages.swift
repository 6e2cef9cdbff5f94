import Dataset
package import Imaging
package import Tensors

/// The fixed images of a run: ten of each domain for the sample sheet, as published, and the test images for distances.
final class SampleImages {
  /// The maximum number of test images of a domain; more would take memory and time and hardly change a distance.
  static let limit = 1000
  private let images: [Domain: [ImageBuffer]]
  private let measured: [Domain: [ImageBuffer]]
  private let device: Device
  private let measure: DistanceMeasure
  /// The features of the untranslated test images, once a distance was measured.
  private var real: RealFeatures?

  private struct RealFeatures {
    let features: [Domain: [[Float]]]
    let untranslated: DistanceEstimate?
    let noiseFloor: [String: DistanceEstimate]
  }

  /// The images of `data`, for networks on `device`, compared by `measure`.
  init(_ data: TrainingData, device: Device, measure: DistanceMeasure) {
    (self.device, self.measure) = (device, measure)
    var (images, measured): ([Domain: [ImageBuffer]], [Domain: [ImageBuffer]]) = ([:], [:])
    for domain in Domain.allCases {
      images[domain] = [Split.train, .test].flatMap {
        data.fixedImages(5, of: domain, from: $0).map(\.image)
      }
      measured[domain] =
        data.count(domain, .test) > 0
        ? data.fixedImages(SampleImages.limit, of: domain, from: .test).map(\.image) : []
    }
    (self.images, self.measured) = (images, measured)
  }

  /// What is measured once, and only at the first checkpoint, so that the first step does not wait for it.
  private func realFeatures() throws -> RealFeatures {
    if let real { return real }
    let features = try measured.mapValues(measure.features)
    let real = RealFeatures(
      features: features,
      untranslated: DistanceEstimate(features[.a] ?? [], features[.b] ?? []),
      noiseFloor: Dictionary(
        uniqueKeysWithValues: features.compactMap { domain, features in
          DistanceReport.noiseFloor(features).map { (domain.rawValue, $0) }
        }))
    self.real = real
    return real
  }

  /// The sample sheet (nil without images), and the pixels of all translations in -1...1 by published name.
  ///
  /// - Throws: `TensorError`.
  func sheet(
    _ generators: GeneratorPair, precision: DType
  ) throws -> (ImageBuffer?, [(name: String, pixels: [Float])]) {
    try withoutGradient {
      var directions: [[SampleColumn]] = []
      var translations: [(name: String, pixels: [Float])] = []
      for (domain, own, across, name) in [
        (Domain.a, generators.genB2A, generators.genA2B, "fake_A2B"),
        (Domain.b, generators.genA2B, generators.genB2A, "fake_B2A"),
      ] {
        var (columns, pixels): ([SampleColumn], [Float]) = ([], [])
        for real in images[domain] ?? [] {
          let input = try Tensor([real]).to(device: device)
          let identity = try own(input, precision: precision)
          let translated = try across(input, precision: precision)
          let cycled = try own(translated.images, precision: precision)
          pixels += try translated.images.to(device: .cpu).floats()
          columns.append(
            SampleColumn(
              real: real, identity: try identity.pictures()[0],
              identityHeatmap: try identity.attention.heatmaps()[0],
              translated: try translated.pictures()[0],
              translatedHeatmap: try translated.attention.heatmaps()[0],
              cycled: try cycled.pictures()[0], cycledHeatmap: try cycled.attention.heatmaps()[0]))
        }
        directions.append(columns)
        translations.append((name, pixels))
      }
      return (SampleSheet().picture(directions), translations)
    }
  }

  /// The distance of the translated test images from the other domain's test images, by direction.
  ///
  /// - Returns: The distances; nil if a domain has fewer than two test images.
  /// - Throws: `TensorError`.
  func distances(_ generators: GeneratorPair, precision: DType) throws -> DistanceReport? {
    try withoutGradient {
      var distances: [Direction: DistanceEstimate] = [:]
      let real = try realFeatures()
      for (direction, source, target, generator) in [
        (Direction.aToB, Domain.a, Domain.b, generators.genA2B), (.bToA, .b, .a, generators.genB2A),
      ] {
        guard (measured[source] ?? []).count > 1, (real.features[target] ?? []).count > 1 else { continue }
        let images = measured[source] ?? []
        // A GPU is faster with several images at once.
        let batch = device == .cpu ? 1 : 16
        let fakes = try stride(from: 0, to: images.count, by: batch).flatMap { start in
          let part = Array(images[start..<min(start + batch, images.count)])
          return try measure.features(
            generator(Tensor(part).to(device: device), precision: precision).pictures())
        }
        distances[direction] = DistanceEstimate(fakes, real.features[target] ?? [])
      }
      guard !distances.isEmpty else { return nil }
      return DistanceReport(
        measure: measure.name, distance: distances, untranslated: real.untranslated,
        noiseFloor: real.noiseFloor)
    }
  }
}

extension Tensor {
  /// Images of one size as a batch (N, 3, height, width) in -1...1.
  package convenience init(_ pictures: [ImageBuffer]) throws {
    precondition(!pictures.isEmpty, "a batch needs at least one image")
    try self.init(
      pictures.flatMap { Pixels.planes($0.composited(on: [255, 255, 255]).converted(to: .rgb)) },
      shape: [pictures.count, 3, pictures[0].height, pictures[0].width])
  }
}

extension Translation {
  /// The translated images as RGB image buffers.
  package func pictures() throws -> [ImageBuffer] {
    let (height, width) = (images.shape[2], images.shape[3])
    let values = try images.to(.float32, device: .cpu).floats()
    let count = 3 * height * width
    return (0..<images.shape[0]).map {
      Pixels.image(Array(values[$0 * count..<($0 + 1) * count]), width: width, height: height)
    }
  }
}

extension Attention {
  /// The heatmap of each image of the batch.
  package func heatmaps() throws -> [Heatmap] {
    let heatmap = try heatmap()
    let (height, width) = (heatmap.shape[2], heatmap.shape[3])
    let values = try heatmap.to(.float32, device: .cpu).floats()
    return (0..<heatmap.shape[0]).map {
      Heatmap(
        width: width, height: height, values: Array(values[$0 * height * width..<($0 + 1) * height * width]))
    }
  }
}
