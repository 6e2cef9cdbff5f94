import Dataset
import Ledger

/// Which samples were kept aside for testing, so that what was test stays test when images are added.
struct SplitRecord {
  private let seed: Int
  /// How many samples a domain were asked for.
  let asked: Int
  private let test: [Domain: Set<String>]

  init(seed: Int, asked: Int, _ test: [Domain: Set<String>]) {
    (self.seed, self.asked, self.test) = (seed, asked, test)
  }

  /// The record in `ledger`; empty if there is none.
  init(_ ledger: Ledger) throws {
    let known = try ledger.split()
    self.init(seed: known?.seed ?? 0, asked: known?.asked ?? 0, known?.test ?? [:])
  }

  func keep(in ledger: Ledger) throws { try ledger.setSplit(seed: seed, asked: asked, test: test) }

  /// What was kept aside, by domain; nothing where the seed is another one.
  func test(seed: Int) -> [Domain: Set<String>] { seed == self.seed ? test : [:] }
}
