import Dataset
import Ledger

/// The recorded test samples, which remain test samples when images are added.
struct SplitRecord {
  private let seed: Int
  /// The requested number of test samples in each domain.
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

  /// The IDs of the test samples by domain; empty if the record has another seed.
  func test(seed: Int) -> [Domain: Set<String>] { seed == self.seed ? test : [:] }
}
