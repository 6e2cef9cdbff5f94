import Dataset
import Ledger

/// All samples that have a crop, as the ledger has them, and the changes since the server began.
///
/// Decisions go to the ledger first and are answered then. Every change has a revision; a change that was asked for
/// with an older version of its sample than the newest is refused, so that two tabs do not overwrite each other.
actor Catalogue {
  /// What the page asks to change.
  struct Change: Sendable, Decodable {
    let id: String
    /// The version that the person saw.
    let version: Int
    /// Whether to keep it; nil to leave it to the rules again.
    let keep: Bool?
    /// Why not, as a code.
    let why: String?
  }

  /// What became of changes.
  struct Outcome: Sendable, Encodable {
    let revision: Int
    /// The samples as they are now.
    var items: [Item] = []
    /// Samples that somebody else had changed meanwhile, as they are now.
    var conflicts: [Item] = []
    /// Samples that are no more.
    var gone: [String] = []

    init(revision: Int, items: [Item] = [], conflicts: [Item] = [], gone: [String] = []) {
      (self.revision, self.items, self.conflicts, self.gone) = (revision, items, conflicts, gone)
    }
  }

  /// All samples.
  struct Listing: Sendable, Encodable {
    let revision: Int
    /// What most needs an eye comes first.
    let items: [Item]
  }

  private let ledger: Ledger
  private let rules: [Domain: [CurateSettings.Rule]]
  private var contents: Contents
  private var revision = 0
  private var goneIn: [String: Int] = [:]
  private var seen: Int
  /// How often reading the ledger was begun, and which reading is the newest that was taken in.
  private var (reading, taken) = (0, 0)
  /// The samples that are being worked on.
  private var working: Set<String> = []

  /// Reads the ledger.
  ///
  /// - Throws: `LedgerError`.
  init(_ ledger: Ledger, rules: [Domain: [CurateSettings.Rule]]) throws {
    (self.ledger, self.rules) = (ledger, rules)
    seen = try ledger.foreignVersion()
    contents = try Contents(ledger, rules: rules)
  }

  /// A sample as listed; nil for what is no sample.
  func item(_ id: String) -> Item? { contents.items[id] }

  /// A sample with all that is known about it; nil for what is no sample any more.
  ///
  /// `side` is the side that a new crop would have, in pixels.
  ///
  /// - Throws: `LedgerError`.
  func detail(_ id: String, side: Int) throws -> Detail? {
    guard let item = contents.items[id], let facts = try facts(id) else { return nil }
    return Detail(
      item, facts, rules: rules[item.domain] ?? [], copies: contents.copies(of: item),
      neighbours: contents.neighbours(of: item),
      side: side)
  }

  /// The image that a sample was cut from; nil for what is no sample any more.
  ///
  /// - Throws: `LedgerError`.
  func image(of id: String) throws -> ImageRow? { try facts(id)?.image }

  /// All that is known about a sample, or about what gave none; nil for neither.
  ///
  /// - Throws: `LedgerError`.
  func facts(_ id: String) throws -> Facts? {
    if let facts = try Facts(id, in: ledger) { return facts }
    guard let line = contents.uncut[id], let image = try ledger.image(line.image, of: line.domain) else {
      return nil
    }
    return Facts(faceless: image, id: id)
  }

  /// The samples of a domain that are kept, evenly chosen where there are more than `most`.
  func kept(_ domain: Domain, atMost most: Int) -> [Item] {
    let all = contents.places.compactMap { contents.items[$0] }
      .filter { $0.domain == domain && ($0.person ?? $0.rule)?.keep == true }
    guard all.count > most else { return all }
    return (0..<most).map { all[$0 * all.count / most] }
  }

  /// Where the marks of kept samples' faces lie in their crops.
  ///
  /// - Throws: `LedgerError`.
  func framing() throws -> Framing {
    try Framing(Domain.allCases.flatMap { kept($0, atMost: Framing.most) }, in: ledger)
  }

  /// The measures of all samples, in the order of the names.
  func measures() -> MeasureTable {
    MeasureTable(names: Contents.measures, rows: contents.values, rules: rules)
  }

  /// All samples as they are now.
  func listing() async throws -> Listing {
    try await refresh()
    return Listing(
      revision: revision, items: contents.order.compactMap { contents.items[$0] })
  }

  /// What changed after `revision`.
  func changes(since revision: Int) async throws -> Outcome {
    try await refresh()
    var outcome = Outcome(revision: self.revision)
    guard revision < self.revision else { return outcome }
    outcome.items = contents.order.compactMap { contents.items[$0] }.filter { $0.version > revision }
    outcome.gone = goneIn.filter { $0.value > revision }.keys.sorted()
    return outcome
  }

  /// Writes a person's decisions to the ledger.
  ///
  /// - Throws: `LedgerError`; then nothing has changed.
  func decide(_ changes: [Change]) throws -> Outcome {
    if try ledger.foreignVersion() != seen { try takeDecisions() }
    var (decisions, withdrawn): ([DecisionRow], [String]) = ([], [])
    var accepted: [String: Item.Verdict?] = [:]
    var (conflicts, gone): ([Item], [String]) = ([], [])
    for change in changes {
      guard let item = contents.items[change.id] else {
        gone.append(change.id)
        continue
      }
      guard item.version == change.version, accepted[change.id] == nil else {
        conflicts.append(item)
        continue
      }
      if let keep = change.keep {
        let reason = keep ? nil : Reason(rawValue: change.why ?? Reason.rejectedByPerson.rawValue)
        let row = DecisionRow(id: change.id, author: .person, keep: keep, reason: reason)
        decisions.append(row)
        accepted[change.id] = .some(Item.Verdict(row))
      } else {
        withdrawn.append(change.id)
        accepted.updateValue(nil, forKey: change.id)
      }
    }
    if !accepted.isEmpty {
      try ledger.record(decisions, withdrawingPersonDecisionsAbout: withdrawn)
      revision += 1
    }
    for (id, verdict) in accepted { set(verdict, of: id) }
    return Outcome(
      revision: revision, items: changes.compactMap { accepted[$0.id] == nil ? nil : contents.items[$0.id] },
      conflicts: conflicts, gone: gone)
  }

  /// Does work on one sample that changes what the ledger says about it, and takes that in.
  ///
  /// - Parameters:
  ///   - id: The sample.
  ///   - version: The version that the person saw; the work is not done where it is another one by now.
  ///   - work: The work.
  /// - Returns: The sample as it is then.
  /// - Throws: `LedgerError`, or what `work` throws.
  func change(_ id: String, version: Int, work: @Sendable () async throws -> Void) async throws -> Outcome {
    if try ledger.foreignVersion() != seen { try takeDecisions() }
    guard let item = contents.items[id] else { return Outcome(revision: revision, gone: [id]) }
    guard item.version == version, !working.contains(id) else {
      return Outcome(revision: revision, conflicts: [item])
    }
    working.insert(id)
    defer { working.remove(id) }
    try await work()
    // Its own writes do not count as foreign, so nothing else would take them in.
    try await take(try ledger.foreignVersion())
    contents.items[id]?.version = revision
    let changed = contents.items[id]
    return Outcome(revision: revision, items: changed.map { [$0] } ?? [], gone: changed == nil ? [id] : [])
  }

  /// Writes what a person says about copies to the ledger.
  ///
  /// - Parameters:
  ///   - words: Pairs of samples, and whether they show the same picture; nil to say nothing.
  ///   - versions: The versions that the person saw; nothing is written where one of them is not the newest.
  /// - Returns: The samples that changed.
  /// - Throws: `LedgerError`; then nothing has changed.
  func pair(
    _ words: [(first: String, second: String, same: Bool?)], seen versions: [String: Int]
  ) async throws -> Outcome {
    if try ledger.foreignVersion() != seen { try takeDecisions() }
    let ids = Set(words.flatMap { [$0.first, $0.second] }).sorted()
    let gone = ids.filter { contents.items[$0] == nil }
    let conflicts = ids.compactMap { contents.items[$0] }.filter { versions[$0.id] != $0.version }
    guard gone.isEmpty, conflicts.isEmpty else {
      return Outcome(revision: revision, conflicts: conflicts, gone: gone)
    }
    try ledger.record(
      words.compactMap { word in word.same.map { Pairing(word.first, word.second, same: $0) } },
      withdrawing: words.filter { $0.same == nil }.map { Pairing($0.first, $0.second, same: true) })
    let before = revision
    try await take(try ledger.foreignVersion())
    return try await changes(since: before)
  }

  private func set(_ verdict: Item.Verdict?, of id: String) {
    contents.items[id]?.person = verdict
    contents.items[id]?.version = revision
  }

  /// Takes in what people decided elsewhere, which is quickly read; all else can wait for `refresh`.
  private func takeDecisions() throws {
    let people = try ledger.personDecisions().mapValues(Item.Verdict.init)
    let changed = contents.items.values.filter { $0.person != people[$0.id] }.map(\.id)
    guard !changed.isEmpty else { return }
    revision += 1
    for id in changed { set(people[id], of: id) }
  }

  /// Takes in what others have written since.
  private func refresh() async throws {
    let version = try ledger.foreignVersion()
    if version != seen { try await take(version) }
  }

  /// Reads the ledger anew.
  private func take(_ version: Int) async throws {
    // Decisions go on meanwhile: the ledger is read elsewhere, and people's decisions once more at the end.
    let (ledger, rules) = (ledger, rules)
    reading += 1
    let turn = reading
    let fresh = try await Task.detached { try Contents(ledger, rules: rules) }.value
    // What was read later is newer, and may have come first.
    guard turn > taken else { return }
    (taken, seen) = (turn, version)
    revision += 1
    var items = fresh.items
    for (id, item) in fresh.items {
      let old = contents.items[id]
      items[id]?.person = old?.person ?? item.person
      if let old, let new = items[id] {
        items[id]?.version = new.shows(theSameAs: old) ? old.version : revision
      } else {
        items[id]?.version = revision
      }
      goneIn[id] = nil
    }
    for id in contents.items.keys where items[id] == nil { goneIn[id] = revision }
    contents = fresh
    contents.items = items
    try takeDecisions()
  }
}
