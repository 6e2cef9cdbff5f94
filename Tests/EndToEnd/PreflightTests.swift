import Foundation
import TestSupport
import Testing

@Suite struct PreflightTests {
  /// A settings file with two folders; that of B contains one image.
  private func bench() throws -> Workbench {
    let bench = try Workbench()
    for name in ["photos", "anime"] {
      try FileManager.default.createDirectory(
        at: bench.folder.appending(name), withIntermediateDirectories: true)
    }
    try bench.write("P5 1 1 255\n0", to: "anime/one.pgm")
    try bench.write(
      """
      name: x
      output: out
      domains:
        A: { sources: [ { photos: photos } ], crop: { detector: haar } }
        B: { sources: [ { screenshots: anime } ] }

      """, to: "datasets.yaml")
    return bench
  }

  @Test("An empty source is reported before anything is done") func emptySource() throws {
    let bench = try bench()
    for arguments in [["run", "--check"], ["run"]] {
      let result = try bench.run(arguments[0], arguments.count > 1 ? arguments[1] : "--quiet")
      #expect(result.status == 1)
      #expect(result.talk.contains("domain A has no files"), "\(result.talk)")
    }
    #expect(!FileManager.default.fileExists(atPath: bench.folder.appending("out/store").path))
  }

  @Test("A dry run and a check write nothing") func writesNothing() throws {
    let bench = try bench()
    try bench.write("x", to: "photos/a.jpg")
    _ = try bench.run("run", "--check")
    let dry = try bench.run("run", "--dry-run")
    #expect(dry.output.contains("1 of A (1 new, 0 known)"), "\(dry.output)")
    #expect(!FileManager.default.fileExists(atPath: bench.folder.appending("out").path))
  }

  @Test("A detector that is unknown or missing is reported at the start") func missingModel() throws {
    let bench = try bench()
    try bench.write("x", to: "photos/a.jpg")
    let result = try bench.easel.run(
      ["run", "--set", "domains.A.crop.landmarks=68", "--models", "nowhere"], in: bench.folder.url,
      environment: ["EASEL_MODELS": "", "XDG_CACHE_HOME": bench.folder.appending("cache").path])
    #expect(result.status == 1)
    #expect(result.talk.contains("pfld"), "\(result.talk)")
  }
}
