import Dataset
package import Foundation

/// The foreground extractors of one worker, created when first used.
package final class ExtractorCache {
  private var created: [String: Result<ForegroundExtractor, SegmentationFailure>] = [:]
  private let models: @Sendable (String) throws -> URL

  /// An empty cache; `models` gives the file of a model by its name.
  package init(models: @escaping @Sendable (String) throws -> URL) { self.models = models }

  /// The extractor for `method` with `model`; a network that cannot be read is not read again.
  func extractor(_ method: MaskSettings.Method, _ model: String) throws -> ForegroundExtractor {
    let key = "\(method.rawValue) \(model)"
    if let extractor = created[key] { return try extractor.get() }
    do {
      let extractor = try ForegroundExtractor(method, model: model, models: models)
      created[key] = .success(extractor)
      return extractor
    } catch let failure as SegmentationFailure {
      created[key] = .failure(failure)
      throw failure
    }
  }
}
