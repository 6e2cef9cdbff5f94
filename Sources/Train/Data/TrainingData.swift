public import Dataset
public import Foundation
public import Imaging
import Synchronization

/// A batch of images of one domain.
public struct ImageBatch: Sendable, Equatable {
  /// The numbers of images, channels, rows and columns: (N, 3, side, side).
  public let shape: [Int]
  /// The values in -1...1, in row-major order of `shape`.
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

/// An image that is translated for every sample sheet of a run.
public struct FixedImage: Sendable, Equatable {
  /// The file, relative to the dataset.
  public let name: String
  /// The image at the size of the networks' input, RGB.
  public let image: ImageBuffer
}

/// A dataset of two domains for training.
public final class TrainingData: Sendable {
  /// The options of batches.
  public struct Options: Sendable, Equatable {
    /// The side of the networks' input, in pixels.
    public var side = 256
    /// The number of images of each domain in a batch.
    public var batch = 1
    /// The run's seed.
    public var seed: UInt64 = 0
    /// Whether training images are flipped and cropped at random.
    public var augments = true
    /// The maximum number of bytes of cached pixels.
    public var memory = 4 << 30

    /// The defaults.
    public init() {}
  }

  private struct Source: Sendable {
    var folder: ImageFolder
    var sampler: Sampler
    var store: ImageStore
  }

  /// The options of batches.
  public let options: Options
  private let augmentation: Augmentation
  private let train: [Domain: Source]
  private let test: [Domain: ImageFolder]
  private let notice: @Sendable (DataNotice) -> Void

  /// Opens the dataset in the folder at `root`: `trainA`, `trainB`, and `testA` and `testB` if they exist.
  ///
  /// One image of each domain is decoded as a check; others are decoded when they are first drawn. If `metadata.jsonl`
  /// contains a `weight` for samples, images are drawn by weight.
  ///
  /// - Parameters:
  ///   - root: The dataset's folder.
  ///   - options: The options of batches.
  ///   - notice: Receives notices about the dataset, such as unreadable files; called from any thread.
  /// - Throws: `DataError` if the dataset cannot be used for training.
  public init(
    _ root: URL, options: Options, notice: @escaping @Sendable (DataNotice) -> Void = { _ in }
  ) throws {
    precondition(options.side > 0 && options.batch > 0, "the side and the batch must be at least 1")
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
      if count == 1 { notice(.singleImage(path: folder.path(0))) }
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
    let hasReportedSize = Mutex(false)
    return ImageStore(size: PixelSize(width: loadSide, height: loadSide), budget: budget) { index in
      let image = try folder.image(index)
      if image.width != side || image.height != side {
        let isFirst = hasReportedSize.withLock { hasReported in
          defer { hasReported = true }
          return !hasReported
        }
        if isFirst {
          notice(.resized(path: folder.path(index), width: image.width, height: image.height, side: side))
        }
      }
      return image
    } broken: { index, reason in
      notice(.unreadable(path: folder.path(index), reason: reason))
    }
  }

  // MARK: Batches

  /// The number of training images of a domain.
  public func count(_ domain: Domain) -> Int { train[domain]?.folder.names.count ?? 0 }

  /// The number of images of a domain in one split; 0 if there is no such split.
  public func count(_ domain: Domain, _ split: Split) -> Int {
    split == .test ? test[domain]?.names.count ?? 0 : count(domain)
  }

  /// Batch `number` of the run, from 0; it depends only on the dataset, the options and the number.
  ///
  /// - Throws: `DataError.noneReadable` if no image of a domain can be read.
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

  /// Sample `number` of a domain; an image that cannot be read is replaced by another one, chosen by the same number.
  private func sample(
    _ number: Int, of domain: Domain
  ) throws -> (image: ImageBuffer, draw: Augmentation.Draw) {
    guard let source = train[domain] else { preconditionFailure("the initialiser opens both domains") }
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

  // MARK: Fixed images and the digest

  /// Images for sample sheets, spread evenly over the split and the same in every run on this dataset.
  ///
  /// - Parameters:
  ///   - count: The number of images; fewer are returned if fewer can be read.
  ///   - domain: The domain.
  ///   - split: The training or the test images; training images are used if there is no test split.
  /// - Returns: The images at the size of the networks' input, in the order of their names.
  public func fixedImages(_ count: Int, of domain: Domain, from split: Split) -> [FixedImage] {
    let folder = (split == .test ? test[domain] : nil) ?? train[domain]?.folder
    guard let folder, count > 0 else { return [] }
    let side = PixelSize(width: options.side, height: options.side)
    var images: [FixedImage] = []
    for place in 0..<min(count, folder.names.count) {
      let index = place * folder.names.count / min(count, folder.names.count)
      let image: ImageBuffer
      do throws(ImagingError) {
        image = try folder.image(index)
      } catch {
        notice(.unreadable(path: folder.path(index), reason: error.sentence))
        continue
      }
      images.append(
        FixedImage(
          name: "\(folder.url.lastPathComponent)/\(folder.names[index])",
          image: image.composited(on: [255, 255, 255]).resized(to: side, .antialiasedBilinear)))
    }
    return images
  }

  /// The digest of the training images, by which a resumed run recognises its dataset.
  ///
  /// - Parameter jobs: The number of files that are read at the same time.
  /// - Returns: A digest of the names and the bytes of the files.
  /// - Throws: The error of a file that cannot be read.
  public func digest(jobs: Int = 2) async throws -> Digest {
    let folders = train.map { ("train\($0.rawValue)", $1.folder) }
    return try await ImageFolder.digest(Dictionary(uniqueKeysWithValues: folders), jobs: jobs)
  }
}

extension Domain {
  /// A key that gives each domain its own random numbers.
  fileprivate var stream: UInt64 { self == .a ? 0 : 1 }
}
