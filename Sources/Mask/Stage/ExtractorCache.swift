import Dataset
package import Foundation

/// The foreground extractors of one worker, created when first used.
package final class ExtractorCache {
  private var created: [String: Result<ForegroundExtractor, SegmentationFailure>] = [:]
  private let learned: URL?
  private let models: @Sendable (String) throws -> URL

  /// An empty cache.
  ///
  /// - Parameters:
  ///   - learned: The dataset's fine-tuned mask network; nil for the built-in network.
  ///   - models: The file of a model by its name.
  package init(learned: URL?, models: @escaping @Sendable (String) throws -> URL) {
    (self.learned, self.models) = (learned, models)
  }

  /// The extractor for `method` with `model`; a network that cannot be read is not read again.
  func extractor(_ method: MaskSettings.Method, _ model: String) throws -> ForegroundExtractor {
    let key = "\(method.rawValue) \(model)"
    if let extractor = created[key] { return try extractor.get() }
    do {
      let extractor = try ForegroundExtractor(method, model: model, learned: learned, models: models)
      created[key] = .success(extractor)
      return extractor
    } catch let failure as SegmentationFailure {
      created[key] = .failure(failure)
      throw failure
    }
  }
}
