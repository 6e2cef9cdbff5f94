import Dataset
import FlyingFox

/// The routes that write rules into the settings file.
struct RuleRoutes: Sendable {
  let file: WritableSettings
  let store: SampleStore

  /// A request to write rules.
  private struct Rules: Decodable {
    struct Limits: Decodable {
      let measure: String
      /// The limits; both are nil for no limit.
      let least: Double?
      let greatest: Double?
    }

    /// The domain of the rules; nil for both.
    let domain: String?
    let limits: [Limits]
  }

  /// Adds the routes to `table`.
  func add(to table: inout RoutedHTTPHandler) {
    table.appendRoute("POST /api/rules") { request in
      let form = "the body must be {\"domain\", \"limits\": [{\"measure\", \"least\", \"greatest\"}]}"
      let asked = try await request.json(Rules.self, form: form)
      let domain = asked.domain.flatMap(Domain.init(rawValue:))
      let changes = asked.limits.compactMap { Self.change($0, of: domain) }
      guard asked.domain == nil || domain != nil, !changes.isEmpty, changes.count == asked.limits.count else {
        return Reply.refusal(.badRequest, form)
      }
      return try await answer {
        let (patch, rules) = try await file.write(changes)
        try await store.follow(rules)
        return patch
      }
    }
    table.appendRoute("POST /api/rules/patch") { request in
      let patch = try await request.json(
        WritableSettings.Patch.self, form: "the body must be {\"start\", \"removed\", \"inserted\"}")
      return try await answer {
        try await store.follow(try await file.apply(patch))
        return patch
      }
    }
  }

  private func answer(_ work: () async throws -> WritableSettings.Patch) async throws -> HTTPResponse {
    do {
      return try Reply.json(await work())
    } catch let refusal as WritableSettings.Refusal {
      return Reply.refusal(.conflict, refusal.sentence)
    }
  }

  private static func change(_ limits: Rules.Limits, of domain: Domain?) -> RuleChange? {
    guard let measure = MeasureName(rawValue: limits.measure) else { return nil }
    let numbers = [limits.least, limits.greatest].compactMap { $0 }
    guard numbers.allSatisfy(\.isFinite), numbers.first ?? 0 <= numbers.last ?? 0 else { return nil }
    guard !numbers.isEmpty else { return RuleChange(domain: domain, measure: measure, rule: nil) }
    // The settings have no rule without a lower limit; the measure's smallest value has the same effect.
    guard let least = limits.least ?? (measure.range.lowerBound.isFinite ? measure.range.lowerBound : nil)
    else {
      return nil
    }
    return RuleChange(
      domain: domain, measure: measure,
      rule: CurateSettings.Rule(measure: measure, minimum: least, maximum: limits.greatest))
  }
}
