public import Foundation
import Imaging

/// A temporary folder with a datasets.yaml and real images, in which tests run the built programs.
public struct Workbench: Sendable {
  /// The folder.
  public let folder: TemporaryFolder
  /// The program `easel`, which also starts `easel-train`.
  public let easel = Program("easel")

  /// An empty folder.
  public init() throws { folder = try TemporaryFolder() }

  /// The output folder of the settings.
  public var output: URL { folder.appending("out") }

  /// Copies some real photos and sprites into the folder, and writes settings for them.
  public static func real(photos: Int = 6, sprites: Int = 4) throws -> Workbench {
    let bench = try Workbench()
    guard let data = TestData.images else { return bench }
    for (from, to, count) in [
      ("lfw/Tony_Blair", "photos", photos), ("renpy-sprites/the_question", "sprites", sprites),
    ] {
      let source = data.appendingPathComponent(from)
      let names = try FileManager.default.contentsOfDirectory(atPath: source.path).sorted()
        .filter { !$0.hasPrefix("bg") }
      try FileManager.default.createDirectory(
        at: bench.folder.appending(to), withIntermediateDirectories: true)
      for name in names.prefix(count) {
        try FileManager.default.copyItem(
          at: source.appendingPathComponent(name), to: bench.folder.appending("\(to)/\(name)"))
      }
    }
    try bench.write(
      """
      name: bench
      output: out
      size: 64
      domains:
        A:
          sources: [{ photos: photos }]
          crop: { min-face: 40 }
        B:
          sources: [{ sprites: sprites }]
          crop: { min-face: 40 }
      curate:
        keep-if: { sharpness: any, roll: any, coverage: any, brightness: any }
        split: { test: 1, seed: 0 }
      train: { width: 4, steps: 4, save-every: 2, sample-every: 4 }
      """, to: "datasets.yaml")
    return bench
  }

  /// Writes a text file into the folder.
  public func write(_ text: String, to name: String) throws { try write(Array(text.utf8), to: name) }

  /// Writes a file into the folder.
  public func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: folder.appending(name))
  }

  /// Runs `easel` in the folder.
  public func run(_ arguments: String..., killAfter: Double? = nil) throws -> Program.Result {
    try easel.run(arguments, in: folder.url, killAfter: killAfter)
  }

  /// Every file below `root` with its bytes, except those whose first path component is in `except`.
  public func files(of root: URL, except: Set<String> = []) throws -> [String: Data] {
    var files: [String: Data] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: root.path) {
      let url = root.appendingPathComponent(path)
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), !isFolder.boolValue,
        !except.contains(String(path.prefix { $0 != "/" }))
      else { continue }
      files[path] = try Data(contentsOf: url)
    }
    return files
  }

  /// All files of the dataset, without the ledger, the lock and the training run.
  public func dataset() throws -> [String: Data] {
    try files(
      of: output, except: ["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm", ".lock", "run"])
  }

  /// The JSON objects of a file of lines.
  public func lines(_ name: String) throws -> [[String: any Sendable]] {
    try String(contentsOf: output.appendingPathComponent(name), encoding: .utf8).split(separator: "\n")
      .compactMap {
        try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: any Sendable]
      }
  }
}
