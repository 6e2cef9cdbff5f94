import Dataset
public import Foundation
import Imaging
public import MaskModel
import Tensors
import Train
import WeightFiles

#if canImport(Glibc)
  import Glibc
#endif

/// Fine-tunes a mask network on masks that a user corrected.
///
/// A quarter of the pictures is held out; the result is used only if it is better on them. The result depends
/// only on the masks, the network and the settings. A stopped run resumes from its last save.
public struct MaskLearning: Sendable {
  /// The record of a fine-tuning.
  public struct Record: Sendable, Equatable, Codable {
    /// Whether the learned network is better and therefore used.
    public var used: Bool
    /// The scores on the pictures held out before and after.
    public var before: MaskScore
    /// The scores after.
    public var after: MaskScore
    /// The pictures that were learned from.
    public var learnedFrom: [String]
    /// The pictures that were held out.
    public var heldOut: [String]
    /// Steps done.
    public var steps: Int
    /// The digest of the masks, the network and the settings.
    public var digest: String
  }

  /// Steps in all.
  public var steps = 900
  /// Composites a step.
  public var batch = 8
  /// The highest learning rate.
  public var learningRate = 6e-4
  /// The seed of the composites.
  public var seed: UInt64 = 1
  /// Whether convolutions compute in bfloat16.
  public var bfloat16 = true

  /// The settings of `easel mask --learn`.
  public init() {}

  /// The name of the learned weights in their folder.
  public static let weightsName = "network.weights"
  /// The name of the record in the folder.
  public static let recordName = "record.json"

  /// Fine-tunes `weights` on `masks`, and writes the record and, if they are better, the new weights to
  /// `folder`.
  ///
  /// - Throws: `MaskLearnError`, `MaskWeights.Invalid`, `WriteError`, `TensorError`, `CancellationError`.
  public func run(
    _ masks: [CorrectedMask], from weights: MaskWeights, to folder: URL, report: (String) -> Void
  ) throws -> Record {
    let (learned, heldOut) = try Self.split(masks)
    try AtomicFile.makeFolder(folder)
    let lock = try Lock(folder)
    defer { lock.release() }
    let digest = digest(masks, weights)
    var settings = MaskTrainSettings()
    (settings.architecture, settings.steps, settings.learningRate) = (
      weights.architecture, steps, learningRate
    )
    (settings.average, settings.seed, settings.bfloat16) = (0.98, seed, bfloat16)
    let state = try MaskState(settings)
    try state.begin(at: weights)
    let before = try Self.score(state, heldOut)
    let saved = folder.appendingPathComponent("learning.safetensors")
    var done = 0
    if let file = try? Safetensors(contentsOf: saved), file.metadata["digest"] == digest,
      let step = file.metadata["step"].flatMap(Int.init)
    {
      try state.restore(file.tensors)
      done = step
      report("resuming after step \(done)")
    }
    let composer = Composer(
      library: CorrectedFigures(learned), side: weights.architecture.side, seed: seed)
    while done < steps {
      try Task.checkCancellation()
      let composites = (0..<batch).map { composer.composite(done * batch + $0) }
      let terms = try state.step(
        MaskBatch(composites, side: composer.side), rate: settings.rate(done + 1), settings: settings,
        number: done, frozen: true)
      guard terms.values.allSatisfy(\.isFinite) else { throw MaskLearnError.diverged }
      done += 1
      if done % 50 == 0 {
        report("step \(done) of \(steps)")
        let file = Safetensors(
          tensors: try state.stored(), metadata: ["digest": digest, "step": "\(done)"])
        try AtomicFile.write(try file.encoded(), to: saved)
      }
    }
    let after = try Self.score(state, heldOut)
    let isBetter = after.alphaError < before.alphaError * 0.98 && after.meanIoU >= before.meanIoU - 0.002
    let network = folder.appendingPathComponent(Self.weightsName)
    if isBetter {
      try AtomicFile.write(try state.averaged.weights().data, to: network)
    } else {
      try? FileManager.default.removeItem(at: network)
    }
    let record = Record(
      used: isBetter, before: before, after: after, learnedFrom: learned.map(\.id).sorted(),
      heldOut: heldOut.map(\.id).sorted(), steps: done, digest: digest)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try AtomicFile.write(try encoder.encode(record), to: folder.appendingPathComponent(Self.recordName))
    try? FileManager.default.removeItem(at: saved)
    return record
  }

  /// Splits the masks by picture: three quarters for training, one for evaluation.
  ///
  /// The split depends only on the names.
  static func split(_ masks: [CorrectedMask]) throws -> (learned: [CorrectedMask], heldOut: [CorrectedMask]) {
    let ids = Set(masks.map(\.id)).sorted { Digest(of: $0).hex < Digest(of: $1).hex }
    guard ids.count >= 4 else { throw MaskLearnError.tooFew(ids.count) }
    let aside = Set(ids.prefix(ids.count / 4))
    return (masks.filter { !aside.contains($0.id) }, masks.filter { aside.contains($0.id) })
  }

  /// The score of the averaged network on whole crops.
  private static func score(_ state: MaskState, _ masks: [CorrectedMask]) throws -> MaskScore {
    let side = state.network.architecture.side
    let size = PixelSize(width: side, height: side)
    var (overlaps, errors): ([Double], [Double]) = ([], [])
    for mask in masks {
      let scale = (Double(side) / Double(mask.crop.width), Double(side) / Double(mask.crop.height))
      let face = mask.face.map {
        Box(x: $0.x * scale.0, y: $0.y * scale.1, width: $0.width * scale.0, height: $0.height * scale.1)
      }
      let alpha = mask.mask.resized(to: size).bytes.map { Float($0) / 255 }
      let sample = Composite(image: mask.crop.resized(to: size), face: face, alpha: alpha)
      let found = try state.alpha(MaskBatch([sample], side: side))
      let both = MaskScore.compare(found[...], alpha[...])
      overlaps.append(both.overlap)
      errors.append(both.error)
    }
    return MaskScore(overlaps: overlaps, errors: errors)
  }

  private func digest(_ masks: [CorrectedMask], _ weights: MaskWeights) -> String {
    var text = "\(steps) \(batch) \(learningRate) \(seed) \(bfloat16) \(Digest(of: weights.data))"
    for mask in masks {
      text +=
        " \(mask.id) \(Digest(of: mask.crop.bytes)) \(Digest(of: mask.mask.bytes)) \(mask.face.map { "\($0)" } ?? "")"
    }
    return Digest(of: text).hex
  }

  /// The lock of the folder; the system releases it when the process ends.
  private struct Lock {
    private let descriptor: Int32

    init(_ folder: URL) throws {
      descriptor = open(folder.appendingPathComponent(".lock").path, O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else { throw WriteError(path: folder.path, code: errno) }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        close(descriptor)
        throw MaskLearnError.busy(folder.path)
      }
    }

    func release() { close(descriptor) }
  }
}

/// Why corrected masks cannot be used for fine-tuning.
public enum MaskLearnError: Error, Sendable, Equatable, CustomStringConvertible {
  /// There are masks of too few pictures; their number.
  case tooFew(Int)
  /// Another process trains in the same folder.
  case busy(String)
  /// A loss became NaN.
  case diverged

  /// One sentence that says what to do.
  public var description: String {
    switch self {
    case .tooFew(let count):
      "there are corrected masks of \(count) pictures, at least 4 are needed; ten or more are better"
    case .busy(let path): "another process is learning in \(path); wait until it is done"
    case .diverged: "the loss became NaN; the network in use was not changed"
    }
  }
}
