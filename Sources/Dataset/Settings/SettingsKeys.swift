internal import Foundation

// Every key of datasets.yaml, in the order in which it is written. A new key is one line here and one property.

extension Key<Settings> {
  /// The keys of the whole file.
  static let all: [Key] = [
    Key("name", \.name, .name, "what the dataset is called"),
    Key("output", \.output, .path, "the folder that everything is written to; nothing else is changed"),
    Key("size", \.size, .whole(64...2048, step: 16), "the side of crops and samples in pixels"),
    Key(
      "background", \.background, .text(Background.allowed, words: Background.words),
      "behind the figures: white, transparent, \"#rrggbb\" or keep"),
    .group(
      "domains",
      [
        .section("A", \.[.a], Key<DomainSettings>.all, "what is translated: photographed faces"),
        .section("B", \.[.b], Key<DomainSettings>.all, "what it becomes: drawn faces"),
      ], "the two sides of the dataset"),
    .section("curate", \.curate, Key<CurateSettings>.all, "which samples are kept"),
    .section("train", \.train, Key<TrainSettings>.all, "how the networks are trained"),
  ]
}

extension Key<DomainSettings> {
  /// The keys of one domain.
  static let all: [Key] = [
    Key(
      "sources", \.sources, .sources,
      "photos, screenshots, videos, sprites or celebamask-hq: a folder, a glob or a file"),
    .section("crop", \.crop, Key<CropSettings>.all, "how faces are found and framed"),
    .section("mask", \.mask, Key<MaskSettings>.all, "how backgrounds are removed"),
    Key("keep-if", \.keepIf, .rules, "rules for this domain alone, which stand above those of curate"),
  ]
}

extension Key<CropSettings> {
  /// The keys of `crop`.
  static let all: [Key] = [
    Key(
      "detector", \.detector, .detector,
      "auto; yunet, centerface or haar for photos; animeface or lbp-anime for drawings"),
    Key(
      "framing", \.framing, .framing,
      "fit: as wide as the pictures allow; photo2cartoon, danbooru, ffhq, arcface, matched, 1.75 faces, or margins"
    ),
    Key("align", \.align, .choice, "eyes: turned level; similarity: five points fitted; none: as it is"),
    Key("landmarks", \.landmarks, .choice, "detector: its own points; 68: PFLD's brows and chin, for photos"),
    Key("min-face", \.minFace, .whole(8...8192), "the smallest face that is kept, in pixels of the source"),
    Key(
      "faces", \.faces, .choice, "of several faces: largest, all, central, or one (reject the others' image)"),
    Key(
      "border", \.border, .choice,
      "beyond the image's edge: white, edge or reflect; with fit and white, crops that do not fit are left out"
    ),
  ]
}

extension Key<MaskSettings> {
  /// The keys of `mask`.
  static let all: [Key] = [
    Key("method", \.method, .choice, "auto, parts, segment, color-model, alpha or none"),
    Key("model", \.model, .model, "the network of segment: sinet, or an ONNX file's name or path"),
  ]
}

extension Key<CurateSettings> {
  /// The keys of `curate`.
  static let all: [Key] = [
    .group(
      "keep-if",
      MeasureName.allCases.map {
        Key($0.rawValue, \.[rule: $0], .rule($0), or: "any", $0.meaning)
      },
      "a number: at least; a pair: within; any: no limit"),
    .group(
      "duplicates",
      [
        Key(
          "distance", \.duplicateDistance, .whole(0...16),
          "near-duplicates differ in at most so many of 64 bits"),
        Key("confirm", \.duplicateConfirm, .number(0...1), "and their pixels correlate at least so much"),
        Key(
          "invariant", \.duplicateInvariant, .invariant, "of rotation and flip: copies that lie so count too"),
        Key(
          "thin", \.thin, .number(0...86_400), "seconds between like frames of a video that are kept; 0: all"),
      ], "of near-identical images the best is kept"),
    .group(
      "split",
      [
        Key("test", \.test, .whole(0...Int.max), "so many samples of each domain are kept aside for testing"),
        Key("seed", \.seed, .whole(0...Int.max), "another seed keeps others aside"),
        Key("scene", \.scene, .number(0...86_400), "seconds without a face that part two scenes of a video"),
        Key(
          "identity", \.identity, .number(-1...1), or: "any",
          "photographed faces at least so alike stay on one side; any: no matter who"),
      ], "training and test samples"),
    .group(
      "balance",
      [Key("weights", \.balanceWeights, .yesOrNo, "draw rare light and poses more often while training")],
      "A beside B"),
  ]
}

extension Key<TrainSettings> {
  /// The keys of `train`.
  static let all: [Key] = [
    Key("model", \.model, .choice, "ugatit, ugatit-light, photo2cartoon or photo2cartoon-full"),
    Key("steps", \.steps, .whole(1...Int.max), "how many steps the run has"),
    Key("batch", \.batch, .whole(1...4096), "images of each domain a step"),
    Key(
      "size", \.size, .whole(32...2048, step: 16), or: "auto",
      "the side that images are trained at; auto: the dataset's"),
    Key(
      "width", \.width, .whole(1...1024), or: "auto",
      "channels of the first convolution; auto: as published"),
    Key("learning-rate", \.learningRate, .number(0...1, open: true), "of both Adams"),
    Key("decay", \.decay, .yesOrNo, "whether the rate falls to zero in the second half of the steps"),
    Key("accumulate", \.accumulate, .whole(1...4096), "batches that a step gathers gradients from"),
    Key("clip", \.clip, .number(0...1e6), "the longest gradient of each optimiser; 0: any"),
    .section(
      "weights", \.weights, Key<TrainSettings.Weights>.all, "of the loss terms; auto: as published"),
    Key("compat", \.compat, .choice, "whose details: pytorch or tensorflow"),
    Key("face", \.face, .path, or: "none", "a MobileFaceNet, which adds the face identity loss"),
    Key("ema", \.ema, .number(0...0.999999), "averages the generators' weights, such as 0.999; 0: off"),
    Key("diffaugment", \.diffaugment, .diffaugment, "of color, translation, cutout; for few images"),
    Key("r1", \.r1, .number(0...1e6), "the weight of the discriminators' gradient penalty; 0: off"),
    Key("r1-every", \.r1Every, .whole(1...100_000), "steps between gradient penalties"),
    Key("seed", \.seed, .whole(0...Int.max), "of everything that is drawn by chance"),
    Key("sample-every", \.sampleEvery, .whole(1...Int.max), "steps between sample sheets"),
    Key("save-every", \.saveEvery, .whole(1...Int.max), "steps between checkpoints"),
    Key("keep", \.keep, .whole(1...Int.max), "checkpoints that are kept besides the best"),
    Key("device", \.device, .device, "auto, cpu, cuda or cuda:1"),
    Key("precision", \.precision, .word(["fp32", "bf16"]), "of convolutions: fp32 or bf16"),
    Key(
      "run", \.run, .path, or: "auto", "the folder of the run; auto: run under output"),
  ]
}

extension Key<TrainSettings.Weights> {
  /// The keys of `train.weights`.
  static let all: [Key] = [
    ("adversarial", \.adversarial, "being taken for real: 1"),
    ("cycle", \.cycle, "coming back after both translations: 10, or 50 for photo2cartoon"),
    ("identity", \.identity, "leaving the target domain's images as they are: 10"),
    ("cam", \.cam, "telling the domains apart: 1000"),
    ("face", \.face, "keeping the face's features, where face is given: 1"),
  ].map { (name, path: any WritableKeyPath<TrainSettings.Weights, Double?> & Sendable, comment) in
    Key(name, path, .number(0...1e6), or: "auto", comment)
  }
}

extension Kind<Bool> {
  /// True or false.
  static let yesOrNo = Kind.text("true or false", words: ["true", "false"])
}

extension Kind<[CurateSettings.Invariance]> {
  /// A list of what copies may differ in, kept in one order.
  static let invariant = Kind(allowed: "a list of rotation and flip, such as [flip]") { tree, folder in
    guard case .list(let items) = tree.content else { return nil }
    let given = try items.map { try Kind<CurateSettings.Invariance>.choice.value(of: $0, in: folder) }
    return CurateSettings.Invariance.allCases.filter(given.contains)
  } format: { parts in
    .inline("[\(parts.map(\.rawValue).joined(separator: ", "))]")
  }
}

extension Kind<[TrainSettings.DiffAugment]> {
  /// A list of what DiffAugment varies, kept in one order.
  static let diffaugment = Kind(allowed: "a list of color, translation and cutout, such as [color, cutout]") {
    tree, folder in
    guard case .list(let items) = tree.content else { return nil }
    let given = try items.map { try Kind<TrainSettings.DiffAugment>.choice.value(of: $0, in: folder) }
    return TrainSettings.DiffAugment.allCases.filter(given.contains)
  } format: { parts in
    .inline("[\(parts.map(\.rawValue).joined(separator: ", "))]")
  }
}

extension Kind<String> {
  /// A name that can be a folder's.
  static let name = Kind("a name without '/' that does not begin with '.'") { text in
    text.isEmpty || text.hasPrefix(".") || text.contains("/") || text.contains("\0") ? nil : text
  } format: {
    $0
  }

  /// The name of a face detector; `anime` stands for the usual one for drawings.
  static let detector = Kind(enumerated(CropSettings.detectors), words: CropSettings.detectors) { text in
    text == "anime" ? "animeface" : CropSettings.detectors.contains(text) ? text : nil
  } format: {
    $0
  }

  /// A model's name, or the path of its file.
  static let model = Kind("a model's name or the path of an ONNX file") { text in
    text.isEmpty || text.contains("\0") ? nil : text
  } format: {
    $0
  }

  /// A device that networks can run on.
  static let device = Kind("auto, cpu, cuda or cuda:N, the GPU's number", words: ["auto", "cpu", "cuda"]) {
    text in
    if ["auto", "cpu", "cuda"].contains(text) { return text }
    guard text.hasPrefix("cuda:"), let number = UInt8(text.dropFirst(5)) else { return nil }
    return "cuda:\(number)"
  } format: {
    $0
  }
}

extension Kind<CurateSettings.Rule> {
  /// What `measure` must be: a number, or a pair of them in order.
  static func rule(_ measure: MeasureName) -> Kind {
    Kind(allowed: "a number (at least), or a pair such as [0.1, 0.9] (within)") { tree, _ in
      if let least = tree.number { return CurateSettings.Rule(measure: measure, least: least) }
      guard case .list(let items) = tree.content, items.count == 2, let least = items[0].number,
        let greatest = items[1].number, least <= greatest
      else { return nil }
      return CurateSettings.Rule(measure: measure, least: least, greatest: greatest)
    } format: { rule in
      .inline(rule.greatest.map { "[\(rule.least.written), \($0.written)]" } ?? rule.least.written)
    }
  }
}

extension Kind<[CurateSettings.Rule]> {
  /// Rules by measure, in the order of the measures' names.
  static let rules = Kind(allowed: "a table of measures such as { sharpness: 0.2, brightness: [0.1, 0.9] }") {
    tree, folder in
    guard case .table(let entries) = tree.content else { return nil }
    return try entries.map { entry in
      guard let measure = MeasureName(rawValue: entry.name) else {
        throw SettingsError(
          place: entry.place,
          message: "unknown key '\(entry.name)' under \(tree.path)"
            + suggestion(for: entry.name, in: MeasureName.allCases.map(\.rawValue), called: "key"))
      }
      // Without limits, so that the domain is free of a rule of both.
      if case .scalar("any", _) = entry.value.content {
        return CurateSettings.Rule(measure: measure, least: -.infinity)
      }
      return try Kind<CurateSettings.Rule>.rule(measure).value(of: entry.value, in: folder)
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
    let own = self[domain].keepIf
    let named = Set(own.map(\.measure))
    return (own.filter { $0.least.isFinite } + curate.keepIf.filter { !named.contains($0.measure) })
      .sorted { $0.measure < $1.measure }
  }

  /// The settings of one domain: its defaults where nothing was said.
  public subscript(domain: Domain) -> DomainSettings {
    get { domains[domain] ?? DomainSettings(domain: domain) }
    set { domains[domain] = newValue }
  }
}

extension CurateSettings {
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
