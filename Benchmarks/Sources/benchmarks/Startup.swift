import Foundation

/// How long a person waits for `easel --help`.
enum Startup {
  static func run() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "easel-startup-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let source = folder.appendingPathComponent("empty.swift")
    try Data("print(1)\n".utf8).write(to: source)
    let empty = folder.appendingPathComponent("empty").path
    try Command.time("/usr/bin/env", ["swiftc", "-O", source.path, "-o", empty])
    let easel = try Command.easel()
    var (ours, theirs): ([Double], [Double]) = ([], [])
    for round in 0..<25 {
      let pair = (try Command.time(easel, ["--help"]), try Command.time(empty, []))
      if round >= 5 {
        ours.append(pair.0)
        theirs.append(pair.1)
      }
    }
    print(
      String(
        format: "  easel --help: %.1f ms, an empty Swift program: %.1f ms; %.1f ms more (medians of %d)",
        median(ours) * 1e3,
        median(theirs) * 1e3, (median(ours) - median(theirs)) * 1e3, ours.count))
  }
}
