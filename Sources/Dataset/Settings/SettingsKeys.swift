internal import Foundation

// Every key of datasets.yaml, in the order in which it is written. A new key is one line here and one property.

extension SettingKey<Settings> {
  /// The keys of the whole file.
  static let all: [SettingKey] = [
    SettingKey("name", \.name, .name, "the dataset's name, in reports and exports"),
    SettingKey("output", \.output, .path, "the folder for all results; no other file is changed"),
    SettingKey(
      "size", \.size, .whole(64...2048, step: 16),
      "side of crops and samples in pixels, 64 to 2048; more needs larger faces and memory"),
    SettingKey(
      "background", \.background, .text(Background.allowed, words: Background.words),
      "behind the foreground: white, transparent, \"#rrggbb\", or keep the original"),
    .group(
      "domains",
      [
        .section(
          "A", \.[.a], SettingKey<DomainSettings>.all, "the source domain (real_A): photographed faces"),
        .section("B", \.[.b], SettingKey<DomainSettings>.all, "the target domain (real_B): anime faces"),
      ], "the two sides of the dataset"),
    .section(
      "curate", \.curate, SettingKey<CurateSettings>.all, "which samples are kept, and how they are split"),
    .section("train", \.train, SettingKey<TrainSettings>.all, "how the networks are trained"),
  ]
}

extension SettingKey<DomainSettings> {
  /// The keys of one domain.
  static let all: [SettingKey] = [
    SettingKey(
      "sources", \.sources, .sources,
      "photos, screenshots, videos, sprites or celebamask-hq: a folder, a glob or a file"),
    .section("crop", \.crop, SettingKey<CropSettings>.all, "how faces are found and framed"),
    .section("mask", \.mask, SettingKey<MaskSettings>.all, "how backgrounds are removed"),
    SettingKey(
      "keep-if", \.keepIf, .rules,
      "rules for this domain only, instead of those of curate"),
  ]
}

extension SettingKey<CropSettings> {
  /// The keys of `crop`.
  static let all: [SettingKey] = [
    SettingKey(
      "detector", \.detector, .detector,
      "auto; yunet, centerface or haar for photos; animeface or lbp-anime for anime"),
    SettingKey(
      "framing", \.framing, .framing,
      "fit (as wide as all allow), photo2cartoon, matched, danbooru, ffhq, arcface, or margins"),
    SettingKey(
      "align", \.align, .choice,
      "eyes: rotate until the eyes are level; similarity: fit five points; none: do not rotate"),
    SettingKey(
      "landmarks", \.landmarks, .choice,
      "detector: the detector's points; 68: the network PFLD's, more exact for photos"),
    SettingKey(
      "min-face", \.minFace, .whole(8...8192),
      "smallest face, in pixels of the source, 8 to 8192; lower it if too many are rejected"),
    SettingKey(
      "faces", \.faces, .choice, "if an image has several: largest, all, central, or one (reject such images)"
    ),
    SettingKey(
      "border", \.border, .choice,
      "beyond the picture: white (fit rejects such crops), edge (repeat pixels) or reflect"
    ),
  ]
}

extension SettingKey<MaskSettings> {
  /// The keys of `mask`.
  static let all: [SettingKey] = [
    SettingKey("method", \.method, .choice, "auto, parts, network, segment, color-model, alpha or none"),
    SettingKey("model", \.model, .model, "the network of segment: sinet, or an ONNX file's name or path"),
  ]
}

extension SettingKey<CurateSettings> {
  /// The keys of `curate`.
  static let all: [SettingKey] = [
    SettingKey("preset", \.preset, .choice, "the rules that keep-if starts from: gentle, normal or strict"),
    .group(
      "keep-if",
      MeasureName.allCases.map {
        SettingKey($0.rawValue, \.[rule: $0], .rule($0), or: "any", $0.meaning)
      },
      "a number: at least; a pair: within; any: no limit"),
    .group(
      "duplicates",
      [
        SettingKey(
          "distance", \.duplicateDistance, .whole(0...16),
          "largest difference of the hashes of candidates, 0 to 16; higher compares more pairs"),
        SettingKey(
          "confirm", \.duplicateConfirm, .number(0...1),
          "how alike the inner faces of duplicates are, 0 to 1; higher keeps more"),
        SettingKey(
          "invariant", \.duplicateInvariant, .invariant,
          "find rotated or mirrored copies too: [rotation, flip]"),
        SettingKey(
          "thin", \.thin, .number(0...86_400),
          "smallest gap in seconds between similar frames of a video, 0 to 86400; 0: off"),
      ], "of near-identical images only the best is kept"),
    .group(
      "choose",
      Domain.allCases.map { domain in
        SettingKey(
          domain.rawValue, \.[choose: domain], .whole(1...Int.max), or: "all",
          "number of samples to keep, the most varied ones; all: no limit")
      }, "keeps a limited number of samples"),
    .group(
      "split",
      [
        SettingKey(
          "test", \.test, .whole(0...Int.max),
          "number of test samples in each domain; at most a quarter is taken"),
        SettingKey(
          "seed", \.seed, .whole(0...Int.max),
          "seed of the random split; another one chooses other test samples"),
        SettingKey(
          "scene", \.scene, .number(0...86_400),
          "a gap of this many seconds ends a scene of a video; a scene is never split"),
        SettingKey(
          "identity", \.identity, .number(-1...1), or: "any",
          "cosine above which two photos show one person, who is never split; any: off"),
      ], "training and test samples"),
    .group(
      "balance",
      [
        SettingKey(
          "weights", \.balanceWeights, .bool,
          "write sampling weights: rare light and poses are drawn more often")
      ],
      "bring the domains closer together"),
  ]
}

extension SettingKey<TrainSettings> {
  /// The keys of `train`.
  static let all: [SettingKey] = [
    SettingKey(
      "model", \.model, .choice,
      "ugatit, ugatit-light, photo2cartoon or photo2cartoon-full"),
    SettingKey(
      "steps", \.steps, .whole(1...Int.max),
      "number of training steps; 100000 is usual, look at the samples before"),
    SettingKey(
      "batch", \.batch, .whole(1...4096), "images of each domain in one step, 1 to 4096; published: 1"),
    SettingKey(
      "size", \.size, .whole(32...2048, step: 16), or: "auto",
      "side of training images in pixels, 32 to 2048; auto: the dataset's"),
    SettingKey(
      "width", \.width, .whole(1...1024), or: "auto",
      "channels of the first convolution, 1 to 1024; auto: as published; smaller is faster"),
    SettingKey(
      "learning-rate", \.learningRate, .number(0...1, open: true),
      "learning rate of both Adam optimisers, at most 1"),
    SettingKey("decay", \.decay, .bool, "let the learning rate fall linearly to 0 in the second half"),
    SettingKey(
      "accumulate", \.accumulate, .whole(1...4096),
      "batches whose gradients are added up for one step; saves memory"),
    SettingKey("clip", \.clip, .number(0...1e6), "largest norm of an optimiser's gradient; 0: no clipping"),
    .section(
      "weights", \.weights, SettingKey<TrainSettings.Weights>.all,
      "weights of the loss terms; auto: as published"),
    SettingKey(
      "compat", \.compat, .choice, "follow UGATIT-pytorch or the TensorFlow program where they differ"),
    SettingKey(
      "face", \.face, .path, or: "none", "a MobileFaceNet file, which adds the face identity loss; none: off"),
    SettingKey(
      "ema", \.ema, .number(0...0.999999), "decay of the generators' averaged weights, such as 0.999; 0: off"),
    SettingKey(
      "diffaugment", \.diffaugment, .diffaugment,
      "for few images, augmentation: [color, translation, cutout]"),
    SettingKey("r1", \.r1, .number(0...1e6), "weight of the discriminators' gradient penalty; 0: off"),
    SettingKey("r1-every", \.r1Every, .whole(1...100_000), "steps between two gradient penalties"),
    SettingKey(
      "seed", \.seed, .whole(0...Int.max), "seed of all random numbers; the same seed gives the same run"),
    SettingKey(
      "from", \.from, .path, or: "none",
      "a run or a weights file (.pt, .safetensors) to start from; none: random weights"),
    SettingKey(
      "warmup", \.warmup, .whole(0...Int.max),
      "steps in which the learning rate rises from 0; 0: none; 500 is usual with from"),
    SettingKey("sample-every", \.sampleEvery, .whole(1...Int.max), "steps between two sample sheets"),
    SettingKey("save-every", \.saveEvery, .whole(1...Int.max), "steps between two checkpoints"),
    SettingKey("keep", \.keep, .whole(1...Int.max), "number of checkpoints that are kept besides the best"),
    SettingKey("device", \.device, .device, "auto, cpu, cuda or cuda:1"),
    SettingKey(
      "precision", \.precision, .word(["fp32", "bf16"]),
      "precision of convolutions: fp32 or bf16 (faster on new GPUs)"),
    SettingKey(
      "run", \.run, .path, or: "auto", "the folder of the run; auto: run under output"),
  ]
}

extension SettingKey<TrainSettings.Weights> {
  /// The keys of `train.weights`.
  static let all: [SettingKey] = [
    ("adversarial", \.adversarial, "adversarial loss: 1"),
    ("cycle", \.cycle, "cycle loss: 10, or 50 for photo2cartoon"),
    ("identity", \.identity, "identity loss: 10"),
    ("cam", \.cam, "CAM loss: 1000"),
    ("face", \.face, "face identity loss, if face is set: 1"),
  ].map { (name, path: any WritableKeyPath<TrainSettings.Weights, Double?> & Sendable, comment) in
    SettingKey(name, path, .number(0...1e6), or: "auto", comment)
  }
}

extension ValueType<Bool> {
  /// True or false.
  static let bool = ValueType.text("true or false", words: ["true", "false"])
}

extension ValueType<[CurateSettings.Invariance]> {
  /// A list of what copies may differ in, kept in one order.
  static let invariant = ValueType(allowed: "a list of rotation and flip, such as [flip]") { node, folder in
    guard case .list(let items) = node.content else { return nil }
    let given = try items.map { try ValueType<CurateSettings.Invariance>.choice.value(of: $0, in: folder) }
    return CurateSettings.Invariance.allCases.filter(given.contains)
  } format: { parts in
    .inline("[\(parts.map(\.rawValue).joined(separator: ", "))]")
  }
}

extension ValueType<[TrainSettings.DiffAugment]> {
  /// A list of what DiffAugment varies, kept in one order.
  static let diffaugment = ValueType(
    allowed: "a list of color, translation and cutout, such as [color, cutout]"
  ) {
    node, folder in
    guard case .list(let items) = node.content else { return nil }
    let given = try items.map { try ValueType<TrainSettings.DiffAugment>.choice.value(of: $0, in: folder) }
    return TrainSettings.DiffAugment.allCases.filter(given.contains)
  } format: { parts in
    .inline("[\(parts.map(\.rawValue).joined(separator: ", "))]")
  }
}

extension ValueType<String> {
  /// A name that can be a folder's.
  static let name = ValueType("a name without '/' that does not begin with '.'") { text in
    text.isEmpty || text.hasPrefix(".") || text.contains("/") || text.contains("\0") ? nil : text
  } format: {
    $0
  }

  /// The name of a face detector; `anime` is another word for `animeface`.
  static let detector = ValueType(enumerated(CropSettings.detectors), words: CropSettings.detectors) { text in
    text == "anime" ? "animeface" : CropSettings.detectors.contains(text) ? text : nil
  } format: {
    $0
  }

  /// A model's name, or the path of its file.
  static let model = ValueType("a model's name or the path of an ONNX file") { text in
    text.isEmpty || text.contains("\0") ? nil : text
  } format: {
    $0
  }

  /// A device that networks can run on.
  static let device = ValueType(
    "auto, cpu, cuda or cuda:N, the GPU's number", words: ["auto", "cpu", "cuda"]
  ) {
    text in
    if ["auto", "cpu", "cuda"].contains(text) { return text }
    guard text.hasPrefix("cuda:"), let number = UInt8(text.dropFirst(5)) else { return nil }
    return "cuda:\(number)"
  } format: {
    $0
  }
}

extension ValueType<CurateSettings.Rule> {
  /// What `measure` must be: a number, or a pair of them in order.
  static func rule(_ measure: MeasureName) -> ValueType {
    ValueType(allowed: "a number (at least), or a pair such as [0.1, 0.9] (within)") { node, _ in
      if let least = node.number { return CurateSettings.Rule(measure: measure, least: least) }
      guard case .list(let items) = node.content, items.count == 2, let least = items[0].number,
        let greatest = items[1].number, least <= greatest
      else { return nil }
      return CurateSettings.Rule(measure: measure, least: least, greatest: greatest)
    } format: { rule in
      .inline(rule.greatest.map { "[\(rule.least.written), \($0.written)]" } ?? rule.least.written)
    }
  }
}

extension ValueType<[CurateSettings.Rule]> {
  /// Rules by measure, in the order of the measures' names.
  static let rules = ValueType(
    allowed: "a table of measures such as { sharpness: 0.2, brightness: [0.1, 0.9] }"
  ) {
    node, folder in
    guard case .table(let entries) = node.content else { return nil }
    return try entries.map { entry in
      guard let measure = MeasureName(rawValue: entry.name) else {
        throw SettingsError(
          place: entry.place,
          message: "unknown key '\(entry.name)' under \(node.path)"
            + suggestion(for: entry.name, in: MeasureName.allCases.map(\.rawValue), called: "key"))
      }
      // Without limits, so that the domain is free of a rule of both.
      if case .scalar("any", _) = entry.value.content {
        return CurateSettings.Rule(measure: measure, least: -.infinity)
      }
      return try ValueType<CurateSettings.Rule>.rule(measure).value(of: entry.value, in: folder)
    }.sorted { $0.measure < $1.measure }
  } format: { rules in
    let texts = rules.map { rule in
      guard rule.least.isFinite else { return "\(rule.measure.rawValue): any" }
      return "\(rule.measure.rawValue): "
        + (rule.greatest.map { "[\(rule.least.written), \($0.written)]" } ?? rule.least.written)
    }
    return .inline(texts.isEmpty ? "{}" : "{ \(texts.joined(separator: ", ")) }")
  }
}

extension Settings {
  /// The rules that samples of `domain` must meet: its own, and those of `curate` for all other measures.
  public func rules(for domain: Domain) -> [CurateSettings.Rule] {
    let own = ownRules(of: domain)
    let named = Set(own.map(\.measure))
    return (own.filter { $0.least.isFinite } + curate.keepIf.filter { !named.contains($0.measure) })
      .sorted { $0.measure < $1.measure }
  }

  /// The rules of `domain` alone, which replace those of `curate` for the same measures.
  ///
  /// Default rules of a domain do not: a limit that the user set for both domains is valid for both.
  public func ownRules(of domain: Domain) -> [CurateSettings.Rule] {
    let own = self[domain].keepIf
    guard own == DomainSettings(domain: domain).keepIf else { return own }
    return own.filter { curate[rule: $0.measure] == nil }
  }

  /// The settings of one domain: its defaults where nothing was said.
  public subscript(domain: Domain) -> DomainSettings {
    get { domains[domain] ?? DomainSettings(domain: domain) }
    set { domains[domain] = newValue }
  }
}

extension CurateSettings {
  /// How many samples of a domain are kept; nil for all.
  public subscript(choose domain: Domain) -> Int? {
    get { choose[domain] }
    set { choose[domain] = newValue }
  }

  /// The rule for one measure; nil where any value is kept.
  public subscript(rule measure: MeasureName) -> Rule? {
    get { keepIf.first { $0.measure == measure } }
    set {
      keepIf.removeAll { $0.measure == measure }
      if let newValue { keepIf.append(newValue) }
      keepIf.sort { $0.measure < $1.measure }
    }
  }
}
