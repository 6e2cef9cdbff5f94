import Foundation
import TestSupport
import Testing

@testable import Dataset

/// Settings in which no value is the default.
private func unusual() -> Settings {
  var settings = Settings(output: URL(fileURLWithPath: "/out/a: b #c \"d\" \u{1F3A8} \u{2028}"))
  settings.name = "null"
  settings.size = 512
  settings.background = .color(red: 1, green: 0, blue: 255)

  settings[.a].sources = [
    SourceSettings(kind: .photos, location: "/photos/[2024] *.jp?g"),
    SourceSettings(kind: .celebamaskHQ, location: "/Ünï/été"),
  ]
  settings[.a].sources[1].parts = ["skin", "ear_r"]
  settings[.a].crop.detector = "haar"
  settings[.a].crop.framing = .danbooru
  settings[.a].crop.align = .none
  settings[.a].crop.minFace = 8
  settings[.a].crop.faces = .one
  settings[.a].crop.border = .edge
  settings[.a].mask.method = .none

  settings[.b].sources = [
    SourceSettings(kind: .videos, location: "/a\\b"), SourceSettings(kind: .videos, location: "/- c"),
    SourceSettings(kind: .sprites, location: "/tab\there\u{7F}"),
    SourceSettings(kind: .screenshots, location: "/two\nlines"),
  ]
  settings[.b].sources[0].every = .seconds(1.0 / 3)
  settings[.b].sources[1].every = .frames(7)
  settings[.b].crop.framing = .box(1.1)
  settings[.b].mask.method = .alpha

  settings[.b].keepIf = [
    .init(measure: .combing, minimum: 0, maximum: 0.5), .init(measure: .yaw, minimum: -.infinity),
  ]
  settings.curate.keepIf = [
    .init(measure: .nativeFace, minimum: 1e-7), .init(measure: .roll, minimum: -0.1, maximum: 1.0 / 3),
  ]
  settings.curate.duplicateDistance = 0
  settings.curate.duplicateConfirm = 1
  settings.curate.test = 0
  settings.curate.seed = .max

  settings.train.model = .photo2cartoonFull
  settings.train.steps = 1
  settings.train.batch = 3
  settings.train.size = 32
  settings.train.width = 5
  settings.train.learningRate = 1e-5
  settings.train.decay = false
  settings.train.accumulate = 4
  settings.train.clip = 0.5
  settings.train.weights.adversarial = 0
  settings.train.weights.cycle = 12.5
  settings.train.weights.face = 3
  settings.train.compat = .tensorflow
  settings.train.face = URL(fileURLWithPath: "/models/face net.pth")
  settings.train.ema = 0.9999
  settings.train.diffaugment = [.color, .cutout]
  settings.train.r1 = 10
  settings.train.r1Every = 1
  settings.train.augmentTarget = 0.6
  settings.train.pool = 50
  settings.train.seed = 1
  settings.train.sampleEvery = 2
  settings.train.saveEvery = 3
  settings.train.keep = 4
  settings.train.device = "cuda:3"
  settings.train.precision = "bf16"
  settings.train.run = URL(fileURLWithPath: "/runs/~x")
  return settings
}

struct SettingsTextTests {
  @Test("Written settings are read as the same settings") func roundTrip() throws {
    let written = unusual()
    let read = try settings(written.yaml)
    #expect(read == written)
    #expect(read.yaml == written.yaml)

    let defaults = try settings(smallest)
    #expect(try settings(defaults.yaml) == defaults)
  }

  @Test("Written settings have every key") func everyKey() throws {
    func paths<Root>(_ keys: [SettingKey<Root>], _ parent: String = "") -> [String] {
      keys.flatMap { key in
        guard case .section(let own) = key.content else { return ["\(parent)\(key.name)"] }
        return paths(own, "\(parent)\(key.name).")
      }
    }
    let tree = try YAMLNode(yaml: unusual().yaml) { "line \($0 ?? 0)" }
    let all = paths(SettingKey<Settings>.all)
    #expect(Set(all).count == all.count)
    for path in all {
      let value = path.split(separator: ".").reduce(Optional(tree)) { $0?[String($1)] }
      #expect(value != nil, "\(path) is not written")
    }
  }

  @Test("The text of the default settings does not change") func canonicalText() throws {
    let text = try settings(smallest).yaml
    #expect(
      text.hasPrefix(
        """
        name: dataset
        output: /data/build/dataset
        size: 256
        background: white
        domains:
          A:
            sources:
              - photos: /data/selfies
            crop:
              detector: auto
              framing: photo2cartoon
              align: eyes
              landmarks: detector
              min-face: 96
              faces: largest
              border: white
            mask:
              method: auto
              model: sinet
            keep-if: {}

        """))
    #expect(text.contains("\n    brightness: [0.1, 0.97]\n    brisque: any\n"))
  }

  @Test("The new settings file can be read, and every key is explained") func template() throws {
    let text = SettingsFile.template(
      name: "my faces", photos: "~/Pictures/selfies", screenshots: "shots #1/*.png")
    let read = try settings(text)
    var plain = try settings("name: my faces\n" + smallest)
    plain[.a].sources = read[.a].sources
    plain[.b].sources = read[.b].sources
    // The template suggests the framing that fits the pictures of both domains.
    for domain in Domain.allCases {
      plain[domain].crop.framing = CropSettings.Framing("fit") ?? .photo2cartoon
    }
    #expect(read == plain)
    #expect(read.output.path == "/data/build/my faces")
    #expect(read[.b].sources[0].location == "/data/shots #1/*.png")
    for line in text.split(separator: "\n") where !line.hasPrefix("      - ") {
      #expect(line.contains(" # "), "\(line) is not explained")
      #expect(line.count <= 120, "\(line) is too long")
    }
  }

  @Test("Backgrounds are written as they are read", arguments: ["white", "transparent", "keep", "#00ff7f"])
  func backgrounds(
    text: String
  ) {
    #expect(Background(text).map(String.init) == text)
  }

  @Test(
    "Invalid backgrounds are rejected",
    arguments: ["", "#12345", "#1234567", "#+12345", "#12345g", "#１２３４５６", "White", "red"])
  func invalidBackgrounds(text: String) {
    #expect(Background(text) == nil)
  }

  @Test(
    "Invalid frame intervals are rejected",
    arguments: ["0", "-1", "1.5", "s", "-1s", "nans", "infs", "1e9s", "0x1s", "1 s", "99999s"])
  func invalidIntervals(text: String) {
    #expect(FrameInterval(text) == nil)
  }

  @Test(
    "Invalid framings are rejected",
    arguments: [
      "", "0.9", "11", "nan", "-2", "1.2.3", "FFHQ", "{}", "{ up: 1 }", "{ up: 1, down: 1, sides: 6 }",
      "{ up: 1, up: 1, sides: 1 }", "{ box: 0.5 }", "{ up: 1, down: 1, sides: 1",
    ]) func invalidFramings(text: String)
  {
    #expect(CropSettings.Framing(text) == nil)
  }

  @Test(
    "Framings are written as they are read",
    arguments: [
      "photo2cartoon", "danbooru", "ffhq", "arcface", "matched", "1.75", "2",
      "{ up: 0.8, down: 0.3, sides: 0 }",
    ]) func framings(text: String) throws
  {
    #expect(CropSettings.Framing(text).map(String.init) == text)
    var whole = try settings(smallest)
    whole[.b].crop.framing = try #require(CropSettings.Framing(text))
    #expect(try settings(whole.yaml)[.b].crop.framing == whole[.b].crop.framing)
  }

  @Test("A stage's digest depends on the settings that the stage uses, and on no others") func digests() {
    let base = unusual()
    func digests(_ settings: Settings) -> [Digest] {
      [
        settings.cropDigest(.a), settings.cropDigest(.b), settings.maskDigest(.a), settings.maskDigest(.b),
        settings.curateDigest(),
      ]
    }
    /// Which of the five digests depend on a change.
    func changed(_ change: (inout Settings) -> Void) -> [Bool] {
      var other = base
      change(&other)
      return zip(digests(base), digests(other)).map { $0 != $1 }
    }
    let none = [false, false, false, false, false]
    #expect(Set(digests(base)).count == 5)
    #expect(changed { $0.name = "x" } == none)
    #expect(changed { $0.output = URL(fileURLWithPath: "/elsewhere") } == none)
    #expect(changed { $0.train = TrainSettings() } == none)
    #expect(changed { $0[.b].sources = [] } == none)
    #expect(changed { $0[.a].sources[1].location = "/moved" } == none)
    #expect(changed { $0.size = 64 } == [true, true, true, true, true])
    #expect(changed { $0[.a].crop.minFace = 9 } == [true, false, true, false, true])
    #expect(changed { $0[.b].crop.framing = .box(1.2) } == [false, true, false, true, true])
    #expect(changed { $0[.b].mask.method = .colorModel } == [false, false, false, true, true])
    #expect(changed { $0[.a].sources[1].parts = ["hair"] } == [false, false, true, false, true])
    #expect(changed { $0.background = .white } == [false, false, false, false, true])
    #expect(changed { $0.curate.seed = 1 } == [false, false, false, false, true])
    #expect(changed { $0.curate[rule: .roll] = nil } == [false, false, false, false, true])
  }

  @Test("The crop digest of the default settings does not change") func defaultDigest() {
    let text = """
      crop 5
      size: 256
      detector: auto
      framing: photo2cartoon
      align: eyes
      landmarks: detector
      min-face: 96
      faces: largest
      border: white
      """
    #expect(Settings(output: URL(fileURLWithPath: "/")).cropDigest(.a) == Digest(of: text))
  }
}
