import Curate
public import Dataset
public import Foundation
public import Imaging
public import Ledger
import PublishedDataset
public import TestSupport

/// A temporary dataset, made from plain folders of face crops.
public final class Fixture: Sendable {
  /// The temporary folder.
  public let folder: TemporaryFolder
  /// The dataset's folder.
  public let output: OutputFolder
  /// The dataset's ledger.
  public let ledger: Ledger

  /// An empty dataset.
  public init() throws {
    folder = try TemporaryFolder()
    output = OutputFolder(folder.appending("out"))
    try output.claim()
    ledger = try Ledger(url: output.ledger)
  }

  /// Settings for small datasets, with few rules: the presets reject synthetic images for compression and resolution.
  public func settings(_ domains: [Domain] = [.a], size: Int = 64, test: Int = 4) -> Settings {
    var settings = Settings(output: output.url)
    settings.size = size
    for domain in domains { settings.domains[domain] = DomainSettings(domain: domain) }
    settings.curate.test = test
    settings.curate.keepIf = [
      .init(measure: .brightness, minimum: 0.1, maximum: 0.97), .init(measure: .coverage, minimum: 0.15),
      .init(measure: .roll, minimum: -45, maximum: 45), .init(measure: .sharpness, minimum: 0.1),
    ]
    return settings
  }

  /// Writes `image` to `name` in a source folder and returns the file.
  @discardableResult
  public func write(_ image: ImageBuffer, _ name: String, in source: String = "in") throws -> URL {
    let url = folder.appending("\(source)/\(name)")
    try AtomicFile.write(image.png(), to: url)
    return url
  }

  /// Imports `inputs` and curates.
  @discardableResult
  public func curate(
    _ settings: Settings, _ inputs: [Domain: [URL]] = [:], dryRun: Bool = false
  ) async throws -> StageSummary {
    for domain in Domain.allCases {
      guard let urls = inputs[domain] else { continue }
      _ = try await PlainFolder(settings: settings, domain: domain, output: output, ledger: ledger, jobs: 2)
        .importImages(urls)
    }
    return try await CurateStage(
      settings: settings, output: output, ledger: ledger, jobs: 2, reporter: SilentReporter(), dryRun: dryRun
    ).run()
  }

  /// The samples of the published dataset.
  public var kept: [Sample] { get throws { try ManifestFile.read(output.metadata) } }
  /// The rejected samples.
  public var rejected: [Sample] { get throws { try ManifestFile.read(output.rejected) } }

  /// All published files with their bytes: all files of the output except ledger, lock and store.
  public func files(in output: OutputFolder) throws -> [String: Data] {
    var files: [String: Data] = [:]
    let names = FileManager.default.enumerator(atPath: output.url.path)?.allObjects ?? []
    for case let name as String in names {
      guard !name.hasPrefix("ledger.sqlite"), !name.hasPrefix("store"), !name.hasPrefix(".") else { continue }
      if let bytes = try? Data(contentsOf: output.url.appendingPathComponent(name)) { files[name] = bytes }
    }
    return files
  }
}

/// Synthetic images that differ in coarse and fine structure.
public enum Picture {
  /// An image of random patches, different for each seed.
  public static func patches(_ seed: Int, side: Int = 64) -> ImageBuffer {
    var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1
    func next() -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(state >> 33)
    }
    var image = ImageBuffer(
      width: side, height: side, format: .rgb, filledWith: [UInt8(next() % 200), UInt8(next() % 200), 120])
    for _ in 0..<24 {
      let (w, h) = (side / 16 + next() % (side / 4), side / 16 + next() % (side / 4))
      let patch = ImageBuffer(
        width: w, height: h, format: .rgb,
        filledWith: [UInt8(next() % 256), UInt8(next() % 256), UInt8(next() % 256)])
      image.paste(patch, x: next() % side - w / 2, y: next() % side - h / 2)
    }
    return image
  }
}

extension ImageBuffer {
  /// The image blurred by a Gaussian whose standard deviation is `sigma` pixels; edges are repeated.
  public func blurred(_ sigma: Double) -> ImageBuffer {
    let reach = Int((sigma * 4).rounded(.up))
    var kernel = (-reach...reach).map { exp(-Double($0 * $0) / (2 * sigma * sigma)) }
    let sum = kernel.reduce(0, +)
    kernel = kernel.map { $0 / sum }
    func pass(_ input: [Double], along step: Int, of count: Int, position: (Int) -> Int) -> [Double] {
      (0..<input.count).map { index in
        let place = position(index)
        return (-reach...reach).reduce(0.0) { total, shift in
          let moved = min(max(place + shift, 0), count - 1)
          return total + kernel[shift + reach] * input[index + (moved - place) * step]
        }
      }
    }
    let (width, channels) = (width, channels)
    let rows = pass(bytes.map(Double.init), along: channels, of: width) { $0 / channels % width }
    let both = pass(rows, along: width * channels, of: height) { $0 / (channels * width) }
    return ImageBuffer(
      width: width, height: height, format: format, bytes: both.map { UInt8(min(max($0.rounded(), 0), 255)) })
  }

  /// The image with motion blur over `length` pixels at `angle` radians.
  public func smeared(_ length: Int, angle: Double) -> ImageBuffer {
    let steps = 4 * length
    let shifts = (0...steps).map { (Double($0) / Double(steps) - 0.5) * Double(length) }
    var sums = [Float](repeating: 0, count: bytes.count)
    for shift in shifts {
      let (dx, dy) = (Int((shift * cos(angle)).rounded()), Int((shift * sin(angle)).rounded()))
      for y in 0..<height {
        let row = min(max(y + dy, 0), height - 1) * width
        for x in 0..<width {
          let from = (row + min(max(x + dx, 0), width - 1)) * channels
          let to = (y * width + x) * channels
          for channel in 0..<channels { sums[to + channel] += Float(bytes[from + channel]) }
        }
      }
    }
    return ImageBuffer(
      width: width, height: height, format: format,
      bytes: sums.map { UInt8(($0 / Float(shifts.count)).rounded()) })
  }

  /// The image with all values multiplied by `gain`.
  public func brightened(_ gain: Double) -> ImageBuffer {
    ImageBuffer(
      width: width, height: height, format: format,
      bytes: bytes.map { UInt8(min(255, (Double($0) * gain).rounded())) })
  }

  /// The image shrunk by `factor` and enlarged again.
  public func upscaled(_ factor: Double) -> ImageBuffer {
    let small = PixelSize(width: Int(Double(width) / factor), height: Int(Double(height) / factor))
    return resized(to: small).resized(to: size, .antialiasedBilinear)
  }

  /// The image after JPEG compression with this quality.
  public func reencoded(quality: Int) throws -> ImageBuffer {
    try ImageCodec.decode(try converted(to: .rgb).jpeg(quality: quality)).image
  }
}
