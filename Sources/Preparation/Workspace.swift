package import Dataset
import Foundation
package import Ledger

/// An output folder with its settings and ledger, locked for this process; in a dry run it is only read.
package struct Workspace {
  /// The settings.
  package let settings: Settings
  /// The folder.
  package let output: OutputFolder
  /// The ledger; in a dry run, a copy of it.
  package let ledger: Ledger
  private let lock: RunLock?
  private let copy: LedgerCopy?

  /// Checks the sources, locks the output folder and opens its ledger; in a dry run, a copy of the ledger.
  ///
  /// - Throws: `SettingsError`, `OutputError`, `WriteError`, `LedgerError`.
  package init(_ settings: Settings, checkSources: Bool = true, dryRun: Bool = false) throws {
    try self.init(
      settings, in: OutputFolder(settings.output), checkSources: checkSources, dryRun: dryRun)
  }

  /// A workspace in `folder`, which may be a shard's folder inside the settings' output folder.
  ///
  /// - Throws: `SettingsError`, `OutputError`, `WriteError`, `LedgerError`.
  package init(
    _ settings: Settings, in folder: OutputFolder, checkSources: Bool, dryRun: Bool = false
  ) throws {
    if checkSources { try settings.validateSources() }
    (self.settings, output) = (settings, folder)
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
