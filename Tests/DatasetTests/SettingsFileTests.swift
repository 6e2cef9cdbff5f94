import Foundation
import TestSupport
import Testing

@testable import Dataset

/// A small valid file, to which the tests add their mistakes.
let smallest = """
  domains:
    A: { sources: [ { photos: selfies } ] }
    B: { sources: [ { screenshots: anime } ] }

  """

/// Reads `text` as `datasets.yaml` in the folder `/data`.
func settings(_ text: String, set overrides: [String] = []) throws -> Settings {
  try SettingsFile.parse(
    text, name: "datasets.yaml", folder: URL(fileURLWithPath: "/data", isDirectory: true),
    overrides: overrides)
}

/// The error message of reading `text`; nil if it is valid.
func errorMessage(_ text: String, set overrides: [String] = []) throws -> String? {
  do {
    _ = try settings(text, set: overrides)
    return nil
  } catch let error as SettingsError {
    return error.description
  }
}

struct SettingsFileTests {
  @Test("Missing keys have their defaults") func defaults() throws {
    let read = try settings(smallest)
    #expect(read.name == "dataset")
    #expect(read.output.path == "/data/build/dataset")
    #expect(read.size == 256)
    #expect(read.background == .white)
    #expect(read[.a].crop == CropSettings(domain: .a))
    #expect(read[.b].crop == CropSettings(domain: .b))
    #expect(read[.a].crop.minFace == 96 && read[.a].crop.faces == .largest)
    #expect(read[.b].crop.minFace == 64 && read[.b].crop.faces == .all)
    #expect(read[.a].mask.method == .auto)
    #expect(read.curate == CurateSettings())
    #expect(read.train == TrainSettings())
  }

  @Test("All documented keys are read") func allKeys() throws {
    let read = try settings(
      """
      name: selfie2anime
      output: build/selfie2anime
      size: 128
      background: "#10FF00"           # a comment
      domains:
        A:
          sources:
            - photos: /pictures/selfies
            - celebamask-hq: ../CelebAMask-HQ
              parts: [skin, hair, hat, l_ear, neck]
          crop: { detector: yunet, framing: photo2cartoon, align: none, min-face: 100, faces: central }
          mask: { method: segment }
        B:
          sources:
            - screenshots: jojo/*.png
            - videos: /videos/jojo-ep1.mkv
              every: 0.25s
            - videos: /videos/jojo-ep2.mkv
              every: 12
          crop: { detector: anime, framing: 1.5, border: reflect }
          mask: { method: grabcut }
      curate:
        keep-if: { sharpness: 0.2, brightness: [0.2, 0.9], roll: any, native-face: 80 }
        duplicates: { distance: 8, confirm: 0.9 }
        split: { test: 12, seed: 7 }
      train:
        model: photo2cartoon-full
        steps: 100_000
        batch: 2
        size: 64
        width: 16
        learning-rate: 2e-4
        seed: 3
        sample-every: 10
        save-every: 20
        keep: 1
        device: cuda:1
        precision: bf16
        run: runs/first
      """)
    #expect(read.name == "selfie2anime")
    #expect(read.output.path == "/data/build/selfie2anime")
    #expect(read.size == 128)
    #expect(read.background == .color(red: 16, green: 255, blue: 0))

    let a = read[.a]
    #expect(a.sources.map(\.kind) == [.photos, .celebamaskHQ])
    #expect(a.sources.map(\.location) == ["/pictures/selfies", "/CelebAMask-HQ"])
    #expect(a.sources[1].parts == ["skin", "hair", "hat", "l_ear", "neck"])
    #expect(a.sources[1].place == "datasets.yaml:9")
    #expect(a.crop.detector == "yunet" && a.crop.framing == .photo2cartoon && a.crop.align == .none)
    #expect(a.crop.minFace == 100 && a.crop.faces == .central && a.mask.method == .segment)

    let b = read[.b]
    #expect(
      b.sources.map(\.location) == ["/data/jojo/*.png", "/videos/jojo-ep1.mkv", "/videos/jojo-ep2.mkv"])
    #expect(b.sources.map(\.every) == [.seconds(0.5), .seconds(0.25), .frames(12)])
    #expect(b.crop.detector == "animeface" && b.crop.framing == .box(1.5) && b.crop.border == .reflect)

    #expect(read.curate[rule: .sharpness] == .init(measure: .sharpness, minimum: 0.2))
    #expect(read.curate[rule: .brightness] == .init(measure: .brightness, minimum: 0.2, maximum: 0.9))
    #expect(read.curate[rule: .roll] == nil)
    #expect(read.curate[rule: .coverage] == CurateSettings()[rule: .coverage])
    #expect(
      read.curate.keepIf.map(\.measure) == [
        .black, .blocking, .brightness, .clipped, .coverage, .nativeFace, .noise, .resolution, .sharpness,
        .text,
        .whitePoint,
      ])
    #expect(read.curate.duplicateDistance == 8 && read.curate.duplicateConfirm == 0.9)
    #expect(read.curate.test == 12 && read.curate.seed == 7)

    let train = read.train
    #expect(train.model == .photo2cartoonFull && train.steps == 100_000 && train.batch == 2)
    #expect(train.size == 64 && train.width == 16 && train.learningRate == 0.0002 && train.seed == 3)
    #expect(train.sampleEvery == 10 && train.saveEvery == 20 && train.keep == 1)
    #expect(train.device == "cuda:1" && train.precision == "bf16" && train.run?.path == "/data/runs/first")
  }

  @Test("A tilde at the start of a path is the home folder, other tildes are kept") func tilde() throws {
    let home = FileManager.default.homeDirectoryForCurrentUser.path
    let read = try settings(
      "output: ~/out\n" + smallest.replacing("selfies", with: "~/a").replacing("anime", with: "a~/b"))
    #expect(read.output.path == "\(home)/out")
    #expect(read[.a].sources[0].location == "\(home)/a")
    #expect(read[.b].sources[0].location == "/data/a~/b")
  }

  @Test("Relative paths are relative to the settings file's folder") func relativePaths() throws {
    let folder = try TemporaryFolder()
    let file = folder.appending("datasets.yaml")
    try Data(("\u{FEFF}" + smallest.replacing("\n", with: "\r\n")).utf8).write(to: file)
    let read = try SettingsFile.load(file, overrides: ["size=64"])
    #expect(read.output.path == folder.appending("build/dataset").path)
    #expect(read[.a].sources[0].location == folder.appending("selfies").path)
    #expect(read.size == 64)
  }

  @Test("A missing, empty, oversized or non-UTF-8 file is rejected by name") func unusableFiles() throws {
    let folder = try TemporaryFolder()
    func message(_ name: String, _ content: [UInt8]?) throws -> String {
      let url = folder.appending(name)
      if let content { try Data(content).write(to: url) }
      let error = #expect(throws: SettingsError.self) { try SettingsFile.load(url) }
      return try #require(error).description.replacing(folder.url.path + "/", with: "")
    }
    #expect(
      try message("none.yaml", nil)
        == "none.yaml: there is no such file; `easel init` writes one")
    #expect(
      try message("empty.yaml", []) == "empty.yaml: the file is empty; `easel init` shows what to write")
    #expect(
      try message("comment.yaml", Array("# nothing\n".utf8))
        == "comment.yaml: the file is empty; `easel init` shows what to write")
    #expect(
      try message("latin.yaml", Array("a: 1\nb: ".utf8) + [0xE9, 0x0A])
        == "latin.yaml:2: this is not UTF-8 text; save the file as UTF-8")
    #expect(
      try message("large.yaml", Array(repeating: UInt8(ascii: "#"), count: 1 << 20 + 1))
        == "large.yaml: the file is larger than 1 MiB, so it is not a settings file")
    try FileManager.default.createDirectory(at: folder.appending("folder"), withIntermediateDirectories: true)
    #expect(try message("folder", nil) == "folder: this is a folder; name the file in it")
  }

  @Test("A missing or repeated source is reported with its line") func missingSources() throws {
    let folder = try TemporaryFolder()
    for name in ["one [x].png", "two.png", ".hidden.png", "sub"] {
      try FileManager.default.createDirectory(at: folder.appending(name), withIntermediateDirectories: true)
    }
    func roots(_ location: String) -> [String] {
      SourceSettings(kind: .photos, location: folder.appending(location).path).roots.map(\.lastPathComponent)
    }
    #expect(roots("two.png") == ["two.png"])
    #expect(roots("one [x].png") == ["one [x].png"])
    #expect(roots("*.png") == ["one [x].png", "two.png"])
    #expect(roots("t?[wx].png") == [])
    #expect(roots("t?[ox].png") == ["two.png"])
    #expect(roots("*/none") == [])

    let file = folder.appending("datasets.yaml")
    try Data(smallest.replacing("selfies", with: "sub").utf8).write(to: file)
    let error = #expect(throws: SettingsError.self) { try SettingsFile.load(file).validateSources() }
    #expect(
      error?.description
        == "\(file.path):3: '\(folder.url.path)/anime' does not exist; correct the path or remove the source"
    )
    try SettingsFile.load(file, overrides: ["domains.B.sources=[{screenshots: '*.png'}]"]).validateSources()
    #expect(throws: SettingsError.self) {
      try SettingsFile.load(file, overrides: ["domains.B.sources=[{screenshots: '*.jpg'}]"]).validateSources()
    }
    let twice = #expect(throws: SettingsError.self) {
      try SettingsFile.load(
        file, overrides: ["domains.B.sources=[{screenshots: sub}, {screenshots: './sub/'}]"]
      )
      .validateSources()
    }
    #expect(twice?.message.contains("is already a source of domain A at \(file.path):") == true)
    #expect(twice?.message.hasSuffix("remove one of the two") == true)
  }

  @Test("A stricter preset keeps nothing that a gentler one rejects")
  func presets() throws {
    let (gentle, normal, strict) = (
      CurateSettings.Preset.gentle.rules, CurateSettings.Preset.normal.rules,
      CurateSettings.Preset.strict.rules
    )
    #expect(CurateSettings().keepIf == normal)
    let drawings = [CurateSettings.Preset.gentle, .normal, .strict].map { $0.rules(for: .b) }
    for (loose, tight) in [
      (gentle, normal), (normal, strict), (drawings[0], drawings[1]), (drawings[1], drawings[2]),
    ] {
      for rule in loose {
        let other = try #require(tight.first { $0.measure == rule.measure })
        #expect(
          other.minimum >= rule.minimum && other.maximum ?? .infinity <= rule.maximum ?? .infinity, "\(rule)")
      }
    }
    var settings = CurateSettings()
    settings.preset = .strict
    #expect(settings.keepIf == strict)
  }

  @Test("A preset allows more clipped parts in drawings, unless the user sets a limit for both domains")
  func clippedDrawings() throws {
    func limits(_ text: String) throws -> [Double?] {
      let read = try settings(smallest + text)
      return [Domain.a, .b].map { read.rules(for: $0).first { $0.measure == .clipped }?.maximum }
    }
    #expect(try limits("") == [0.3, 0.5])
    #expect(try limits("curate: { preset: strict }") == [0.15, 0.35])
    #expect(try limits("curate: { keep-if: { clipped: [0, 0.2] } }") == [0.2, 0.2])
    #expect(try limits("curate: { keep-if: { clipped: any } }") == [nil, nil])
  }

  @Test("A limit that the user sets for both domains replaces a domain's default limit")
  func commonLimit() throws {
    func scores(_ text: String) throws -> [Double?] {
      let read = try settings(smallest + text)
      return [Domain.a, .b].map { read.rules(for: $0).first { $0.measure == .score }?.minimum }
    }
    #expect(try scores("") == [nil, 0.9])
    #expect(try scores("curate: { keep-if: { score: 0.5 } }") == [0.5, 0.5])
    #expect(
      try settings(smallest, set: ["domains.B.keep-if={ score: 0.7 }", "curate.keep-if.score=0.5"])
        .rules(for: .b).first { $0.measure == .score }?.minimum == 0.7)
  }
}
