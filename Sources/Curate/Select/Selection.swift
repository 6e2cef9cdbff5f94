import Dataset
import Imaging
import Ledger
import PublishedDataset

/// The samples of the dataset, and the rejected samples with their reasons.
///
/// It keeps only what was decided; everything else about a sample is read from the ledger when its files are written.
struct Selection: Sendable {
  /// A sample of the dataset.
  struct Kept: Sendable {
    let id: String
    let domain: Domain
    let isTest: Bool
    /// Who decided.
    let author: Sample.Decision.Author
    /// The number of its group.
    let group: Int
    /// The name of the person or character that it seems to show.
    let character: String?
    /// Its sampling weight; nil if all samples have the same one.
    var weight: Double?

    var split: Split { isTest ? .test : .train }
    var fileName: String { "\(split.rawValue)\(domain.rawValue)/\(id).png" }
  }

  /// A rejected sample.
  struct Rejected: Sendable {
    let id: String
    let domain: Domain
    let path: String
    let time: Double?
    let decision: Sample.Decision
    /// The number of its group; nil if it was rejected before groups were made.
    var group: Int?
    /// The name of the person or character that it seems to show.
    var character: String?
    /// Whether its measures are part of its line.
    var isMeasured = false
    /// Its position in `uncropped`; nil if it has a crop.
    var uncropped: Int?
  }

  /// The samples of the dataset, sorted by domain and ID.
  private(set) var kept: [Kept] = []
  /// The rejected samples, sorted by domain, path and ID.
  private(set) var rejected: [Rejected] = []
  /// The rejected images and faces that have no crop.
  private(set) var uncropped: [Sample] = []
  /// The IDs of the test samples by domain, with those of earlier ones that are left out now.
  private(set) var test: [Domain: Set<String>] = [:]
  /// The most similar training sample of each test sample, by ID.
  private(set) var nearest: [String: Sample.Nearest] = [:]
  /// Notes for the user, one sentence each.
  private(set) var notes: [String] = []
  private let input: CurationInput
  private let settings: Settings
  private let before: SplitRecord
  private let splitter: Splitter
  private var groupCount = 0
  private var balanced: [SamplingWeights.Item] = []
  /// The settings' words for characters that each domain does not have.
  private var unknownCharacters: [Set<String>] = []

  /// A selection that contains only the images and faces without a crop; `select` adds the candidates of each domain, in order.
  ///
  /// - Parameters:
  ///   - input: What the ledger contains.
  ///   - settings: The settings.
  ///   - before: The earlier test samples.
  init(_ input: CurationInput, settings: Settings, before: SplitRecord) {
    (self.input, self.settings, self.before) = (input, settings, before)
    splitter = Splitter(
      asked: settings.curate.test, seed: settings.curate.seed, keepsAll: before.asked <= settings.curate.test)
    addImages(minFace: settings.domains.mapValues(\.crop.minFace))
  }

  /// Selects the samples of one domain.
  ///
  /// - Parameters:
  ///   - domain: The domain.
  ///   - all: Its candidates.
  ///   - embeddings: Their face embeddings; nil for those without one.
  ///   - features: Their features of anime faces; nil for those without.
  ///   - search: Finds duplicates.
  ///   - comparisons: Makes the cache that compares the candidates' pixels.
  /// - Throws: `CurateError`, or the errors of the comparisons.
  mutating func select(
    _ domain: Domain, _ all: [CurationInput.Candidate], embeddings: [[Float]?],
    features: [[Float]?], search: DuplicateSearch,
    comparisons: ([CurationInput.Candidate]) -> ComparisonCache
  ) async throws {
    let rules = Rules(settings.rules(for: domain))
    var decisions = all.map { Self.decision(on: $0, person: input.people[$0.id], rules: rules) }

    // A sample that the settings name takes part even if it is rejected, so that its group is still found by it.
    let named = settings.curate.rejectedCharacters + settings.curate.characterNames.keys
    let identities = try await identities(
      all,
      among: all.indices.filter { index in
        decisions[index].why == nil || named.contains { CharacterNames.means($0, all[index].id) }
      }, embeddings, features, jobs: search.jobs)
    for (index, decision) in identities.rejections
    where decisions[index].by == .rule && decisions[index].why == nil {
      decisions[index] = decision
    }

    // Rejected samples are not compared, so a blurred copy cannot cause the rejection of a sharp one.
    let positions = all.indices.filter { decisions[$0].why == nil }
    let samples = positions.map { all[$0] }
    let faces = positions.map { embeddings[$0] }
    var comparisons = comparisons(samples)
    let findings = try await search.findings(&comparisons)
    let pairs = UserPairings(input.pairings).applied(to: findings.copies, of: samples.lazy.map(\.id))
    let duplicates = DuplicateResolver(samples, people: input.people, pairs: pairs).rejections
    for (index, decision) in duplicates { decisions[positions[index]] = decision }
    let thinned = TemporalSubsampling(seconds: settings.curate.thin).rejections(
      of: samples, where: { duplicates[$0] == nil }, people: input.people)
    for (index, decision) in thinned { decisions[positions[index]] = decision }
    guard decisions.contains(where: { $0.why == nil }) else {
      throw nothingLeft(domain, decisions)
    }

    let similar = try await SimilarPictures(samples.map(\.picture)).pairs(jobs: search.jobs)
    let groups = SplitGroups(
      samples, alike: pairs.map { ($0.first, $0.second) } + findings.lookalikes + similar,
      scene: settings.curate.scene,
      persons: positions.map { identities.persons[$0] }
    ).members
    if let wanted = settings.curate.choose[domain] {
      choose(
        wanted, domain, samples, faces, groups, positions.map { identities.names[$0] }, positions, &decisions)
    }
    let names = groups.map {
      $0.filter { decisions[positions[$0]].why == nil }.map { samples[$0].id }
    }
    let test = splitter.test(
      of: names.filter { !$0.isEmpty }, before: before.test(seed: settings.curate.seed)[domain] ?? [])
    // A test sample that is left out now is a test sample again if it comes back.
    let present = Set(names.joined())
    self.test[domain] = test.union(
      (before.test(seed: settings.curate.seed)[domain] ?? []).filter { !present.contains($0) })
    note(on: domain, count: decisions.count { $0.why == nil }, test: test.count)
    let (tested, trained) = (
      samples.indices.filter { test.contains(samples[$0].id) },
      samples.indices.filter { decisions[positions[$0]].why == nil && !test.contains(samples[$0].id) }
    )
    let found = try await LeakageCheck(test: tested, train: trained).nearest(
      &comparisons, faces, hash: { samples[$0].hash }, id: { samples[$0].id })
    nearest.merge(found) { $1 }
    var groupOf = [Int?](repeating: nil, count: all.count)
    for group in groups {
      groupCount += 1
      for member in group { groupOf[positions[member]] = groupCount }
    }
    for (index, candidate) in all.enumerated() {
      add(
        candidate, domain, decisions[index], group: groupOf[index], character: identities.names[index],
        isTest: test.contains(candidate.id))
    }
  }

  /// Sorts the samples and computes their weights, after all domains were selected.
  mutating func finish() {
    if let first = unknownCharacters.first {
      let missing = unknownCharacters.dropFirst().reduce(first) { $0.intersection($1) }
      if !missing.isEmpty {
        notes.append(
          "curate: characters: no sample, group or name is called \(missing.sorted().joined(separator: ", "))"
        )
      }
    }
    kept.sort { ($0.domain.rawValue, $0.id) < ($1.domain.rawValue, $1.id) }
    if settings.curate.balanceWeights {
      balanced.sort { ($0.domain.rawValue, $0.id) < ($1.domain.rawValue, $1.id) }
      let weights = SamplingWeights(balanced).weights
      for index in kept.indices { kept[index].weight = weights[kept[index].id] }
      balanced = []
    }
    rejected.sort {
      ($0.domain.rawValue, $0.path, $0.time ?? 0, $0.id) < ($1.domain.rawValue, $1.path, $1.time ?? 0, $1.id)
    }
  }

  /// The persons and characters of a domain's candidates, by position.
  private struct Identities {
    /// The cluster of each photo's person, which is never split.
    var persons: [Int: Int] = [:]
    /// The names of persons and characters.
    var names: [Int: String] = [:]
    /// The rejections of persons and characters.
    var rejections: [Int: Sample.Decision] = [:]
  }

  /// Groups the candidates at `positions` by person and by character.
  private mutating func identities(
    _ all: [CurationInput.Candidate], among positions: [Int], _ embeddings: [[Float]?],
    _ features: [[Float]?], jobs: Int
  ) async throws -> Identities {
    let ids = positions.map { all[$0].id }
    let settings = settings.curate
    var found = Identities()
    var clusters = [Int?](repeating: nil, count: ids.count)
    if let alike = settings.identity {
      clusters = try await IdentityClusters(positions.map { embeddings[$0] }, alike: alike, jobs: jobs)
        .numbers
      for (place, number) in clusters.enumerated() { found.persons[positions[place]] = number }
    }
    if let alike = settings.characterLikeness {
      let drawn = try await IdentityClusters(positions.map { features[$0] }, alike: alike, jobs: jobs)
        .numbers
      // The numbers of characters begin after those of persons.
      for (place, number) in drawn.enumerated() where clusters[place] == nil {
        clusters[place] = number.map { $0 + ids.count }
      }
    }
    let names = CharacterNames(
      ids, clusters: clusters, given: settings.characterNames, rejected: settings.rejectedCharacters)
    for (place, position) in positions.enumerated() {
      found.names[position] = names.names[place]
      if names.isRejected[place] { found.rejections[position] = names.rejection(place, id: ids[place]) }
    }
    unknownCharacters.append(Set(names.unknown))
    notes += names.conflicts.map { "curate: characters: names: \($0)" }
    return found
  }

  private mutating func add(
    _ candidate: CurationInput.Candidate, _ domain: Domain, _ decision: Sample.Decision, group: Int?,
    character: String?, isTest: Bool
  ) {
    guard decision.why == nil, let group else {
      rejected.append(
        Rejected(
          id: candidate.id, domain: domain, path: candidate.path, time: candidate.time, decision: decision,
          group: group, character: character, isMeasured: candidate.isMeasured))
      return
    }
    kept.append(
      Kept(
        id: candidate.id, domain: domain, isTest: isTest, author: decision.by, group: group,
        character: character))
    if settings.curate.balanceWeights, !isTest {
      balanced.append(
        SamplingWeights.Item(
          id: candidate.id, domain: domain, group: Self.groupName(group),
          values: SamplingWeights.measures.map { candidate.value(of: $0) }, character: character))
    }
  }

  /// Rejects all but the most varied samples of a domain.
  private mutating func choose(
    _ wanted: Int, _ domain: Domain, _ samples: [CurationInput.Candidate], _ faces: [[Float]?],
    _ groups: [[Int]], _ names: [String?], _ positions: [Int], _ decisions: inout [Sample.Decision]
  ) {
    let left = samples.indices.filter { decisions[positions[$0]].why == nil }
    guard left.count > wanted else { return }
    var groupOf = [Int](repeating: 0, count: samples.count)
    for (number, group) in groups.enumerated() { for member in group { groupOf[member] = number } }
    // A character may be in several groups, because characters are not kept on one side of the split.
    var firsts: [String: Int] = [:]
    for (index, name) in names.enumerated() {
      guard let name else { continue }
      groupOf[index] = firsts[name, default: groupOf[index]]
      firsts[name] = groupOf[index]
    }
    let test = before.test(seed: settings.curate.seed)[domain] ?? []
    let accepted = left.indices.filter { decisions[positions[left[$0]]].by == .person }
    let tested = left.indices.filter { test.contains(samples[left[$0]].id) }
    let variety = VarietySelection(
      wanted, accepted: accepted, tested: (tested, limit: min(splitter.asked, splitter.limit(of: wanted))),
      of: left.map { samples[$0] }, embeddings: left.map { faces[$0] },
      groups: left.map { groupOf[$0] })
    for (place, index) in left.enumerated() where !variety.chosen.contains(place) {
      let like = variety.nearest[place].map { samples[left[$0]].name }
      decisions[positions[index]] = Sample.Decision(
        by: .rule, why: .notChosen,
        detail: "the \(variety.chosen.count) most varied of \(left.count) were chosen by \(variety.features)"
          + (like.map { "; \($0) is the most similar of them" } ?? ""))
    }
    notes.append(
      "domain \(domain.rawValue): the \(variety.chosen.count) most varied of \(left.count) samples were chosen by "
        + variety.features)
  }

  private mutating func note(on domain: Domain, count: Int, test: Int) {
    guard test != splitter.asked else { return }
    guard test < splitter.asked, test <= splitter.limit(of: count) else {
      notes.append(
        "domain \(domain.rawValue) has \(test) test \(test == 1 ? "sample" : "samples") instead of \(splitter.asked), because earlier test samples and "
          + "their groups remain test samples")
      return
    }
    let isSmall = splitter.limit(of: count) < splitter.asked
    let why =
      isSmall
      ? "at most a quarter of its \(count) \(count == 1 ? "sample" : "samples") can be test samples"
      : "copies, faces of one image, of similar images or of one person, and video scenes are never split"
    notes.append(
      "domain \(domain.rawValue) has \(test) test \(test == 1 ? "sample" : "samples") instead of \(splitter.asked), "
        + "because \(why)")
  }

  /// The decision of the rules or a user about one sample, before duplicates are removed.
  private static func decision(
    on candidate: CurationInput.Candidate, person: DecisionRow?, rules: Rules
  ) -> Sample.Decision {
    if let person, !person.keep {
      return Sample.Decision(
        by: .person, why: person.reason ?? .rejectedByPerson, detail: person.detail ?? "a user rejected it")
    }
    // A sample without a cutout cannot be kept, even if a user accepted it.
    if candidate.maskMethod?.isEmpty == true, let reason = candidate.maskReason {
      return Sample.Decision(by: .rule, why: reason, detail: candidate.maskDetail)
    }
    if let failure = candidate.failure { return failure }
    guard candidate.maskMethod != nil, candidate.isMeasured else {
      return Sample.Decision(by: .rule, why: .notMasked, detail: "it has no mask yet; run easel mask")
    }
    if person?.keep == true { return Sample.Decision(by: .person) }
    if let reason = candidate.maskReason {
      return Sample.Decision(by: .rule, why: reason, detail: candidate.maskDetail)
    }
    return rules.rejection(of: candidate) ?? Sample.Decision(by: .rule)
  }

  /// `g00017` for 17.
  static func groupName(_ number: Int) -> String {
    let digits = String(number)
    return "g" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits
  }

  /// Adds the rejected images and faces that have no crop.
  private mutating func addImages(minFace: [Domain: Int]) {
    for image in input.faceless {
      var sample = Sample(
        id: image.shortID, domain: image.domain, source: image.origin,
        decision: Sample.Decision(by: .rule, why: image.reason ?? .noFace, detail: image.detail))
      (sample.width, sample.height) = (image.width, image.height)
      reject(sample)
    }
    for (image, crop) in input.uncut {
      var sample = Sample(
        id: crop.id, domain: crop.domain, source: image.origin,
        decision: Sample.Decision(by: .rule, why: crop.reason ?? .noFace, detail: crop.detail))
      sample.face = crop.face
      if crop.reason == .faceTooSmall {
        sample.decision.measure = "min-face"
        sample.decision.value = crop.face.size ?? min(crop.face.box.width, crop.face.box.height)
        sample.decision.threshold = minFace[crop.domain].map(Double.init)
      }
      reject(sample)
    }
    let faceless = Set(input.faceless.map { "\($0.domain.rawValue)/\($0.id.rawValue)" })
    for (path, image) in input.copies {
      var decision = Sample.Decision(
        by: .rule, why: .duplicateOf, detail: "the same file as \(image.path), byte for byte")
      decision.duplicateOf =
        faceless.contains("\(image.domain.rawValue)/\(image.id.rawValue)")
        ? image.shortID : image.id.sampleID(domain: image.domain, face: 0)
      reject(
        Sample(
          id: String(Digest(of: "\(image.id.rawValue)/\(path)").hex.prefix(16)), domain: image.domain,
          source: Sample.Source(path: path, sha256: image.sha256), decision: decision))
    }
  }

  private mutating func reject(_ sample: Sample) {
    rejected.append(
      Rejected(
        id: sample.id, domain: sample.domain, path: sample.source.path, time: sample.source.time,
        decision: sample.decision, uncropped: uncropped.count))
    uncropped.append(sample)
  }

  private func nothingLeft(_ domain: Domain, _ decisions: [Sample.Decision]) -> CurateError {
    let reasons =
      decisions.map(\.why) + input.faceless.filter { $0.domain == domain }.map { $0.reason ?? .noFace }
      + input.uncut.filter { $0.crop.domain == domain }.map { $0.crop.reason ?? .noFace }
    guard !reasons.isEmpty else { return .noImages(domain) }
    let counts = Dictionary(reasons.map { ($0 ?? "unknown", 1) }, uniquingKeysWith: +)
    return .nothingLeft(
      domain,
      counts.map { (reason: $0.key, count: $0.value) }
        .sorted { ($1.count, $0.reason.rawValue) < ($0.count, $1.reason.rawValue) })
  }
}

extension ImageRow {
  /// 16 hexadecimal digits for an image without samples.
  fileprivate var shortID: String {
    let isPlain = time == nil && !sha256.isEmpty
    return String((isPlain ? id.rawValue : Digest(of: id.rawValue).hex).prefix(16))
  }
}
