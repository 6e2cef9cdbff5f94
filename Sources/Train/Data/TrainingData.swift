public import Dataset
public import Foundation
public import Imaging
import Synchronization

/// Some images of one domain as the networks take them.
public struct ImageBatch: Sendable, Equatable {
  /// Images, channels, height and width.
  public let shape: [Int]
  /// The values from -1 to 1 in that order.
  public let values: [Float]
}

/// The images of one training step.
public struct TrainingBatch: Sendable, Equatable {
  /// The batch's number in the run, from 0.
  public let number: Int
  /// Images of domain A (`real_A`).
  public let a: ImageBatch
  /// Images of domain B (`real_B`).
  public let b: ImageBatch
}

/// An image that samples are made of all through a run.
public struct FixedImage: Sendable, Equatable {
  /// The file, relative to the dataset.
  public let name: String
  /// The image at the networks' size.
  public let image: ImageBuffer
}

/// A dataset of two domains, ready to be trained on.
public final class TrainingData: Sendable {
  /// How the data are drawn.
  public struct Options: Sendable, Equatable {
    /// The side that the networks see, in pixels.
    public var side = 256
    /// Images of each domain a batch.
    public var batch = 1
    /// The run's seed.
    public var seed: UInt64 = 0
    /// Whether training images are mirrored and cropped at random.
    public var augments = true
    /// The most bytes of decoded pixels that are kept.
    public var memory = 4 << 30

    /// The defaults.
    public init() {}
  }

  private struct Source: Sendable {
    var folder: ImageFolder
    var sampler: Sampler
    var store: ImageStore
  }

  /// How the data are drawn.
  public let options: Options
  private let augmentation: Augmentation
  private let train: [Domain: Source]
  private let test: [Domain: ImageFolder]
  private let notice: @Sendable (DataNotice) -> Void

  /// Opens the dataset in the folder at `root`: `trainA`, `trainB`, and `testA` and `testB` where they are.
  ///
  /// One image of each domain is decoded, the others when they are first drawn. Where `metadata.jsonl` gives samples a
  /// `weight`, images are drawn by it.
  ///
  /// - Parameters:
  ///   - root: the dataset's folder.
  ///   - options: how the data are drawn.
  ///   - notice: told of files that are left out and of what else should be said; called from any thread.
  /// - Throws: `DataError` for a dataset that cannot be trained on.
  public init(
    _ root: URL, options: Options, notice: @escaping @Sendable (DataNotice) -> Void = { _ in }
  ) throws {
    precondition(options.side > 0 && options.batch > 0, "there is something to draw")
    (self.options, self.notice) = (options, notice)
    augmentation = Augmentation(side: options.side, isOn: options.augments)
    let weights = try SampleWeights(dataset: root)
    let folders = try Domain.allCases.map { domain in
      let name = "train\(domain.rawValue)"
      return (domain, name, try ImageFolder(root.appendingPathComponent(name), notice: notice))
    }
    let total = folders.map(\.2.names.count).reduce(0, +)
    var (train, test): ([Domain: Source], [Domain: ImageFolder]) = ([:], [:])
    for (domain, name, folder) in folders {
      let count = folder.names.count
      if count == 1 { notice(.singleImage(path: folder.file(0).path)) }
      train[domain] = Source(
        folder: folder,
        sampler: Sampler(
          count: count, seed: options.seed, stream: domain.stream, weights: weights.of(folder, named: name)),
        store: Self.store(
          folder, side: options.side, loadSide: augmentation.loadSide,
          budget: Int(Double(options.memory) * Double(count) / Double(total)), notice: notice))
      let testURL = root.appendingPathComponent("test\(domain.rawValue)")
      test[domain] = try? ImageFolder(testURL, notice: notice)
      if test[domain] == nil { notice(.noTestSplit(path: testURL.path)) }
    }
    (self.train, self.test) = (train, test)
    for domain in Domain.allCases { _ = try sample(0, of: domain) }
  }

  private static func store(
    _ folder: ImageFolder, side: Int, loadSide: Int, budget: Int,
    notice: @escaping @Sendable (DataNotice) -> Void
  ) -> ImageStore {
    let toldOfSize = Mutex(false)
    return ImageStore(size: PixelSize(width: loadSide, height: loadSide), budget: budget) { index in
      let file = folder.file(index)
      let image = try ImageFile.read(file).image
      if image.width != side || image.height != side {
        let isFirst = toldOfSize.withLock { told in
          defer { told = true }
          return !told
        }
        if isFirst {
          notice(.resized(path: file.path, width: image.width, height: image.height, side: side))
        }
      }
      return image
    } broken: { index, reason in
      notice(.unreadable(path: folder.file(index).path, reason: reason))
    }
  }

  // MARK: Batches

  /// The number of training images of a domain.
  public func count(_ domain: Domain) -> Int { train[domain]?.folder.names.count ?? 0 }

  /// The number of images of a domain in one split; 0 if there is no such split.
  public func count(_ domain: Domain, _ split: Split) -> Int {
    split == .test ? test[domain]?.names.count ?? 0 : count(domain)
  }

  /// The batch `number` of the run, from 0: the same for the same dataset, options and number, whatever was asked before.
  ///
  /// - Throws: `DataError` where a domain has no image left that can be read.
  public func batch(_ number: Int) throws -> TrainingBatch {
    TrainingBatch(number: number, a: try images(number, of: .a), b: try images(number, of: .b))
  }

  private func images(_ number: Int, of domain: Domain) throws -> ImageBatch {
    let side = options.side
    let samples = try (0..<options.batch).map { try sample(number * options.batch + $0, of: domain) }
    let values = [Float](unsafeUninitializedCapacity: samples.count * 3 * side * side) { buffer, count in
      for (index, sample) in samples.enumerated() {
        let planes = index * 3 * side * side..<(index + 1) * 3 * side * side
        augmentation.fill(.init(rebasing: buffer[planes]), from: sample.image, sample.draw)
      }
      count = samples.count * 3 * side * side
    }
    return ImageBatch(shape: [samples.count, 3, side, side], values: values)
  }

  /// Sample `number` of a domain; an image that cannot be read gives its place to others, drawn by the same number.
  private func sample(
    _ number: Int, of domain: Domain
  ) throws -> (image: ImageBuffer, draw: Augmentation.Draw) {
    guard let source = train[domain] else { preconditionFailure("both domains are open") }
    var random = CounterRandom(options.seed, domain.stream, 3, UInt64(number))
    let draw = augmentation.draw(&random)
    let count = source.folder.names.count
    var index = 0
    for attempt in 0..<16 {
      index = source.sampler.image(number, attempt: attempt)
      if let image = source.store.image(index) { return (image, draw) }
    }
    for step in 1...count {
      if let image = source.store.image((index + step) % count) { return (image, draw) }
    }
    throw DataError.noneReadable(
      path: source.folder.url.path, count: count,
      first: "\(source.folder.names[0]): \(source.store.reason(0) ?? "unreadable")")
  }

  // MARK: Beside the batches

  /// Images for sample sheets, spread evenly over the split and the same in every run on this dataset.
  ///
  /// - Parameters:
  ///   - count: how many; fewer come where there are fewer that can be read.
  ///   - domain: the domain.
  ///   - split: the training or the test images; training images stand in for a missing test split.
  /// - Returns: the images at the networks' size, in the order of their names.
  public func fixedImages(_ count: Int, of domain: Domain, from split: Split) -> [FixedImage] {
    let folder = (split == .test ? test[domain] : nil) ?? train[domain]?.folder
    guard let folder, count > 0 else { return [] }
    let side = PixelSize(width: options.side, height: options.side)
    var images: [FixedImage] = []
    for place in 0..<min(count, folder.names.count) {
      let index = place * folder.names.count / min(count, folder.names.count)
      let image: ImageBuffer
      do throws(ImagingError) {
        image = try ImageFile.read(folder.file(index)).image
      } catch {
        notice(.unreadable(path: folder.file(index).path, reason: error.sentence))
        continue
      }
      images.append(
        FixedImage(
          name: "\(folder.url.lastPathComponent)/\(folder.names[index])",
          image: image.composited(on: [255, 255, 255]).resized(to: side, .antialiasedBilinear)))
    }
    return images
  }

  /// The digest of the training images, by which a checkpoint knows its dataset again.
  ///
  /// - Parameter jobs: how many files are read at a time.
  /// - Returns: a digest of the names and the bytes of the files.
  /// - Throws: what reading a file throws.
  public func digest(jobs: Int = 2) async throws -> Digest {
    let folders = train.map { ("train\($0.rawValue)", $1.folder) }
    return try await ImageFolder.digest(Dictionary(uniqueKeysWithValues: folders), jobs: jobs)
  }
}

extension Domain {
  /// Tells the domains' random numbers apart.
  fileprivate var stream: UInt64 { self == .a ? 0 : 1 }
}
