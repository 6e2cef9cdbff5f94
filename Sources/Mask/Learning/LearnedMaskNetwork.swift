public import Dataset
public import Foundation

/// A dataset's own mask network: the built-in one, fine-tuned on the masks that were corrected or accepted.
///
/// It is stored in `mask-network/` of the output folder: `network.weights`, only if it is better than the built-in network,
/// and `record.json` with the measurements. Deleting the folder restores the built-in network.
public struct LearnedMaskNetwork: Sendable {
  /// The measurements on corrected masks that were not used for training.
  public struct Record: Sendable, Equatable, Decodable {
    /// Whether the fine-tuned network is better, and used.
    public var used: Bool
    /// The scores of the built-in network.
    public var before: Score
    /// The scores of the fine-tuned network.
    public var after: Score
  }

  /// Scores on corrected masks.
  public struct Score: Sendable, Equatable, Decodable {
    /// The mean absolute difference of alpha, 0 to 1.
    public var alphaError: Double
  }

  /// The folder.
  public let folder: URL

  /// The network of the dataset in `output`.
  public init(_ output: OutputFolder) {
    folder = output.url.appendingPathComponent("mask-network")
  }

  /// The file of the weights.
  public var file: URL { folder.appendingPathComponent("network.weights") }
  /// The file of the record.
  public var recordFile: URL { folder.appendingPathComponent("record.json") }

  /// The record; nil if there is none, or if it cannot be read.
  public var record: Record? {
    (try? Data(contentsOf: recordFile)).flatMap { try? JSONDecoder().decode(Record.self, from: $0) }
  }

  /// The network that masks are made with.
  public struct Choice: Sendable, Equatable {
    /// The fine-tuned network's file; nil for the built-in network.
    public var file: URL?
    /// The digest of the weights, on which masks depend.
    public var digest: String
    /// A warning about a network that cannot be used, as one sentence; nil if there is none.
    public var note: String?
  }

  /// The network to use: the fine-tuned one if it is valid and better, else the built-in one.
  public var choice: Choice {
    let builtIn = Choice(file: nil, digest: MaskNetwork.builtInDigest)
    guard FileManager.default.fileExists(atPath: file.path) else { return builtIn }
    func unusable(_ why: String) -> Choice {
      Choice(
        file: nil, digest: builtIn.digest,
        note:
          "the fine-tuned network \(file.path) is not used, the built-in one is: \(why); run easel mask --learn "
          + "again, or easel mask --forget")
    }
    guard let record else { return unusable("\(recordFile.lastPathComponent) is missing or damaged") }
    guard record.used else { return builtIn }
    do {
      try MaskNetwork(file).check()
      return Choice(file: file, digest: try Digest(ofFile: file).hex)
    } catch { return unusable((error as? any ItemFailure)?.sentence ?? "\(error)") }
  }

  /// Removes the fine-tuned network; the built-in one is used again.
  ///
  /// - Returns: Whether there was one.
  @discardableResult
  public func forget() -> Bool {
    let was = FileManager.default.fileExists(atPath: file.path)
    try? FileManager.default.removeItem(at: folder)
    return was
  }
}
