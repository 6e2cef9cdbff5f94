import Imaging

/// The two domains of a dataset.
public enum Domain: String, Sendable, Hashable, Codable, CaseIterable {
  /// The source: selfies and other photos (real_A).
  case a = "A"
  /// The target: anime faces (real_B).
  case b = "B"
}

/// The two uses of a sample.
public enum Split: String, Sendable, Hashable, Codable, CaseIterable {
  /// Training samples.
  case train
  /// Test samples, for sample sheets and evaluation.
  case test
}

/// What a source contains.
///
/// It decides how the source is read.
public enum SourceKind: String, Sendable, Hashable, Codable, CaseIterable {
  /// Photographs.
  case photos
  /// Frames of anime videos, as image files.
  case screenshots
  /// Video files, from which frames are taken.
  case videos
  /// Anime characters with alpha.
  case sprites
  /// CelebAMask-HQ in the archive's own layout.
  case celebamaskHQ = "celebamask-hq"
}

/// The identity of a source image: the SHA-256 of the file's bytes, and for a video frame its time.
///
/// Names are derived from it, so two files called `0001.png` never collide, and a renamed file is not a new
/// one.
public struct SourceID: Sendable, Hashable, Codable, RawRepresentable, Comparable {
  /// 64 hexadecimal digits; for a video frame followed by `@` and milliseconds.
  public let rawValue: String

  /// An identity from its text in the ledger.
  public init(rawValue: String) { self.rawValue = rawValue }

  /// The identity of a file, or of a video's frame at `time` seconds.
  public init(sha256: String, time: Double? = nil) {
    rawValue = sha256 + (time.map { "@\(Int(($0 * 1000).rounded()))" } ?? "")
  }

  /// Orders by the text.
  public static func < (left: SourceID, right: SourceID) -> Bool { left.rawValue < right.rawValue }

  /// The identity of the sample that is cut around face number `face` (from 0) of this image: 16 hexadecimal
  /// digits.
  public func sampleID(domain: Domain, face: Int) -> String {
    String(Digest(of: "\(rawValue)/\(domain.rawValue)/\(face)").hex.prefix(16))
  }
}
