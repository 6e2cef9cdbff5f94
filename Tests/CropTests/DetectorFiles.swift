import Foundation
import Imaging
import TestSupport

/// Real images and the model files of detectors that tests find on this machine.
enum DetectorFiles {
  /// What the catalogue of models calls a file, and where tests look for it.
  @Sendable static func find(_ model: String) -> URL? {
    let environment = ProcessInfo.processInfo.environment
    let cache = environment["XDG_CACHE_HOME"] ?? NSHomeDirectory() + "/.cache"
    let folders = [TestData.models, URL(fileURLWithPath: cache + "/easel/models")].compactMap { $0 }
    let cascades = [URL(fileURLWithPath: "/usr/share/opencv4/haarcascades")]
    let (file, places): (String, [URL]) =
      switch model {
      case "yunet": ("yunet_120x160.onnx", folders)
      case "yunet-n": ("yunet_n_320_320.onnx", folders)
      case "animeface": ("libnvxs-07331812.so.0.0.0", folders)
      case "lbp-anime": ("lbpcascade_animeface.xml", folders)
      default: (model + ".xml", cascades)
      }
    return places.map { $0.appendingPathComponent(file) }.first {
      FileManager.default.fileExists(atPath: $0.path)
    }
  }

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
