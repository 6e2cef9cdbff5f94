public import Foundation

/// Translates an image with a checkpoint of the run, for the page.
///
/// Review does not train, so the command that starts the page provides the implementation.
public protocol PictureTrial: Sendable {
  /// Detects the face of an image, masks it and translates it.
  ///
  /// - Parameters:
  ///   - picture: A JPEG or PNG file.
  ///   - step: The step of the checkpoint.
  ///   - isAToB: Whether to translate from A to B; otherwise from B to A.
  ///   - run: The run's folder.
  /// - Returns: A PNG file with the masked crop, the attention and the result side by side.
  /// - Throws: `TrialError`.
  func translate(_ picture: Data, step: Int, isAToB: Bool, run: URL) async throws -> Data
}

/// The reason why an image was not translated.
public struct TrialError: Error, Sendable {
  /// One sentence.
  public let sentence: String

  /// An error with its sentence.
  public init(_ sentence: String) { self.sentence = sentence }
}
