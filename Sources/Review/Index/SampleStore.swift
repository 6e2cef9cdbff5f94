import Dataset
import Ledger

/// All samples of the ledger, and the changes since the server started.
///
/// A decision is written to the ledger before the response is sent. Every change has a revision. A change that names an older
/// version of its sample than the newest is rejected, so that two tabs do not overwrite each other's changes.
actor SampleStore {
  /// A change that the page requests.
  struct Change: Sendable, Decodable {
    let id: String
    /// The version that the user saw.
    let version: Int
    /// Whether to keep it; nil to remove the user's decision.
    let keep: Bool?
    /// The reason for a rejection, as a code.
    let why: String?
  }

  /// The result of changes.
  struct Outcome: Sendable, Encodable {
    let revision: Int
    /// The current samples.
    var items: [Item] = []
    /// The current state of samples that were changed elsewhere in the meantime.
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
    /// The samples in the order of the priority for checking.
    let items: [Item]
  }

  private let ledger: Ledger
  private var rules: [Domain: [CurateSettings.Rule]]
  private var index: SampleIndex
  private var revision = 0
  private var goneIn: [String: Int] = [:]
  private var seen: Int
  /// The number of started readings of the ledger, and the number of the newest finished one.
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

  /// The sample in the list; nil if there is none.
  func item(_ id: String) -> Item? { index.items[id] }

  /// The samples in the list, in the order of `ids`; nil for those that do not exist.
  func items(_ ids: [String]) -> [Item?] { ids.map { index.items[$0] } }

  /// The details of a sample; nil if it no longer exists.
  ///
  /// `side` is the side of a new crop in pixels.
  ///
  /// - Throws: `LedgerError`.
  func details(_ id: String, side: Int) throws -> SampleDetails? {
    guard let item = index.items[id], let record = try record(id) else { return nil }
    return SampleDetails(
      item, record, rules: rules[item.domain] ?? [], copies: index.copies(of: item),
      neighbours: index.neighbours(of: item), frames: index.videoFrames(of: item), side: side)
  }

  /// The image of a sample; nil if it no longer exists.
  ///
  /// - Throws: `LedgerError`.
  func image(of id: String) throws -> ImageRow? { try record(id)?.image }

  /// The records of a sample, or of an image or face without a crop; nil if there is neither.
  ///
  /// - Throws: `LedgerError`.
  func record(_ id: String) throws -> SampleRecord? {
    if let record = try SampleRecord(id, in: ledger) { return record }
    guard let line = index.uncut[id], let image = try ledger.image(line.image, of: line.domain) else {
      return nil
    }
    return SampleRecord(faceless: image, id: id)
  }

  /// The kept samples of a domain; at most `limit`, evenly spaced.
  func kept(_ domain: Domain, limit: Int) -> [Item] {
    let all = index.places.compactMap { index.items[$0] }
      .filter { $0.domain == domain && ($0.person ?? $0.rule)?.keep == true }
    guard all.count > limit else { return all }
    return (0..<limit).map { all[$0 * all.count / limit] }
  }

  /// The positions of the kept samples' landmarks in their crops.
  ///
  /// - Throws: `LedgerError`.
  func landmarkPositions() throws -> LandmarkPositions {
    try LandmarkPositions(
      Domain.allCases.flatMap { kept($0, limit: LandmarkPositions.maximumSamples) }, in: ledger)
  }

  /// The measures of all samples, in the order of the names.
  func measures() -> MeasureTable {
    MeasureTable(names: SampleIndex.measures, rows: index.values, rules: rules)
  }

  /// The current samples.
  func listing() async throws -> Listing {
    try await refresh()
    return Listing(
      revision: revision, items: index.order.compactMap { index.items[$0] })
  }

  /// The changes after `revision`.
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

  /// Changes one sample in the ledger by `work`, and reads the result.
  ///
  /// - Parameters:
  ///   - id: The sample.
  ///   - version: The version that the user saw; nothing is done if the current version differs.
  ///   - work: The work.
  /// - Returns: The changed sample.
  /// - Throws: `LedgerError`, or the errors of `work`.
  func change(_ id: String, version: Int, work: @Sendable () async throws -> Void) async throws -> Outcome {
    if try ledger.foreignVersion() != seen { try takeDecisions() }
    guard let item = index.items[id] else { return Outcome(revision: revision, gone: [id]) }
    guard item.version == version, !working.contains(id) else {
      return Outcome(revision: revision, conflicts: [item])
    }
    working.insert(id)
    defer { working.remove(id) }
    try await work()
    // Changes by this server are not detected by `refresh`, so they are read here.
    try await take(try ledger.foreignVersion())
    index.items[id]?.version = revision
    let changed = index.items[id]
    return Outcome(revision: revision, items: changed.map { [$0] } ?? [], gone: changed == nil ? [id] : [])
  }

  /// Writes the user's decisions about duplicates to the ledger.
  ///
  /// - Parameters:
  ///   - pairings: Pairs of samples, and whether they are duplicates; nil to remove the decision.
  ///   - versions: The versions that the user saw; nothing is written if one of them is outdated.
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

  /// Uses other rules, which decide what is borderline.
  ///
  /// - Throws: `LedgerError`.
  func follow(_ rules: [Domain: [CurateSettings.Rule]]) async throws {
    self.rules = rules
    try await reread()
  }

  /// Reads the ledger again after this server has changed many samples.
  ///
  /// - Throws: `LedgerError`.
  func reread() async throws { try await take(try ledger.foreignVersion()) }

  private func set(_ decision: Item.Decision?, of id: String) {
    index.items[id]?.person = decision
    index.items[id]?.version = revision
  }

  /// Reads decisions that were made elsewhere, which is fast; other changes are read by `refresh`.
  private func takeDecisions() throws {
    let people = try ledger.personDecisions().mapValues(Item.Decision.init)
    let changed = index.items.values.filter { $0.person != people[$0.id] }.map(\.id)
    guard !changed.isEmpty else { return }
    revision += 1
    for id in changed { set(people[id], of: id) }
  }

  /// Reads the changes of other programs.
  private func refresh() async throws {
    let version = try ledger.foreignVersion()
    if version != seen { try await take(version) }
  }

  /// Reads the whole ledger again.
  private func take(_ version: Int) async throws {
    // The ledger is read in another task. Decisions may change in the meantime, so they are read again at the end.
    let (ledger, rules) = (ledger, rules)
    reading += 1
    let turn = reading
    let fresh = try await Task.detached { try SampleIndex(ledger, rules: rules) }.value
    // A later reading may have finished first.
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
