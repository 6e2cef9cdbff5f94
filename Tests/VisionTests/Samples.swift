import Foundation
import Imaging
import TestSupport
import Vision

/// Real images and models that the tests read.
enum Samples {
  /// The first `limit` decoded files of a folder of the test data, sorted by name; empty if there is no test
  /// data.
  static func images(_ folder: String, limit: Int = .max) throws -> [ImageBuffer] {
    guard let root = TestData.images else { return [] }
    let url = root.appendingPathComponent(folder)
    let names = try FileManager.default.contentsOfDirectory(atPath: url.path).sorted()
    return try names.filter { $0.hasSuffix(".jpg") || $0.hasSuffix(".png") }.prefix(limit).map {
      try ImageFile.read(url.appendingPathComponent($0)).image
    }
  }

  /// One decoded file of the test data.
  static func image(_ path: String) throws -> ImageBuffer {
    guard let root = TestData.images else { throw ImagingError(.missing, reason: "no test data") }
    return try ImageFile.read(root.appendingPathComponent(path)).image
  }

  /// The file called `name` in the folders of models; nil if it does not exist.
  static func model(_ name: String) -> URL? {
    let environment = ProcessInfo.processInfo.environment
    let cache = environment["XDG_CACHE_HOME"] ?? NSHomeDirectory() + "/.cache"
    let folders = [TestData.models, URL(fileURLWithPath: cache + "/easel/models")].compactMap { $0 }
    return folders.map { $0.appendingPathComponent(name) }.first {
      FileManager.default.fileExists(atPath: $0.path)
    }
  }

  /// animeface's library.
  static let animeFace = model(AnimeFaceLibrary.fileName)
  /// Debian's package opencv-data.
  static let haar = URL(
    fileURLWithPath: "/usr/share/opencv4/haarcascades/haarcascade_frontalface_default.xml")
  static let hasHaar = FileManager.default.fileExists(atPath: haar.path)
}
