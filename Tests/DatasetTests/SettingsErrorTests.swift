import Foundation
import TestSupport
import Testing

@testable import Dataset

struct SettingsErrorTests {
  /// Mistakes, each appended to a small file of three lines, and their error messages.
  static let mistakes: [(String, String)] = [
    ("trian: {}", "unknown key 'trian'; did you mean 'train'?"),
    (
      "frobnicate: 1",
      "unknown key 'frobnicate'; the nearest known key is 'name', "
        + "of name, output, size, background, domains, curate and train"
    ),
    ("train: { step: 3 }", "unknown key 'step' under train; did you mean 'steps'?"),
    ("train: { learning_rate: 3 }", "unknown key 'learning_rate' under train; did you mean 'learning-rate'?"),
    (
      "curate: { keep-if: { sharpnes: 0.2 } }",
      "unknown key 'sharpnes' under curate.keep-if; did you mean 'sharpness'?"
    ),
    (
      "<<: {}",
      "unknown key '<<'; the nearest known key is 'name', of name, output, size, background, domains, curate and train"
    ),
    ("size: abc", "size is 'abc'; it must be a whole number from 64 to 2048, a multiple of 16"),
    ("size: 100", "size is '100'; it must be a whole number from 64 to 2048, a multiple of 16"),
    ("size: 4096", "size is '4096'; it must be a whole number from 64 to 2048, a multiple of 16"),
    (
      "size: \"256\"", "size is the text \"256\"; it must be a whole number from 64 to 2048, a multiple of 16"
    ),
    (
      "size: 99999999999999999999",
      "size is '99999999999999999999'; it must be a whole number from 64 to 2048, a multiple of 16"
    ),
    ("size:", "size is empty; it must be a whole number from 64 to 2048, a multiple of 16"),
    ("size: [256]", "size is a list; it must be a whole number from 64 to 2048, a multiple of 16"),
    ("name: a/b", "name is 'a/b'; it must be a name without '/' that does not begin with '.'"),
    (
      "background: #ff0000",
      "background is empty; it must be white, transparent, keep or a color such as \"#f0f0f0\", in quotes"
    ),
    (
      "background: whit",
      "background is 'whit'; it must be white, transparent, keep or a color such as \"#f0f0f0\", in quotes; "
        + "did you mean 'white'?"
    ),
    (
      "background: \"#+10203\"",
      "background is the text \"#+10203\"; it must be white, transparent, keep or a color such as \"#f0f0f0\", in quotes"
    ),
    (
      "train: fast",
      "train is 'fast'; it must be a table of model, steps, batch, size, width, learning-rate, decay, "
        + "accumulate, clip, weights, compat, face, ema, diffaugment, r1, r1-every, augment-target, pool, seed, from, warmup, "
        + "sample-every, save-every, keep, features, device, precision, deterministic, exchange and run"
    ),
    (
      "train: { model: ugatit-lite }",
      "train.model is 'ugatit-lite'; it must be ugatit, ugatit-light, photo2cartoon or photo2cartoon-full; "
        + "did you mean 'ugatit-light'?"
    ),
    ("train: { steps: 0 }", "train.steps is '0'; it must be a whole number from 1"),
    ("train: { batch: 1.5 }", "train.batch is '1.5'; it must be a whole number from 1 to 4096"),
    (
      "train: { size: 100 }",
      "train.size is '100'; it must be a whole number from 32 to 2048, a multiple of 16, or auto"
    ),
    (
      "train: { learning-rate: 0 }",
      "train.learning-rate is '0'; it must be a number greater than 0 and at most 1"
    ),
    (
      "train: { learning-rate: nan }",
      "train.learning-rate is 'nan'; it must be a number greater than 0 and at most 1"
    ),
    (
      "train: { device: gpu }",
      "train.device is 'gpu'; it must be auto, cpu, cuda or cuda:N, the GPU's number; did you mean 'cpu'?"
    ),
    (
      "train: { precision: fp8 }",
      "train.precision is 'fp8'; it must be auto, fp32, tf32, bf16 or fp16; did you mean 'fp32'?"
    ),
    (
      "curate: { duplicates: { distance: 17 } }",
      "curate.duplicates.distance is '17'; it must be a whole number from 0 to 16"
    ),
    (
      "curate: { duplicates: { confirm: 1.1 } }",
      "curate.duplicates.confirm is '1.1'; it must be a number of at least 0 and at most 1"
    ),
    ("curate: { split: { test: -1 } }", "curate.split.test is '-1'; it must be a whole number from 0"),
    (
      "curate: { keep-if: { roll: [30, -30] } }",
      "curate.keep-if.roll is a list; it must be a number (the minimum), or a pair such as [0.1, 0.9] (minimum and maximum), or any"
    ),
    (
      "curate: { keep-if: { roll: [1, 2, 3] } }",
      "curate.keep-if.roll is a list; it must be a number (the minimum), or a pair such as [0.1, 0.9] (minimum and maximum), or any"
    ),
    ("domains: {}", "'domains' is given more than once in one place"),
    ("- a", "this is not YAML: while parsing a block mapping (line 1): did not find expected key"),
    (
      "name: [a", "this is not YAML: while parsing a flow sequence (line 4): did not find expected ',' or ']'"
    ),
    ("name: 'a", "this is not YAML: while scanning a quoted scalar: found unexpected end of stream"),
    (
      "\tname: a",
      "this is not YAML: while scanning for the next token: found character that cannot start any token; "
        + "indent with spaces, not tabs, and put a value that begins with '@', '%' or '`' in quotes"
    ),
    ("? [a]\n: b", "a key must be a word, not a list or table"),
    ("name: [&x a, *x]", "aliases such as *x are not supported; write the value itself"),
    (
      "name: *x",
      "this is not YAML: found undefined alias; put a value that begins with '*' or '&' in quotes"
    ),
    (
      "name: *.jpg",
      "this is not YAML: while scanning an alias: did not find expected alphabetic or numeric character; "
        + "put a value that begins with '*' or '&' in quotes"
    ),
  ]

  @Test("An error names the line and what is wrong", arguments: mistakes) func mistakeInFile(
    mistake: String, message: String
  ) throws {
    let text = try #require(try errorMessage(smallest + mistake))
    let line = message.hasPrefix("'domains'") ? 1 : 4
    #expect(text.hasSuffix(": " + message), "\(text)")
    #expect(text.hasPrefix("datasets.yaml:"))
    let end = message.contains("did not find") || message.contains("end of stream")
    if !end { #expect(text.hasPrefix("datasets.yaml:\(line): "), "\(text)") }
  }

  /// Mistakes in domain A.
  ///
  /// Its sources are in line 3, the mistake is in line 4.
  static let domainMistakes: [(String, String)] = [
    ("    crop: { foces: all }", "4: unknown key 'foces' under domains.A.crop; did you mean 'faces'?"),
    (
      "    crop: { faces: larges }",
      "4: domains.A.crop.faces is 'larges'; it must be largest, all, central or one; did you mean 'largest'?"
    ),
    (
      "    crop: { framing: fhq }",
      "4: domains.A.crop.framing is 'fhq'; it must be photo2cartoon, danbooru, ffhq, arcface, fit, matched, a number "
        + "from 1 to 10 (times the side of the face box), or { up: 0.8, down: 0.3, sides: 0.3 }; did you mean 'ffhq'?"
    ),
    (
      "    crop: { framing: { up: 0.8, bottom: 0.3, sides: 0.3 } }",
      "4: unknown key 'bottom' under domains.A.crop.framing; the nearest known key is 'box', "
        + "of up, down, sides, box and fit"
    ),
    (
      "    crop: { framing: { up: 0.8, down: -1, sides: 0.3 } }",
      "4: domains.A.crop.framing.down is '-1'; it must be a number of at least 0 and at most 5"
    ),
    (
      "    crop: { framing: 0.5 }",
      "4: domains.A.crop.framing is '0.5'; it must be photo2cartoon, danbooru, ffhq, arcface, fit, matched, a number "
        + "from 1 to 10 (times the side of the face box), or { up: 0.8, down: 0.3, sides: 0.3 }"
    ),
    (
      "    crop: { detector: retinaface }",
      "4: domains.A.crop.detector is 'retinaface'; it must be auto, yunet, centerface, haar, animeface or lbp-anime; did you mean 'centerface'?"
    ),
    (
      "    crop: { min-face: 7 }",
      "4: domains.A.crop.min-face is '7'; it must be a whole number from 8 to 8192"
    ),
    (
      "    mask: { method: rembg }",
      "4: domains.A.mask.method is 'rembg'; it must be auto, parts, network, segment, color-model, alpha or none"
    ),
    ("      - ~/x", "4: a source is a kind and a location, such as 'photos: ~/Pictures/selfies', not '~/x'"),
    (
      "      - { every: 1s }",
      "4: this source has no kind; begin it with photos, screenshots, videos, sprites or celebamask-hq"
    ),
    (
      "      - { photos: x, videos: y }",
      "4: one source is both 'photos' and 'videos'; write two entries, each with its own '-'"
    ),
    ("      - { photo: x }", "4: unknown key 'photo' under domains.A.sources; did you mean 'photos'?"),
    ("        every: 1s", "4: 'every' is only allowed for videos, and this source is photos"),
    ("        parts: [skin]", "4: 'parts' is only allowed for celebamask-hq, and this source is photos"),
    (
      "      - { videos: x, every: 0.5 }",
      "4: domains.A.sources.every is '0.5'; it must be \(FrameInterval.allowed)"
    ),
    (
      "      - { videos: x, every: 0s }",
      "4: domains.A.sources.every is '0s'; it must be \(FrameInterval.allowed)"
    ),
    (
      "      - { celebamask-hq: x, parts: [skn] }",
      "4: domains.A.sources.parts is 'skn'; it must be skin, nose, "
        + "eye_g, l_eye, r_eye, l_brow, r_brow, l_ear, r_ear, mouth, u_lip, l_lip, hair, hat, ear_r, neck_l, neck or cloth; "
        + "did you mean 'skin'?"
    ),
    ("      - photos:", "4: domains.A.sources.photos is empty; it must be a folder, a glob or a file"),
  ]

  @Test("An error in a domain names the line and what is wrong", arguments: domainMistakes)
  func mistakeInDomain(mistake: String, message: String) throws {
    let yaml =
      "domains:\n  A: # here\n    sources: \(mistake.hasPrefix("     ") ? "" : "[ { photos: x } ]")\n"
    let first = mistake.hasPrefix("        ") ? "      - photos: x\n" : ""
    let found = try #require(try errorMessage(yaml + first + mistake + "\n"))
    let expected = first.isEmpty ? message : message.replacing("4: ", with: "5: ")
    #expect(found == "datasets.yaml:\(expected)")
  }

  @Test("Settings for training only need no sources") func trainingOnly() throws {
    let folder = try TemporaryFolder()
    let file = folder.appending("datasets.yaml")
    try Data("train: { steps: 7 }\n".utf8).write(to: file)
    #expect(throws: SettingsError.self) { try SettingsFile.load(file) }
    let settings = try SettingsFile.load(file, needsSources: false)
    #expect(settings.train.steps == 7 && settings[.a].sources.isEmpty)
    // The settings that a run saves can be read again.
    try Data(settings.yaml.utf8).write(to: file)
    #expect(try SettingsFile.load(file, needsSources: false).yaml == settings.yaml)
    // An unknown key is still an error.
    try Data("trian: { steps: 7 }\n".utf8).write(to: file)
    #expect(throws: SettingsError.self) { try SettingsFile.load(file, needsSources: false) }
  }

  @Test("Settings without sources in both domains are rejected") func missingSources() throws {
    #expect(
      try errorMessage("name: x")
        == "datasets.yaml: domains.A has no sources; write at least one, such as '- photos: ~/Pictures/selfies'"
    )
    #expect(
      try errorMessage("domains:\n  A: { sources: [ { photos: x } ] }")
        == "datasets.yaml:2: domains.B has no sources; write at least one, such as '- screenshots: ~/Pictures/anime'"
    )
    #expect(
      try errorMessage("domains:\n  A: { sources: [] }\n")
        == "datasets.yaml:2: domains.A.sources is empty; name at least one source")
    #expect(
      try errorMessage("domains:\n  A: { sources: ~/x }\n")
        == "datasets.yaml:2: domains.A.sources is '~/x'; it must be a list of sources such as '- photos: ~/Pictures/selfies'"
    )
    #expect(
      try errorMessage("domains:\n  C: {}\n")
        == "datasets.yaml:2: unknown key 'C' under domains; did you mean 'A'?")
    #expect(
      try errorMessage("[]")?.hasPrefix("datasets.yaml:1: the file is a list; it must be a table of name,")
        == true)
    #expect(try errorMessage("a: 1\n---\nb: 2\n")?.contains("found another document") == true)
  }

  @Test("Overrides are read as strictly as the file") func overrides() throws {
    let read = try settings(
      smallest,
      set: [
        "train.steps=200", "background=#ff0000", "curate.keep-if.roll=[-5, 5]", "domains.A.crop={faces: one}",
        "domains.A.crop.min-face=32", "name='x y'", "train.steps=300",
      ])
    #expect(read.train.steps == 300 && read.background == .color(red: 255, green: 0, blue: 0))
    #expect(read.curate[rule: .roll] == .init(measure: .roll, minimum: -5, maximum: 5))
    #expect(read[.a].crop.faces == .one && read[.a].crop.minFace == 32)
    #expect(read.name == "x y" && read.output.path == "/data/build/x y")

    let wrong: [(String, String)] = [
      ("train.step=3", "unknown key 'step' under train; did you mean 'steps'?"),
      ("train.steps=x", "train.steps is 'x'; it must be a whole number from 1"),
      ("train.steps", "write it as key=value, such as train.steps=200"),
      ("=3", "write it as key=value, such as train.steps=200"),
      ("train..steps=3", "'train..steps' is not a path of keys such as train.steps"),
      ("train.steps.more=3", "train.steps is a table of keys; it must be a whole number from 1"),
      (
        "domains.A.sources.0=x",
        "'domains.A.sources' has no keys; set a whole value with 'domains.A.sources='"
      ),
      ("size=", "size is empty; it must be a whole number from 64 to 2048, a multiple of 16"),
      ("size=[", "this is not YAML: while parsing a flow node: did not find expected node content"),
    ]
    for (override, message) in wrong {
      let found = try #require(try errorMessage(smallest, set: [override]))
      #expect(found == "--set \(override): \(message)")
    }
  }

  /// Texts that are difficult for a parser; each must be rejected quickly.
  static let hostile: [String] = {
    var bomb = "a0: &a0 [x, x]\n"
    for level in 1...40 { bomb += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
    return [
      bomb, bomb + "? *a40\n: x\n", bomb.replacing("\n", with: "\r"), bomb.replacing("\n", with: "\u{2028}"),
      "{a:'b, \(bomb.split(separator: "\n").joined(separator: ", ")), '}",
      String(repeating: "[", count: 100_000), String(repeating: "{a: ", count: 100_000),
      String(repeating: "- ", count: 100_000), String(repeating: "? ", count: 100_000),
      (0..<1400).map { String(repeating: " ", count: $0) + "a:" }.joined(separator: "\n"),
      "a: \0", "\0", "a: \u{1}", "%YAML 9.9\n---\na: b", "%", "'", "\"\\", "\"\\x", "---", "...", "a: b: c",
      "{", "}",
      "\u{2028}", "a:\n - b\n c", ": :", "? ?", "!", "&", "*", "@", "`a`", ">", "|",
      String(repeating: "a: 1\n", count: 50_000), (0..<50_000).map { "k\($0): 1\n" }.joined(),
    ]
  }()

  @Test("Hostile text is rejected", arguments: hostile.indices) func hostileText(index: Int) throws {
    #expect(try errorMessage(Self.hostile[index]) != nil)
  }
}
