import Dataset
import Foundation
import Ledger

/// Which samples were kept aside for testing, so that what was test stays test when images are added.
struct SplitRecord: Codable {
  private var seed: Int
  /// How many samples a domain were asked for; nil in records of versions that did not keep it.
  private var number: Int?
  private var test: [String: [String]]

  /// How many samples a domain were asked for.
  var asked: Int { number ?? 0 }

  init(seed: Int, asked: Int, _ test: [Domain: Set<String>]) {
    (self.seed, number) = (seed, asked)
    self.test = Dictionary(uniqueKeysWithValues: test.map { ($0.key.rawValue, $0.value.sorted()) })
  }

  /// The record that `ledger` keeps; an empty one where there is none.
  init(_ ledger: Ledger) throws {
    let text = try ledger.fact(Self.fact) ?? ""
    self = (try? JSONDecoder().decode(Self.self, from: Data(text.utf8))) ?? Self(seed: 0, asked: 0, [:])
  }

  func keep(in ledger: Ledger) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    try ledger.setFact(Self.fact, to: String(decoding: encoder.encode(self), as: UTF8.self))
  }

  /// What was kept aside, by domain; nothing where the seed is another one.
  func test(seed: Int) -> [Domain: Set<String>] {
    guard seed == self.seed else { return [:] }
    var sets: [Domain: Set<String>] = [:]
    for domain in Domain.allCases { sets[domain] = Set(test[domain.rawValue] ?? []) }
    return sets
  }

  private static let fact = "split"
}
