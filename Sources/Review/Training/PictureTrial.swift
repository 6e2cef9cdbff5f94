public import Foundation

/// Translates one picture with a checkpoint of the run, for the page's try-it part.
///
/// Review does not train, so the command that starts the page brings an implementation.
public protocol PictureTrial: Sendable {
  /// Finds the face of a picture, masks it and translates it.
  ///
  /// - Parameters:
  ///   - picture: A JPEG or PNG file.
  ///   - step: The step of the checkpoint.
  ///   - isAToB: Whether A becomes B; otherwise B becomes A.
  ///   - run: The run's folder.
  /// - Returns: A PNG file: the masked crop, where the network looks, and the result, side by side.
  /// - Throws: `TrialError`.
  func translate(_ picture: Data, step: Int, isAToB: Bool, run: URL) async throws -> Data
}

/// Why a picture was not translated.
public struct TrialError: Error, Sendable {
  /// One sentence.
  public let sentence: String

  /// An error with its sentence.
  public init(_ sentence: String) { self.sentence = sentence }
}
