import Imaging

/// The two sides of a dataset.
public enum Domain: String, Sendable, Hashable, Codable, CaseIterable {
  /// The source: selfies and other photos (real_A).
  case a = "A"
  /// The target: anime faces (real_B).
  case b = "B"
}

/// The two uses of a sample.
public enum Split: String, Sendable, Hashable, Codable, CaseIterable {
  /// Seen by the trainer.
  case train
  /// Kept aside for samples and evaluation.
  case test
}

/// What a source holds, which decides how it is read and what its faces look like.
public enum SourceKind: String, Sendable, Hashable, Codable, CaseIterable {
  /// Photographs.
  case photos
  /// Frames of drawn videos, as image files.
  case screenshots
  /// Video files, of which frames are taken.
  case videos
  /// Drawn figures with their alpha given.
  case sprites
  /// CelebAMask-HQ in the archive's own layout.
  case celebamaskHQ = "celebamask-hq"
}

/// The identity of a source image: the SHA-256 of the file's bytes, and for a video frame its time.
///
/// Names follow from it, so two files called `0001.png` never collide and a renamed file is not a new one.
public struct SourceID: Sendable, Hashable, Codable, RawRepresentable, Comparable {
  /// 64 hexadecimal digits, and `@` with milliseconds for a video frame.
  public let rawValue: String

  /// An identity as the ledger keeps it.
  public init(rawValue: String) { self.rawValue = rawValue }

  /// The identity of a file, or of the frame of it that is shown at `time` seconds.
  public init(sha256: String, time: Double? = nil) {
    rawValue = sha256 + (time.map { "@\(Int(($0 * 1000).rounded()))" } ?? "")
  }

  /// Orders by the text.
  public static func < (left: SourceID, right: SourceID) -> Bool { left.rawValue < right.rawValue }

  /// The name of the sample made of face number `face` (from 0) of this image: 16 hexadecimal digits.
  public func sampleID(domain: Domain, face: Int) -> String {
    String(Digest(of: "\(rawValue)/\(domain.rawValue)/\(face)").hex.prefix(16))
  }
}
