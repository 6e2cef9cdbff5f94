import Foundation
import Imaging
import Models
import TestSupport

/// Real images and the model files of detectors that tests find on this machine.
enum DetectorFiles {
  /// The file of a model of the catalogue; nil if it is not installed.
  @Sendable static func find(_ model: String) -> URL? { ModelStore().locate(model) }

  /// Whether all of these models and the test images are installed.
  static func ready(_ models: String...) -> Bool {
    TestData.images != nil && models.allSatisfy { find($0) != nil }
  }

  /// The decoded images in a folder of the test data and its subfolders, sorted by path.
  static func images(_ folder: String, limit: Int = .max) throws -> [ImageBuffer] {
    guard let root = TestData.images?.appendingPathComponent(folder) else { return [] }
    let paths = try FileManager.default.subpathsOfDirectory(atPath: root.path).sorted()
    let pictures = paths.filter { path in
      [".jpg", ".png", ".jpeg"].contains { path.lowercased().hasSuffix($0) }
    }
    return try pictures.prefix(limit).map { try ImageFile.read(root.appendingPathComponent($0)).image }
  }
}
