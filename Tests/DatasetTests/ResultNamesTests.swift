import Dataset
import Foundation
import TestSupport
import Testing

struct ResultNamesTests {
  @Test("Numbers that would make another input's name are skipped") func numbers() {
    let names = ResultNames(["a", "a_1", "a_3", "a_1_1", "b/a_2"])
    #expect(names("a", count: 1) == ["a"])
    #expect(names("a", count: 3) == ["a_2", "a_4", "a_5"])
    #expect(names("a_1", count: 2) == ["a_1_2", "a_1_3"])
    #expect(names("b/a", count: 2) == ["b/a_1", "b/a_3"])
    #expect(names("a", count: 0).isEmpty)
  }

  @Test("No two results have the same name, however many faces each picture has", arguments: 1...60)
  func unique(seed: Int) throws {
    let folder = try TemporaryFolder()
    let files = ["a.png", "a_1.png", "a_1_1.jpg", "a_2.png", "a.jpg", "b/a_1.png", "a.png_1.png", "a-2.png"]
    for file in files {
      let url = folder.appending(file)
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data().write(to: url)
    }
    let inputs = PlainInputs([folder.url.path])
    #expect(inputs.files.count == files.count)
    let names = inputs.resultNames
    let results = inputs.files.enumerated().flatMap { names($1.name, count: 1 + (seed * ($0 + 3)) % 4) }
    #expect(Set(results).count == results.count, "\(results)")
  }
}
