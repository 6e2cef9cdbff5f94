import Dataset
import Imaging
import Ledger

/// How the crops of one domain are framed, including what depends on all faces of the dataset.
struct FramingPlan: Sendable {
  /// The framing.
  var rule: FramingRule
  /// What the framing depends on besides the domain's settings; part of the crops' digests.
  var key = ""
  /// Faces get no crop if more than this share of it, 0 to 1, is outside the picture; nil for no limit.
  var maxOutside: Double?

  /// The framing by `settings` alone.
  init(_ settings: CropSettings) { rule = FramingRule(settings.framing) }
}

extension CropStage {
  /// Computes how the crops of each domain are framed.
  ///
  /// If a framing is `fit` or `matched`, the faces of both domains are detected before any crop is cut.
  func framingPlans(_ scans: [Scan], into summary: inout StageSummary) async throws -> [Domain: FramingPlan] {
    var plans = Dictionary(
      uniqueKeysWithValues: scans.map { ($0.domain, FramingPlan($0.settings.crop)) })
    let limits = scans.compactMap { scan -> Double? in
      if case .fit(let limit) = scan.settings.crop.framing { limit } else { nil }
    }
    let matched = scans.contains { $0.settings.crop.framing == .matched }
    guard matched || !limits.isEmpty else {
      try ledger.setFraming(nil)
      try ledger.setFittedFraming(nil)
      return plans
    }
    var found = surveyed ?? FramingSurvey()
    if surveyed == nil {
      reporter.note("framing: detecting the faces of all images before the first crop")
      for scan in scans { try await survey(scan, into: &found) }
    }
    let faces = found.faces
    for scan in scans where scan.settings.crop.framing == .matched {
      let leader = settings[scan.domain == .a ? .b : .a].crop.framing
      plans[scan.domain]?.rule = FramingRule(.matched, leader: leader)
      plans[scan.domain]?.key = " \(leader)"
    }
    try fit(faces, limit: limits.min(), scans, &plans, into: &summary)
    try match(faces, isAsked: matched, scans, &plans, into: &summary)
    return plans
  }

  /// Solves `framing: fit` for the domains with this framing and for domains that are matched with them.
  private func fit(
    _ faces: [Domain: [SurveyedFace]], limit: Double?, _ scans: [Scan], _ plans: inout [Domain: FramingPlan],
    into summary: inout StageSummary
  ) throws {
    let fitted = scans.filter { scan in
      switch scan.settings.crop.framing {
      case .fit: true
      case .matched: limit != nil
      default: false
      }
    }
    let own = faces.filter { domain, _ in fitted.contains { $0.domain == domain } }
    guard let limit, let solution = FramingFit.solve(own, limit: limit) else {
      try ledger.setFittedFraming(nil)
      return
    }
    for scan in fitted {
      plans[scan.domain]?.rule = FramingRule(.photo2cartoon).with(margins: solution.margins)
      plans[scan.domain]?.key += " \(solution.margins)"
      if scan.settings.crop.border == .white { plans[scan.domain]?.maxOutside = FittedFraming.maxOutside }
    }
    try ledger.setFittedFraming(solution)
    summary.notes.append(solution.sentence)
  }

  /// Zooms in the crops of one domain if a framing is `matched`.
  private func match(
    _ faces: [Domain: [SurveyedFace]], isAsked: Bool, _ scans: [Scan], _ plans: inout [Domain: FramingPlan],
    into summary: inout StageSummary
  ) throws {
    guard isAsked else {
      try ledger.setFraming(nil)
      return
    }
    let placements = faces.reduce(into: [Domain: [FramingMatch.Placement]]()) { result, entry in
      guard let rule = plans[entry.key]?.rule else { return }
      result[entry.key] = entry.value.map { FramingMatch.Placement($0, rule) }
    }
    guard var (move, comparison) = FramingMatch.solve(placements) else {
      summary.notes.append("framing: matched had no effect, because only one domain has faces")
      try ledger.setFraming(nil)
      return
    }
    let (own, plain) = (faces[comparison.moved] ?? [], plans[comparison.moved]?.rule)
    func beyond(_ rule: FramingRule) -> Int { own.count { $0.outside(rule) > FittedFraming.maxOutside } }
    // A shift must not move crops out of their pictures.
    if let plain, beyond(plain.moved(by: move)) > beyond(plain) + own.count / 100,
      let inside = FramingMatch.solve(placements, staysInside: true)
    {
      (move, comparison) = inside
    }
    if let rule = plain {
      plans[comparison.moved]?.rule = rule.moved(by: move)
      plans[comparison.moved]?.key += " \(move)"
    }
    try ledger.setFraming(comparison)
    summary.notes.append(comparison.sentence)
  }

  /// Adds the faces of a domain that become crops to `survey`.
  func survey(_ scan: Scan, into survey: inout FramingSurvey) async throws {
    let ledger = ledger
    let reader = try reader(scan, FramingPlan(scan.settings.crop))
    let detection = reader.detection
    let items = CropItems(scan.files, of: scan.settings.sources) { file, interval in
      let sha256 = try reader.digest(of: file)
      let known = try ledger.digest(ofVideo: sha256, every: "\(interval)", in: scan.domain, at: .survey)
      return (sha256, known == detection.digests[0])
    }
    var result = survey
    try await orderedMap(items, jobs: jobs) {
      CropWorker(detection.makeAnalyzer)
    } work: { item, worker in
      try reader.survey(item, with: worker)
    } deliver: { item, found in
      for (id, own) in found { result.add(own, of: id, in: scan.domain) }
      if case .videoEnd(let file, let sha256, _) = item {
        try ledger.record(
          VideoRow(
            domain: scan.domain, sha256: sha256, every: "\(scan.settings.sources[file.source].every)",
            step: .survey, digest: detection.digests[0]))
      }
    }
    survey = result
  }
}
