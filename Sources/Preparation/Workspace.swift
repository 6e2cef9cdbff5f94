package import Dataset
import Foundation
package import Ledger

/// An output folder that this process may write, with its settings and ledger; for a dry run, one that it only reads.
package struct Workspace {
  /// The settings in force.
  package let settings: Settings
  /// The folder.
  package let output: OutputFolder
  /// Its ledger; in a dry run a copy of it.
  package let ledger: Ledger
  private let lock: RunLock?
  private let copy: LedgerCopy?

  /// Checks the sources, locks the output folder and opens its ledger; in a dry run, a copy of the ledger.
  ///
  /// - Throws: `SettingsError`, `OutputError`, `WriteError`, `LedgerError`.
  package init(_ settings: Settings, checkSources: Bool = true, dryRun: Bool = false) throws {
    if checkSources { try settings.validateSources() }
    self.settings = settings
    output = OutputFolder(settings.output)
    if dryRun {
      let copy = try LedgerCopy(of: output.ledger)
      (self.copy, lock) = (copy, nil)
      ledger = try Ledger(url: copy.url)
      return
    }
    try output.claim()
    let lock = try RunLock(output)
    if lock.wasInterrupted { output.removeLeftovers() }
    (copy, self.lock) = (nil, lock)
    ledger = try Ledger(url: output.ledger)
  }
}
