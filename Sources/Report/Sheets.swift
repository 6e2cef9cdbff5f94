import Dataset
import PublishedDataset

/// The samples that the report shows: a limited number in each section, evenly spaced.
struct Sheets {
  /// A selection of samples.
  struct Sheet {
    /// The samples that are shown.
    let shown: [Sample]
    /// The number of samples that are not shown.
    let more: Int

    init(_ samples: [Sample], limit: Int) {
      if samples.count <= limit {
        shown = samples
      } else {
        shown = (0..<limit).map { samples[$0 * samples.count / limit] }
      }
      more = samples.count - shown.count
    }
  }

  /// A test sample with the most similar training sample.
  struct TestPair {
    let test: Sample
    let train: Sample
    let nearest: Sample.Nearest
  }

  /// The first of a longer list.
  struct First<Element> {
    let shown: [Element]
    /// The number of elements that are not shown.
    let more: Int

    init(_ all: [Element], limit: Int) {
      shown = Array(all.prefix(limit))
      more = all.count - shown.count
    }
  }

  /// A kept sample and its duplicates.
  struct Duplicates {
    let best: Sample
    let others: Sheet
  }

  /// A person or character with some of its samples.
  struct Character {
    let domain: Domain
    let name: String
    /// The number of its samples that are kept or rejected as this character.
    let count: Int
    let isRejected: Bool
    let sheet: Sheet
  }

  /// Training samples by domain.
  let train: [Domain: Sheet]
  /// Test samples by domain.
  let test: [Domain: Sheet]
  /// Rejected samples by domain and reason, the most frequent first; duplicates have their own section.
  let leftOut: [(domain: Domain, reason: Reason, count: Int, sheet: Sheet)]
  /// Duplicates with the sample that was kept.
  let duplicates: [Duplicates]
  /// The number of groups of duplicates that are not shown.
  let moreDuplicates: Int
  /// Test samples with their nearest training samples, the most similar first.
  let leakage: [Domain: First<TestPair>]
  /// The largest persons and characters of each domain, the largest first.
  let characters: [Character]
  /// The number of persons and characters that are not shown.
  let moreCharacters: Int
  /// Kept samples close to a rule's limit.
  let borderline: [Domain: First<Outliers.Finding>]
  /// Kept samples far from the rest.
  let unusual: [Domain: First<Outliers.Finding>]
  /// The number of files with the same bytes as another.
  let copies: Int

  init(_ summary: DatasetSummary, kept: [Sample], rejected: [Sample]) {
    leakage = Self.leakage(kept)
    var (borderline, unusual) = ([Domain: First<Outliers.Finding>](), [Domain: First<Outliers.Finding>]())
    for domain in Domain.allCases {
      let own = kept.filter { $0.domain == domain && $0.decision.by == .rule }
      borderline[domain] = First(
        Outliers.borderline(among: own, rules: summary.rules(of: domain)), limit: 12)
      unusual[domain] = First(Outliers.unusual(among: own), limit: 12)
    }
    (self.borderline, self.unusual) = (borderline, unusual)
    var (train, test) = ([Domain: Sheet](), [Domain: Sheet]())
    for domain in Domain.allCases {
      train[domain] = Sheet(kept.filter { $0.domain == domain && $0.split == .train }, limit: 60)
      test[domain] = Sheet(kept.filter { $0.domain == domain && $0.split == .test }, limit: 20)
    }
    (self.train, self.test) = (train, test)

    var byReason: [[String]: [Sample]] = [:]
    var byBest: [String: [Sample]] = [:]
    var copies = 0
    for sample in rejected {
      let reason = sample.decision.why ?? "unknown"
      guard reason == .duplicateOf else {
        byReason[[sample.domain.rawValue, reason.rawValue], default: []].append(sample)
        continue
      }
      // A duplicate without a face is a file with the same bytes as another.
      if sample.face == nil {
        copies += 1
      } else if let best = sample.decision.duplicateOf {
        byBest[best, default: []].append(sample)
      }
    }
    leftOut = byReason.compactMap { key, samples -> (Domain, Reason, Int, Sheet)? in
      guard let domain = Domain(rawValue: key[0]) else { return nil }
      return (domain, Reason(rawValue: key[1]), samples.count, Sheet(samples, limit: 12))
    }.sorted { ($0.0.rawValue, $1.2, $0.1.rawValue) < ($1.0.rawValue, $0.2, $1.1.rawValue) }
    let groups = kept.compactMap { best in
      byBest[best.id].map { Duplicates(best: best, others: Sheet($0, limit: 5)) }
    }.sorted {
      ($1.others.shown.count + $1.others.more, $0.best.id) < (
        $0.others.shown.count + $0.others.more, $1.best.id
      )
    }
    duplicates = Array(groups.prefix(16))
    moreDuplicates = groups.count - duplicates.count
    self.copies = copies
    let found = Self.characters(kept, rejected)
    characters = Domain.allCases.flatMap { domain in found.filter { $0.domain == domain }.prefix(12) }
    moreCharacters = found.count - characters.count
  }

  private static func characters(_ kept: [Sample], _ rejected: [Sample]) -> [Character] {
    let samples = kept + rejected.filter { $0.decision.why == .rejectedCharacter }
    let named = Dictionary(grouping: samples.filter { $0.character != nil }) {
      [$0.domain.rawValue, $0.character ?? ""]
    }
    return named.compactMap { key, samples -> Character? in
      guard let domain = Domain(rawValue: key[0]) else { return nil }
      return Character(
        domain: domain, name: key[1], count: samples.count,
        isRejected: samples.contains { $0.decision.why == .rejectedCharacter },
        sheet: Sheet(samples, limit: 5))
    }.sorted { ($0.domain.rawValue, $1.count, $0.name) < ($1.domain.rawValue, $0.count, $1.name) }
  }

  private static func leakage(_ kept: [Sample]) -> [Domain: First<TestPair>] {
    let byID = Dictionary(kept.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    let pairs = kept.compactMap { sample in
      sample.nearest.flatMap { nearest in
        byID[nearest.id].map { TestPair(test: sample, train: $0, nearest: nearest) }
      }
    }.sorted { ($1.nearest.correlation, $0.test.id) < ($0.nearest.correlation, $1.test.id) }
    return Dictionary(grouping: pairs) { $0.test.domain }.mapValues { First($0, limit: 12) }
  }

  /// All samples whose image is shown.
  var samples: [Sample] {
    let sheets =
      Domain.allCases.flatMap { [train[$0], test[$0]] }.compactMap { $0?.shown } + leftOut.map(\.sheet.shown)
    let pairs = leakage.values.flatMap(\.shown).flatMap { [$0.test, $0.train] }
    let findings = (Array(borderline.values) + Array(unusual.values)).flatMap(\.shown).map(\.sample)
    return sheets.flatMap { $0 } + pairs + findings + characters.flatMap(\.sheet.shown)
      + duplicates.flatMap { [$0.best] + $0.others.shown }
  }
}
