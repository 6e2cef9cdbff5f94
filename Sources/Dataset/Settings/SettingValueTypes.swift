internal import Foundation

// The kinds of values that datasets.yaml has, beside plain numbers and choices.

extension ValueType<Bool> {
  /// True or false.
  static let bool = ValueType.text("true or false", words: ["true", "false"])
}

extension ValueType<[CurateSettings.Invariance]> {
  /// A list of transformations, sorted in the order of the cases.
  static let invariant = ValueType(allowed: "a list of rotation and flip, such as [flip]") { node, folder in
    guard case .list(let items) = node.content else { return nil }
    let given = try items.map { try ValueType<CurateSettings.Invariance>.choice.value(of: $0, in: folder) }
    return CurateSettings.Invariance.allCases.filter(given.contains)
  } format: { parts in
    .inline("[\(parts.map(\.rawValue).joined(separator: ", "))]")
  }
}

extension ValueType<[String: String]> {
  /// A table of names, sorted by key.
  static let names = ValueType(allowed: "a table such as { c3f2ac0d: Rei }") { node, folder in
    guard case .table(let entries) = node.content else { return nil }
    return Dictionary(
      try entries.map { ($0.name, try ValueType<String>.name.value(of: $0.value, in: folder)) },
      uniquingKeysWith: { first, _ in first })
  } format: { names in
    let texts = names.sorted { $0.key < $1.key }.map {
      "\(YAMLText.quoted($0.key)): \(YAMLText.quoted($0.value))"
    }
    return .inline(texts.isEmpty ? "{}" : "{ \(texts.joined(separator: ", ")) }")
  }
}

extension ValueType<[String]> {
  /// A list of names.
  static let words = ValueType(allowed: "a list of names such as [Rei, c3f2ac0d]") { node, folder in
    guard case .list(let items) = node.content else { return nil }
    return try items.map { try ValueType<String>.name.value(of: $0, in: folder) }
  } format: { names in
    .inline("[\(names.map(YAMLText.quoted).joined(separator: ", "))]")
  }
}

extension ValueType<[TrainSettings.DiffAugment]> {
  /// A list of augmentations, sorted in the order of the cases.
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
  /// A name that can be the name of a folder.
  static let name = ValueType("a name without '/' that does not begin with '.'") { text in
    text.isEmpty || text.hasPrefix(".") || text.contains("/") || text.contains("\0") ? nil : text
  } format: {
    $0
  }

  /// The name of a face detector; `anime` is an alias of `animeface`.
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

  /// The features of distances between images.
  static let features = ValueType(
    "auto, none, inception=FILE or efficientnet-lite0=FILE", words: ["auto", "none"]
  ) { text in
    let isFile = ["inception=", "efficientnet-lite0="].contains { text.hasPrefix($0) && text != $0 }
    return ["auto", "none"].contains(text) || isFile ? text : nil
  } format: {
    $0
  }

  /// A device for networks.
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
  /// The limits of `measure`: a minimum, or a minimum and a maximum.
  static func rule(_ measure: MeasureName) -> ValueType {
    ValueType(allowed: "a number (the minimum), or a pair such as [0.1, 0.9] (minimum and maximum)") {
      node, _ in
      if let minimum = node.number { return CurateSettings.Rule(measure: measure, minimum: minimum) }
      guard case .list(let items) = node.content, items.count == 2, let minimum = items[0].number,
        let maximum = items[1].number, minimum <= maximum
      else { return nil }
      return CurateSettings.Rule(measure: measure, minimum: minimum, maximum: maximum)
    } format: { rule in
      .inline(rule.maximum.map { "[\(rule.minimum.written), \($0.written)]" } ?? rule.minimum.written)
    }
  }
}

extension ValueType<[CurateSettings.Rule]> {
  /// Rules as a table, sorted by measure.
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
      // A rule without limits cancels the rule of `curate` for this domain.
      if case .scalar("any", _) = entry.value.content {
        return CurateSettings.Rule(measure: measure, minimum: -.infinity)
      }
      return try ValueType<CurateSettings.Rule>.rule(measure).value(of: entry.value, in: folder)
    }.sorted { $0.measure < $1.measure }
  } format: { rules in
    let texts = rules.map { rule in
      guard rule.minimum.isFinite else { return "\(rule.measure.rawValue): any" }
      return "\(rule.measure.rawValue): "
        + (rule.maximum.map { "[\(rule.minimum.written), \($0.written)]" } ?? rule.minimum.written)
    }
    return .inline(texts.isEmpty ? "{}" : "{ \(texts.joined(separator: ", ")) }")
  }
}
