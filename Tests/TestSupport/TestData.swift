public import Foundation

/// The folders with real images and models that tests read; nil if the environment variables are not set.
public enum TestData {
  /// Real images, from EASEL_TEST_DATA.
  public static let images = folder("EASEL_TEST_DATA")
  /// Model files, from EASEL_MODELS.
  public static let models = folder("EASEL_MODELS")
  /// Tensors from the published trainers, from EASEL_REFERENCE.
  public static let reference = folder("EASEL_REFERENCE")

  private static func folder(_ variable: String) -> URL? {
    guard let path = ProcessInfo.processInfo.environment[variable], !path.isEmpty else { return nil }
    return URL(fileURLWithPath: path, isDirectory: true)
  }
}
