package import Dataset
package import PublishedDataset

/// Advice on how to improve a dataset, the most important sentence first.
package struct Advice {
  /// A sentence, and some samples that show what it is about.
  package struct Point {
    /// The sentence.
    package let sentence: String
    /// At most `examples` samples.
    package let samples: [Sample]
  }

  /// The points; empty if there is nothing to improve.
  package let points: [Point]

  /// The sentences of the points.
  package var sentences: [String] { points.map(\.sentence) }

  /// The maximum number of samples that a point shows.
  static let examples = 6

  /// A sentence and its weight: about the fraction of the data that it concerns, possibly above 1.
  private struct Item {
    /// What it is about, as far as that decides its place.
    enum Kind {
      /// Nothing can be trained with this dataset.
      case unusable
      case loss, difference, other
    }

    let weight: Double
    let sentence: String
    var kind = Kind.other
    /// The samples that it is about.
    var samples: [Sample] = []
  }

  /// Advice from the dataset's summary and its samples.
  package init(_ summary: DatasetSummary, kept: [Sample], rejected: [Sample]) {
    var items: [Item] = []
    for domain in Domain.allCases {
      guard let count = summary.counts[domain.rawValue] else { continue }
      let own = kept.filter { $0.domain == domain }
      let lost = rejected.filter { $0.domain == domain }
      items += Self.amount(domain, count)
      items += Self.losses(domain, lost, count)
      items += Self.framing(domain, own, isFitted: summary.fit != nil)
      if summary.settings.background != "\(Background.keep)" { items += Self.backgrounds(domain, own) }
      items += Self.characters(domain, own)
      if let scenes = summary.balance?.scenes[domain.rawValue], scenes.groups > 1, scenes.largest > 0.3 {
        items.append(
          Item(
            weight: scenes.largest,
            sentence:
              "\(NumberText.percent(scenes.largest)) of the images of \(domain.rawValue) show one scene or person: add others, "
              + "or use fewer of these (every:, duplicates: thin), or the model memorises them."))
      }
    }
    if summary.counts.count == 2 {
      items +=
        Self.differences(summary.balance, kept) + Self.placement(summary, kept) + Coverage.gaps(kept)
        + Coverage.hair(kept)
    }
    // The greatest loss and the greatest difference come first, then whatever concerns the most images.
    func greatest(_ kind: Item.Kind) -> Int? {
      items.indices.filter { items[$0].kind == kind }.max {
        (items[$0].weight, $1) < (items[$1].weight, $0)
      }
    }
    let first = [greatest(.unusable), greatest(.loss), greatest(.difference)].compactMap { $0 }
    let rest = items.indices.filter { !first.contains($0) }.sorted {
      (items[$1].weight, $0) < (items[$0].weight, $1)
    }
    points = (first + rest).map {
      Point(
        sentence: items[$0].sentence, samples: Sheets.Sheet(items[$0].samples, limit: Self.examples).shown)
    }
  }

  private static func amount(_ domain: Domain, _ count: DatasetSummary.Count) -> [Item] {
    var items: [Item] = []
    if count.train < 200 {
      items.append(
        Item(
          weight: count.train < 20 ? 3 : 0.6 * (1 - Double(count.train) / 200),
          sentence:
            "Add images to \(domain.rawValue): \(count.train) training image\(count.train == 1 ? "" : "s") "
            + "\(count.train == 1 ? "is" : "are") too few; a few hundred to a few thousand are usual.",
          kind: count.train < 20 ? .unusable : .other))
    }
    if count.test == 0 {
      items.append(
        Item(
          weight: 0.1,
          sentence: "\(domain.rawValue) has no test images: add images or videos of other scenes."))
    }
    return items
  }

  /// Advice on an anime character that is in many images; `scenes` includes persons.
  private static func characters(_ domain: Domain, _ own: [Sample]) -> [Item] {
    let counts = Dictionary(own.compactMap(\.character).map { ($0, 1) }, uniquingKeysWith: +)
    guard domain == .b, own.count >= 20,
      let largest = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }),
      largest.value * 10 > own.count * 4
    else { return [] }
    let share = Double(largest.value) / Double(own.count)
    return [
      Item(
        weight: share / 2,
        sentence:
          "\(NumberText.percent(share)) of the images of \(domain.rawValue) seem to show one character (\(largest.key)): add others, "
          + "or set curate: balance: { weights: true }, which draws it less often.",
        samples: own.filter { $0.character == largest.key })
    ]
  }

  /// Reasons that rejected more than 5 % of a domain, with the limit that would keep most of these samples.
  ///
  /// Of a very large dataset, `lost` contains only some samples, and `count` all of them.
  private static func losses(_ domain: Domain, _ lost: [Sample], _ count: DatasetSummary.Count) -> [Item] {
    let total = count.train + count.test + count.rejected
    return Dictionary(grouping: lost) { $0.decision.why ?? "unknown" }.compactMap { reason, samples in
      let number = count.reasons[reason.rawValue] ?? samples.count
      guard number > 3, number * 20 > total, reason != .duplicateOf || number * 2 > total,
        !ownChoices.contains(reason)
      else { return nil }
      // Swapped folders explain everything else.
      let isSwapped = reason == .wrongDomain && number * 2 > total
      return Item(
        weight: isSwapped ? 4 : Double(number) / Double(total),
        sentence: "\(number) of \(total) samples of \(domain.rawValue) were rejected as \(reason): "
          + remedy(reason, samples, number),
        kind: isSwapped ? .unusable : .loss, samples: samples)
    }.sorted { $0.sentence < $1.sentence }
  }

  /// The reasons that a user chose.
  private static let ownChoices: [Reason] = [.rejectedByPerson, .rejectedCharacter, .notChosen]

  /// How many of `number` rejected samples a limit would keep, in words, if it keeps `count` of the reported `samples`.
  private static func kept(_ count: Int, of samples: [Sample], _ number: Int) -> String {
    number == samples.count
      ? "\(count)" : "about \(Int((Double(count) / Double(samples.count) * Double(number)).rounded()))"
  }

  /// What to do about `number` samples that were rejected for one reason.
  private static func remedy(_ reason: Reason, _ samples: [Sample], _ number: Int) -> String {
    if reason == .faceTooSmall,
      let better = limit(samples.compactMap { $0.value(of: .nativeFace) }, isLow: true)
    {
      return
        "crop: min-face: \(Int(better.limit)) would keep \(kept(better.count, of: samples, number)) of them, or use larger images."
    }
    if let measure = samples.first?.decision.measure.flatMap({ MeasureName(rawValue: "\($0)") }),
      let threshold = samples.first?.decision.threshold
    {
      let values = samples.compactMap { $0.value(of: measure) }
      let isLow = values.first.map { $0 < threshold } ?? true
      // Beyond the limit of the preset `gentle`, images are severely damaged.
      let gentle = samples.first.flatMap { sample in
        CurateSettings.Preset.gentle.rules(for: sample.domain).first { $0.measure == measure }
      }
      let bound = gentle.flatMap { isLow ? $0.minimum : $0.maximum }
      if let bound, !values.contains(where: { isLow ? $0 >= bound : $0 <= bound }) {
        return
          "even preset: gentle would reject all of them; replace these images, or accept single ones in easel review."
      }
      if let better = limit(values, isLow: isLow, bound: bound) {
        return "keep-if: \(measure.rawValue) \(isLow ? "from" : "up to") \(NumberText.brief(better.limit)) "
          + "instead of \(NumberText.plain(threshold)) would keep \(kept(better.count, of: samples, number)) of them."
      }
    }
    switch reason {
    case .noFace: return "try another detector (easel models fetch), or check that the images show faces."
    case .wrongDomain:
      return "are the folders of A and B swapped? Otherwise fetch a detector with easel models fetch."
    case .duplicateOf: return "use fewer frames of a video (every:), or add other images."
    case .maskEmpty: return "try another mask method, or correct masks in easel review."
    case .faceCutOff: return "use images that show the whole face."
    case .outsidePicture:
      return "crop: border: edge or reflect would fill these crops, or choose a narrower framing."
    case .notMasked: return "run easel mask."
    case .unreadable, .truncated: return "replace or remove these files."
    default: return "relax the rule, or accept single images in easel review."
    }
  }

  /// The limit that would keep four fifths of `values`, rounded so that it keeps more, but not beyond `bound`, and the number
  /// that it would keep.
  private static func limit(_ values: [Double], isLow: Bool, bound: Double? = nil) -> (
    limit: Double, count: Int
  )? {
    guard values.count > 3 else { return nil }
    let sorted = values.sorted()
    let value = isLow ? sorted[sorted.count / 5] : sorted[sorted.count - 1 - sorted.count / 5]
    let step = abs(value) >= 10 ? 1 : 0.01
    var limit = (value / step).rounded(isLow ? .down : .up) * step
    if let bound { limit = isLow ? max(limit, bound) : min(limit, bound) }
    return (limit, values.count { isLow ? $0 >= limit : $0 <= limit })
  }

  /// Advice on crops that reach beyond their images.
  private static func framing(_ domain: Domain, _ own: [Sample], isFitted: Bool) -> [Item] {
    let beyond = own.filter { ($0.value(of: .outside) ?? 0) > 0.2 }
    guard beyond.count * 10 > own.count else { return [] }
    return [
      Item(
        weight: Double(beyond.count) / Double(own.count),
        sentence:
          "\(beyond.count) of \(own.count) crops of \(domain.rawValue) are more than 20 % outside their source "
          + "images, so heads end in straight cuts: "
          + (isFitted ? "" : "crop: framing: fit chooses a framing that fits, or ")
          + "use images with more space around the head.", samples: beyond)
    ]
  }

  /// Advice on images that still contain their background.
  private static func backgrounds(_ domain: Domain, _ own: [Sample]) -> [Item] {
    var items: [Item] = []
    let unmasked = own.filter { $0.mask?.method == "none" }
    if unmasked.count * 2 > own.count {
      items.append(
        Item(
          weight: 0.5,
          sentence:
            "\(unmasked.count) of \(own.count) images of \(domain.rawValue) still have their background, which the "
            + "model must learn too: a mask method other than none removes it.", samples: unmasked))
    }
    let full = own.filter { ($0.mask?.coverage ?? 0) > 0.98 && $0.mask?.method != "none" }
    if full.count * 20 > own.count {
      items.append(
        Item(
          weight: Double(full.count) / Double(own.count),
          sentence:
            "\(full.count) of \(own.count) masks of \(domain.rawValue) cover the whole image: the crops are tight, or the "
            + "masks include the background. Check them in easel review, or reject them with "
            + "keep-if: { coverage: [0.15, 0.98] }.", samples: full))
    }
    return items
  }

  /// Advice on faces with different positions or sizes in A and B.
  private static func placement(_ summary: DatasetSummary, _ kept: [Sample]) -> [Item] {
    let (a, b) = (
      FacePlacement(kept.filter { $0.domain == .a }), FacePlacement(kept.filter { $0.domain == .b })
    )
    var items: [Item] = []
    if let left = a.eyeLine, let right = b.eyeLine, abs(left - right) > 0.05 {
      items.append(
        Item(
          weight: 5 * abs(left - right),
          sentence:
            "The eyes are at \(NumberText.percent(left)) of the height in A and at \(NumberText.percent(right)) "
            + "in B: crop: framing: matched aligns them; otherwise the model learns to move faces."))
    }
    // Detectors differ in their boxes around the same face; matched framings use brows and chin instead.
    if summary.framing == nil, let left = a.faceShare, let right = b.faceShare,
      max(left, right) > 1.2 * min(left, right)
    {
      items.append(
        Item(
          weight: max(left, right) / min(left, right) - 1,
          sentence:
            "Face boxes fill \(NumberText.percent(left)) of the height in A and \(NumberText.percent(right)) in "
            + "B: crop: framing: matched makes faces equally large; otherwise the model learns to zoom."
        ))
    }
    return items
  }

  /// Advice on measures that clearly differ between A and B.
  private static func differences(_ balance: DomainBalance?, _ kept: [Sample]) -> [Item] {
    let words: [MeasureName: (more: String, less: String, learns: String)] = [
      .brightness: ("bright", "dark", "changes the light too"),
      .colorfulness: ("colorful", "pale", "changes the colors too"),
      .contrast: ("high-contrast", "flat", "changes the contrast too"),
      .sharpness: ("sharp", "soft", "sharpens or blurs too"),
      .noise: ("grainy", "clean", "adds or removes grain"),
      .yaw: ("turned to the right", "turned to the left", "turns heads"),
      .roll: ("tilted clockwise", "tilted anticlockwise", "tilts heads"),
    ]
    return (balance?.measures ?? [:]).compactMap { name, entry -> Item? in
      // If the means agree, one domain is only more varied, and these sentences do not apply.
      guard let measure = MeasureName(rawValue: name), let word = words[measure], entry.shift > 0.5,
        abs(entry.a - entry.b) > 0.7 * entry.distance
      else { return nil }
      let (rich, poor) = entry.a > entry.b ? ("A", "B") : ("B", "A")
      return Item(
        weight: 0.4 * entry.shift,
        sentence:
          "\(name.prefix(1).uppercased() + name.dropFirst()) differs: \(measure.brief(entry.a)) in A and "
          + "\(measure.brief(entry.b)) in B on average. Add \(word.more) images to \(poor) or remove \(word.less) ones "
          + "there (or \(word.more) ones of \(rich)), or the model \(word.learns); "
          + "curate: balance: { weights: true } draws more of the images that are rare.",
        kind: .difference,
        samples: typical(.a, measure, entry.a, kept) + typical(.b, measure, entry.b, kept))
    }.sorted { ($1.weight, $0.sentence) < ($0.weight, $1.sentence) }.prefix(3).map { $0 }
  }

  /// The samples of a domain whose value is nearest to `mean`.
  private static func typical(
    _ domain: Domain, _ measure: MeasureName, _ mean: Double, _ kept: [Sample]
  ) -> [Sample] {
    let near = kept.filter { $0.domain == domain }.compactMap { sample in
      sample.value(of: measure).map { (sample, abs($0 - mean)) }
    }.sorted { ($0.1, $0.0.id) < ($1.1, $1.0.id) }
    return near.prefix(examples / 2).map(\.0)
  }

  /// Advice on kinds of images that only one domain contains.
  private enum Coverage {
    /// Advice if nearly all hair of one domain has one color, and that of the other domain does not.
    static func hair(_ kept: [Sample]) -> [Item] {
      let colors = Domain.allCases.map { domain in
        kept.filter { $0.domain == domain }.compactMap { HairColor($0) }
      }
      func samples(_ domain: Domain, _ color: HairColor) -> [Sample] {
        kept.filter { $0.domain == domain && HairColor($0) == color }
      }
      guard colors.allSatisfy({ $0.count >= 20 }) else { return [] }
      return [(Domain.a, colors[0], colors[1]), (.b, colors[1], colors[0])].compactMap { domain, own, other in
        func share(_ color: HairColor, in all: [HairColor]) -> Double {
          Double(all.count { $0 == color }) / Double(all.count)
        }
        guard let color = HairColor.allCases.max(by: { share($0, in: own) < share($1, in: own) }),
          share(color, in: own) > 0.75, share(color, in: other) < 0.5
        else { return nil }
        let learned = domain == .b ? "gives most faces" : "cannot learn hair other than"
        return Item(
          weight: share(color, in: own) / 2,
          sentence:
            "\(NumberText.percent(share(color, in: own))) of the images of \(domain.rawValue) show \(color.rawValue) hair, "
            + "and \(NumberText.percent(share(color, in: other))) of the other domain: add other hair colors to "
            + "\(domain.rawValue), or the model \(learned) \(color.rawValue) hair.",
          samples: samples(domain, color))
      }
    }

    static func gaps(_ kept: [Sample]) -> [Item] {
      var items: [Item] = []
      let kinds: [(has: (Sample) -> Bool?, words: String, advice: String)] = [
        (
          { $0.value(of: .yaw).map { abs($0) > 25 } }, "show a head turned by more than 25°",
          "add such images to the other domain, or limit both with keep-if: { yaw: [-25, 25] }"
        ),
        (
          { $0.value(of: .subtitle).map { $0 > 0.01 } }, "have a caption",
          "keep-if: { subtitle: [0, 0.01] } rejects them"
        ),
        (
          { $0.value(of: .grey).map { $0 >= 0.98 } }, "are black and white",
          "keep-if: { grey: [0, 0.95] } rejects them"
        ),
        (
          { $0.value(of: .brightness).map { $0 < 0.25 } }, "are dark",
          "add dark images to the other domain, or use keep-if: { brightness: [0.25, 0.97] }"
        ),
      ]
      for kind in kinds {
        let shares = Domain.allCases.map { domain -> (count: Int, of: Int) in
          let known = kept.filter { $0.domain == domain }.compactMap(kind.has)
          return (known.count { $0 }, known.count)
        }
        for (domain, one, other) in [(Domain.a, shares[0], shares[1]), (.b, shares[1], shares[0])] {
          guard one.of >= 20, other.of >= 20, one.count * 20 > one.of, other.count * 100 < other.of else {
            continue
          }
          items.append(
            Item(
              weight: Double(one.count) / Double(one.of),
              sentence: "\(one.count) of \(one.of) images of \(domain.rawValue) \(kind.words), and "
                + "\(other.count == 0 ? "none" : "\(other.count)") of the other domain: \(kind.advice).",
              samples: kept.filter { $0.domain == domain && kind.has($0) == true }))
        }
      }
      return items
    }
  }
}
