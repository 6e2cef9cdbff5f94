public import Dataset
public import Foundation
import Vision

/// A dataset's own mask network: the built-in one, fine-tuned on the masks that were corrected or accepted.
///
/// It is in `mask-network/` of the output folder: `network.onnx`, and `card.json` with what it was measured on. Deleting the
/// folder restores the built-in network.
public struct LearnedMaskNetwork: Sendable {
  /// How a fine-tuned network was made, and how good it is.
  public struct Card: Sendable, Equatable, Codable {
    /// When it was made, as ISO 8601.
    public var date: String
    /// How many corrected masks it was trained on.
    public var corrected: Int
    /// How many accepted masks it was trained on.
    public var accepted: Int
    /// How many corrected masks were held out to measure it.
    public var heldOut: Int
    /// The mean alpha error of the network that was used before, on the masks held out, 0 to 1.
    public var before: Double
    /// The mean alpha error of the fine-tuned network on the same masks, 0 to 1.
    public var after: Double
    /// The digest of `network.onnx`.
    public var digest: String

    /// Whether it is better than the built-in network, and used.
    public var isUsed: Bool { after < before }

    /// A card from all its fields.
    public init(
      date: String, corrected: Int, accepted: Int, heldOut: Int, before: Double, after: Double, digest: String
    ) {
      (self.date, self.corrected, self.accepted, self.heldOut) = (date, corrected, accepted, heldOut)
      (self.before, self.after, self.digest) = (before, after, digest)
    }
  }

  /// The folder.
  public let folder: URL

  /// The network of the dataset in `output`.
  public init(_ output: OutputFolder) {
    folder = output.url.appendingPathComponent("mask-network")
  }

  /// The ONNX file.
  public var file: URL { folder.appendingPathComponent("network.onnx") }
  /// The file of the card.
  public var cardFile: URL { folder.appendingPathComponent("card.json") }
  /// The folder of a training that is not finished.
  public var training: URL { folder.appendingPathComponent("training") }

  /// The card; nil if there is none, or if it cannot be read.
  public var card: Card? {
    (try? Data(contentsOf: cardFile)).flatMap { try? JSONDecoder().decode(Card.self, from: $0) }
  }

  /// Which network masks are made with.
  public struct Choice: Sendable, Equatable {
    /// The fine-tuned network's file; nil for the built-in network.
    public var file: URL?
    /// The digest of the weights, on which masks depend.
    public var digest: String
    /// What the user should know about it, as one sentence; nil if there is nothing to say.
    public var note: String?
  }

  /// The network to use: the fine-tuned one if it is valid and better, else the built-in one.
  public var choice: Choice {
    let builtIn = Choice(file: nil, digest: MaskNetwork.builtInDigest)
    guard FileManager.default.fileExists(atPath: file.path) else { return builtIn }
    func refused(_ why: String) -> Choice {
      Choice(
        file: nil, digest: builtIn.digest,
        note: "the fine-tuned mask network \(file.path) is not used, the built-in one is: \(why); "
          + "run easel mask --learn again, or easel mask --forget")
    }
    guard let card else { return refused("\(cardFile.lastPathComponent) is missing or damaged") }
    guard card.isUsed else { return builtIn }
    guard let digest = try? Digest(ofFile: file).hex, digest == card.digest else {
      return refused("it is not the file that was measured")
    }
    do { try MaskNetwork(file).check() } catch {
      return refused((error as? any ItemFailure)?.sentence ?? "\(error)")
    }
    return Choice(file: file, digest: digest)
  }

  /// Saves the network in `network` with its card; the card is written last, so an interrupted call changes nothing.
  ///
  /// - Throws: `WriteError`, or a Foundation error if `network` cannot be read.
  public func save(_ network: URL, _ card: Card) throws {
    try? FileManager.default.removeItem(at: cardFile)
    try AtomicFile.write(try Data(contentsOf: network), to: file)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    try AtomicFile.write(try encoder.encode(card), to: cardFile)
  }

  /// Removes the fine-tuned network; the built-in one is used again.
  ///
  /// - Returns: Whether there was one.
  @discardableResult
  public func forget() -> Bool {
    let was = FileManager.default.fileExists(atPath: folder.path)
    try? FileManager.default.removeItem(at: folder)
    return was
  }
}
