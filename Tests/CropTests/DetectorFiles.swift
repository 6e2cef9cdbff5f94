import Foundation
import Imaging
import Models
import TestSupport

/// Real images and the model files of detectors that tests find on this machine.
enum DetectorFiles {
  /// Where this machine has a model of the catalogue.
  @Sendable static func find(_ model: String) -> URL? { ModelStore().locate(model) }

  /// Whether all of these models are here, and images to try them on.
  static func ready(_ models: String...) -> Bool {
    TestData.images != nil && models.allSatisfy { find($0) != nil }
  }

  /// The decoded images below a folder of the test data, in the order of their paths.
  static func images(_ folder: String, most: Int = .max) throws -> [ImageBuffer] {
    guard let root = TestData.images?.appendingPathComponent(folder) else { return [] }
    let paths = try FileManager.default.subpathsOfDirectory(atPath: root.path).sorted()
    let pictures = paths.filter { path in
      [".jpg", ".png", ".jpeg"].contains { path.lowercased().hasSuffix($0) }
    }
    return try pictures.prefix(most).map { try ImageFile.read(root.appendingPathComponent($0)).image }
  }
}
