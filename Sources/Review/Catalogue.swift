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
  }

  /// All samples.
  struct Listing: Sendable, Encodable {
    let revision: Int
    /// What most needs an eye comes first.
    let items: [Item]
    /// How many images gave no crop, by domain.
    let withoutCrop: [String: Int]
  }

  private let ledger: Ledger
  private let rules: [CurateSettings.Rule]
  private var contents: Contents
  private var revision = 0
  private var goneIn: [String: Int] = [:]
  private var seen: Int

  /// Reads the ledger.
  ///
  /// - Throws: `LedgerError`.
  init(_ ledger: Ledger, rules: [CurateSettings.Rule]) throws {
    (self.ledger, self.rules) = (ledger, rules)
    seen = try ledger.foreignVersion()
    contents = try Contents(ledger, rules: rules)
  }

  /// A sample as listed; nil for what is no sample.
  func item(_ id: String) -> Item? { contents.items[id] }

  /// A sample with all that is known about it; nil for what is no sample any more.
  ///
  /// - Throws: `LedgerError`.
  func detail(_ id: String) throws -> Detail? {
    guard let item = contents.items[id], let facts = try Facts(id, in: ledger) else { return nil }
    return Detail(
      item, facts, rules: rules, copies: contents.copies(of: item), neighbours: contents.neighbours(of: item))
  }

  /// The image that a sample was cut from; nil for what is no sample any more.
  ///
  /// - Throws: `LedgerError`.
  func image(of id: String) throws -> ImageRow? { try ledger.sample(id)?.image }

  /// The measures of all samples, in the order of the names.
  func measures() -> MeasureTable {
    MeasureTable(names: Contents.measures, rows: contents.values, rules: rules)
  }

  /// All samples as they are now.
  func listing() async throws -> Listing {
    try await refresh()
    return Listing(
      revision: revision, items: contents.order.compactMap { contents.items[$0] },
      withoutCrop: contents.withoutCrop)
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
    guard version != seen else { return }
    // Decisions go on meanwhile: the ledger is read elsewhere, and people's decisions once more at the end.
    let (ledger, rules) = (ledger, rules)
    let fresh = try await Task.detached { try Contents(ledger, rules: rules) }.value
    guard seen != version else { return }
    seen = version
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
