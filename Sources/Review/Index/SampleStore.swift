import Dataset
import Ledger

/// All samples as the ledger has them, and the changes since the server started.
///
/// A decision is written to the ledger before it is answered. Every change has a revision. A change that names an older
/// version of its sample than the newest is refused, so that two tabs do not overwrite each other.
actor SampleStore {
  /// What the page asks to change.
  struct Change: Sendable, Decodable {
    let id: String
    /// The version that the person saw.
    let version: Int
    /// Whether to keep it; nil to follow the rules again.
    let keep: Bool?
    /// The reason for a rejection, as a code.
    let why: String?
  }

  /// The result of changes.
  struct Outcome: Sendable, Encodable {
    let revision: Int
    /// The samples as they are now.
    var items: [Item] = []
    /// Samples that were changed elsewhere meanwhile, as they are now.
    var conflicts: [Item] = []
    /// Samples that no longer exist.
    var gone: [String] = []

    init(revision: Int, items: [Item] = [], conflicts: [Item] = [], gone: [String] = []) {
      (self.revision, self.items, self.conflicts, self.gone) = (revision, items, conflicts, gone)
    }
  }

  /// All samples.
  struct Listing: Sendable, Encodable {
    let revision: Int
    /// What should be checked first comes first.
    let items: [Item]
  }

  private let ledger: Ledger
  private let rules: [Domain: [CurateSettings.Rule]]
  private var index: SampleIndex
  private var revision = 0
  private var goneIn: [String: Int] = [:]
  private var seen: Int
  /// How often a reading of the ledger was started, and the newest reading that is in use.
  private var (reading, taken) = (0, 0)
  /// The samples that are being changed.
  private var working: Set<String> = []

  /// Reads the ledger.
  ///
  /// - Throws: `LedgerError`.
  init(_ ledger: Ledger, rules: [Domain: [CurateSettings.Rule]]) throws {
    (self.ledger, self.rules) = (ledger, rules)
    seen = try ledger.foreignVersion()
    index = try SampleIndex(ledger, rules: rules)
  }

  /// A sample as listed; nil if there is none.
  func item(_ id: String) -> Item? { index.items[id] }

  /// A sample with all that is known about it; nil if it no longer exists.
  ///
  /// `side` is the side that a new crop would have, in pixels.
  ///
  /// - Throws: `LedgerError`.
  func details(_ id: String, side: Int) throws -> SampleDetails? {
    guard let item = index.items[id], let record = try record(id) else { return nil }
    return SampleDetails(
      item, record, rules: rules[item.domain] ?? [], copies: index.copies(of: item),
      neighbours: index.neighbours(of: item),
      side: side)
  }

  /// The image that a sample was cut from; nil if it no longer exists.
  ///
  /// - Throws: `LedgerError`.
  func image(of id: String) throws -> ImageRow? { try record(id)?.image }

  /// All that is known about a sample, or about an image or face without a crop; nil if there is neither.
  ///
  /// - Throws: `LedgerError`.
  func record(_ id: String) throws -> SampleRecord? {
    if let record = try SampleRecord(id, in: ledger) { return record }
    guard let line = index.uncut[id], let image = try ledger.image(line.image, of: line.domain) else {
      return nil
    }
    return SampleRecord(faceless: image, id: id)
  }

  /// The samples of a domain that are kept, evenly chosen if there are more than `most`.
  func kept(_ domain: Domain, atMost most: Int) -> [Item] {
    let all = index.places.compactMap { index.items[$0] }
      .filter { $0.domain == domain && ($0.person ?? $0.rule)?.keep == true }
    guard all.count > most else { return all }
    return (0..<most).map { all[$0 * all.count / most] }
  }

  /// Where the landmarks of kept samples are in their crops.
  ///
  /// - Throws: `LedgerError`.
  func landmarkPositions() throws -> LandmarkPositions {
    try LandmarkPositions(Domain.allCases.flatMap { kept($0, atMost: LandmarkPositions.most) }, in: ledger)
  }

  /// The measures of all samples, in the order of the names.
  func measures() -> MeasureTable {
    MeasureTable(names: SampleIndex.measures, rows: index.values, rules: rules)
  }

  /// All samples as they are now.
  func listing() async throws -> Listing {
    try await refresh()
    return Listing(
      revision: revision, items: index.order.compactMap { index.items[$0] })
  }

  /// What changed after `revision`.
  func changes(since revision: Int) async throws -> Outcome {
    try await refresh()
    var outcome = Outcome(revision: self.revision)
    guard revision < self.revision else { return outcome }
    outcome.items = index.order.compactMap { index.items[$0] }.filter { $0.version > revision }
    outcome.gone = goneIn.filter { $0.value > revision }.keys.sorted()
    return outcome
  }

  /// Writes decisions to the ledger.
  ///
  /// - Throws: `LedgerError`; then nothing has changed.
  func decide(_ changes: [Change]) throws -> Outcome {
    if try ledger.foreignVersion() != seen { try takeDecisions() }
    var (decisions, withdrawn): ([DecisionRow], [String]) = ([], [])
    var accepted: [String: Item.Decision?] = [:]
    var (conflicts, gone): ([Item], [String]) = ([], [])
    for change in changes {
      guard let item = index.items[change.id] else {
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
        accepted[change.id] = .some(Item.Decision(row))
      } else {
        withdrawn.append(change.id)
        accepted.updateValue(nil, forKey: change.id)
      }
    }
    if !accepted.isEmpty {
      try ledger.record(decisions, withdrawingPersonDecisionsAbout: withdrawn)
      revision += 1
    }
    for (id, decision) in accepted { set(decision, of: id) }
    return Outcome(
      revision: revision, items: changes.compactMap { accepted[$0.id] == nil ? nil : index.items[$0.id] },
      conflicts: conflicts, gone: gone)
  }

  /// Changes one sample in the ledger through `work`, and reads the result.
  ///
  /// - Parameters:
  ///   - id: The sample.
  ///   - version: The version that the person saw; nothing is done if it is another one by now.
  ///   - work: The work.
  /// - Returns: The sample as it is then.
  /// - Throws: `LedgerError`, or what `work` throws.
  func change(_ id: String, version: Int, work: @Sendable () async throws -> Void) async throws -> Outcome {
    if try ledger.foreignVersion() != seen { try takeDecisions() }
    guard let item = index.items[id] else { return Outcome(revision: revision, gone: [id]) }
    guard item.version == version, !working.contains(id) else {
      return Outcome(revision: revision, conflicts: [item])
    }
    working.insert(id)
    defer { working.remove(id) }
    try await work()
    // The server's own writes do not count as foreign, so nothing else would read them.
    try await take(try ledger.foreignVersion())
    index.items[id]?.version = revision
    let changed = index.items[id]
    return Outcome(revision: revision, items: changed.map { [$0] } ?? [], gone: changed == nil ? [id] : [])
  }

  /// Writes to the ledger which samples show the same picture.
  ///
  /// - Parameters:
  ///   - pairings: Pairs of samples, and whether they show the same picture; nil to withdraw that.
  ///   - versions: The versions that the person saw; nothing is written if one of them is not the newest.
  /// - Returns: The samples that changed.
  /// - Throws: `LedgerError`; then nothing has changed.
  func pair(
    _ pairings: [(first: String, second: String, same: Bool?)], seen versions: [String: Int]
  ) async throws -> Outcome {
    if try ledger.foreignVersion() != seen { try takeDecisions() }
    let ids = Set(pairings.flatMap { [$0.first, $0.second] }).sorted()
    let gone = ids.filter { index.items[$0] == nil }
    let conflicts = ids.compactMap { index.items[$0] }.filter { versions[$0.id] != $0.version }
    guard gone.isEmpty, conflicts.isEmpty else {
      return Outcome(revision: revision, conflicts: conflicts, gone: gone)
    }
    try ledger.record(
      pairings.compactMap { pairing in pairing.same.map { Pairing(pairing.first, pairing.second, same: $0) }
      },
      withdrawing: pairings.filter { $0.same == nil }.map { Pairing($0.first, $0.second, same: true) })
    let before = revision
    try await take(try ledger.foreignVersion())
    return try await changes(since: before)
  }

  private func set(_ decision: Item.Decision?, of id: String) {
    index.items[id]?.person = decision
    index.items[id]?.version = revision
  }

  /// Reads the decisions that were made elsewhere, which is quick; all else can wait for `refresh`.
  private func takeDecisions() throws {
    let people = try ledger.personDecisions().mapValues(Item.Decision.init)
    let changed = index.items.values.filter { $0.person != people[$0.id] }.map(\.id)
    guard !changed.isEmpty else { return }
    revision += 1
    for id in changed { set(people[id], of: id) }
  }

  /// Reads what other programs have written since.
  private func refresh() async throws {
    let version = try ledger.foreignVersion()
    if version != seen { try await take(version) }
  }

  /// Reads the whole ledger again.
  private func take(_ version: Int) async throws {
    // Decisions can be made meanwhile: the ledger is read in another task, and decisions once more at the end.
    let (ledger, rules) = (ledger, rules)
    reading += 1
    let turn = reading
    let fresh = try await Task.detached { try SampleIndex(ledger, rules: rules) }.value
    // A later reading is newer, and may have finished first.
    guard turn > taken else { return }
    (taken, seen) = (turn, version)
    revision += 1
    var items = fresh.items
    for (id, item) in fresh.items {
      let old = index.items[id]
      items[id]?.person = old?.person ?? item.person
      if let old, let new = items[id] {
        items[id]?.version = new.shows(theSameAs: old) ? old.version : revision
      } else {
        items[id]?.version = revision
      }
      goneIn[id] = nil
    }
    for id in index.items.keys where items[id] == nil { goneIn[id] = revision }
    index = fresh
    index.items = items
    try takeDecisions()
  }
}
