public import Dataset
public import Foundation
public import Imaging
import Tensors

/// The two ways through a pair of generators.
public enum Direction: String, Sendable, CaseIterable {
  /// Photographs to anime.
  case aToB = "AtoB"
  /// Anime to photographs.
  case bToA = "BtoA"

  /// The generator's published name.
  var network: String { self == .aToB ? "genA2B" : "genB2A" }
}

/// A trained generator that pictures go through.
public final class Translator {
  /// What a translated picture is put together with.
  public struct Look: Sendable {
    /// Whether the input stands beside the translation.
    public var besides = false
    /// Whether the attention is laid over the input and put beside the translation.
    public var showsAttention = false

    /// The translation alone.
    public init() {}
  }

  /// The side that pictures are translated at, in pixels.
  public let side: Int
  /// What the network is.
  public let architecture: Architecture
  private let generator: any ImageGenerator
  private let precision: DType

  /// The generator of a run: of its best or newest checkpoint, or of the one of `step`.
  ///
  /// - Throws: `CheckpointError`, `WeightsError`, `StateMismatch`.
  public convenience init(run: RunFolder, step: Int? = nil, best: Bool = false, direction: Direction) throws {
    let url =
      step.map(run.checkpoint(step:)) ?? (best ? run.best : run.latest)
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw WeightsError(
        .missing, path: url.path, "there is no such checkpoint; a run writes one with: easel train")
    }
    let file = url.resolvingSymlinksInPath()
    let architecture = try Checkpoint(contentsOf: file).header.architecture
    try self.init(WeightsFile(contentsOf: file), direction, architecture)
  }

  /// The generator of a weights file of any published trainer; model, width and, where they tell it, side are inferred.
  ///
  /// - Parameters:
  ///   - weights: A `.pt` or safetensors file.
  ///   - direction: Which of its generators.
  ///   - side: The side that pictures are translated at; nil for what the weights tell, else 256.
  /// - Throws: `WeightsError`, `StateMismatch`.
  public convenience init(weights: URL, direction: Direction, side: Int? = nil) throws {
    let file = try WeightsFile(contentsOf: weights)
    let traits = try file.generator(file.shown(direction.network))
    let architecture = traits.architecture(side: traits.side ?? side ?? 256)
    if let problem = architecture.problem { throw TrainError.architecture(problem) }
    try self.init(file, direction, architecture)
  }

  private init(_ file: WeightsFile, _ direction: Direction, _ architecture: Architecture) throws {
    (self.architecture, side) = (architecture, architecture.side)
    generator = try architecture.makeGenerator(from: Generator(seed: 0))
    try generator.load(try file.stateDict(file.shown(direction.network)))
    precision = .float32
  }

  /// Translates pictures, all at once; one of the network's size is used as it is, any other is resized.
  ///
  /// - Throws: `TensorError`.
  public func translate(_ pictures: [ImageBuffer], look: Look = Look()) throws -> [ImageBuffer] {
    guard !pictures.isEmpty else { return [] }
    let size = PixelSize(width: side, height: side)
    let inputs = pictures.map { $0.composited(on: [255, 255, 255]).resized(to: size).converted(to: .rgb) }
    let translation = try withoutGradient { try generator(Tensor(inputs), precision: precision) }
    let results = try translation.pictures()
    guard look.besides || look.showsAttention else { return results }
    let maps = try translation.attention.heatmaps()
    return zip(zip(inputs, results), maps).map { pair, map in
      var parts = look.besides ? [pair.0] : []
      if look.showsAttention { parts.append(map.picture(size: size, over: pair.0)) }
      parts.append(pair.1)
      var sheet = ImageBuffer(
        width: side * parts.count, height: side, format: .rgb, filledWith: [255, 255, 255])
      for (index, part) in parts.enumerated() { sheet.paste(part, x: index * side, y: 0) }
      return sheet
    }
  }

  /// Translates files into a folder, under their own relative paths and stems.
  ///
  /// - Throws: `WriteError`, `TensorError`; `CancellationError`.
  public func translate(
    _ inputs: PlainInputs, to folder: URL, batch: Int = 1, look: Look = Look(), reporter: any StageReporter
  ) throws -> StageSummary {
    var summary = StageSummary(stage: .translate)
    reporter.began(.translate, total: inputs.files.count)
    func report(_ item: ItemReport) {
      summary.count(item)
      reporter.finished(item, of: .translate)
    }
    for path in inputs.closed {
      report(
        ItemReport(
          path: path, status: .failed, why: "unreadable-folder", detail: "the folder may not be opened"))
    }
    var waiting: [(PlainInputs.File, ImageBuffer)] = []
    func flush() throws {
      let results = try translate(waiting.map(\.1), look: look)
      for ((file, _), picture) in zip(waiting, results) {
        let url = folder.appendingPathComponent(file.name + ".png")
        try AtomicFile.write(picture.png(), to: url)
        report(ItemReport(path: file.path, status: .done, outputs: [url.path]))
      }
      waiting = []
    }
    for file in inputs.files {
      try Task.checkCancellation()
      do {
        waiting.append((file, try ImageFile.read(path: file.path).image))
      } catch {
        report(ItemReport(path: file.path, status: .failed, why: error.reason, detail: error.sentence))
      }
      if waiting.count >= max(1, batch) { try flush() }
    }
    try flush()
    reporter.ended(summary)
    return summary
  }
}
