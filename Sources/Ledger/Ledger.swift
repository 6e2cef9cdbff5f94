public import Foundation
import GRDB

/// The record of everything that was done for one dataset: `ledger.sqlite` in its output folder.
///
/// It has one row for each source image, face with its crop, mask, set of measures and decision, each with the digest of
/// the settings that made it, so that a stage does only what is missing or outdated. A row is written after the files that
/// it describes. Readers and one writer may use it at a time, from several processes.
public final class Ledger: Sendable {
  /// The open database; every access is a transaction.
  let database: DatabasePool
  /// The ledger's file.
  public let url: URL

  /// Opens the ledger at `url`, or creates it.
  ///
  /// - Throws: `LedgerError`.
  public init(url: URL) throws {
    self.url = url
    var configuration = Configuration()
    configuration.busyMode = .timeout(10)
    configuration.prepareDatabase { database in
      // A commit survives a kill in either mode; NORMAL spares a flush for each of thousands of commits.
      try database.execute(sql: "PRAGMA synchronous = NORMAL")
    }
    do {
      database = try DatabasePool(path: url.path, configuration: configuration)
      let migrator = Schema.migrator
      if try database.read(migrator.hasBeenSuperseded) { throw LedgerError.newer(url.path) }
      try migrator.migrate(database)
    } catch let error as DatabaseError {
      throw LedgerError(error, path: url.path)
    }
  }

  /// Reads within one consistent view.
  func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
    do { return try database.read(body) } catch let error as DatabaseError {
      throw LedgerError(error, path: url.path)
    }
  }

  /// Writes in one transaction: all of it or nothing.
  func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
    do { return try database.write(body) } catch let error as DatabaseError {
      throw LedgerError(error, path: url.path)
    }
  }

  /// A number that changes whenever another connection has written: another process, or another `Ledger` in
  /// this one.
  ///
  /// Writes through this `Ledger` do not change it (SQLite's `PRAGMA data_version`).
  ///
  /// - Throws: `LedgerError`.
  public func foreignVersion() throws -> Int {
    do {
      return try database.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA data_version") ?? 0 }
    } catch let error as DatabaseError {
      throw LedgerError(error, path: url.path)
    }
  }
}

/// Why a ledger could not be used.
public enum LedgerError: Error, Sendable, CustomStringConvertible {
  /// A newer Easel wrote it.
  case newer(String)
  /// The file is not a ledger, or is damaged.
  case damaged(String, reason: String)
  /// The row of one sample is damaged.
  case damagedRow(of: String, sample: String, reason: String)
  /// The disk is full.
  case full(String)
  /// The file cannot be written.
  case readOnly(String)
  /// Another process has locked it for too long.
  case busy(String)

  init(_ error: DatabaseError, path: String) {
    self =
      switch error.resultCode {
      case .SQLITE_FULL, .SQLITE_IOERR: .full(path)
      case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH: .readOnly(path)
      case .SQLITE_BUSY, .SQLITE_LOCKED: .busy(path)
      default: .damaged(path, reason: error.message ?? "\(error.resultCode)")
      }
  }

  /// One sentence that says what to do.
  public var description: String {
    switch self {
    case .newer(let path):
      "\(path) was written by a newer Easel; use that version, or choose another output folder"
    case .damaged(let path, let reason):
      "\(path) cannot be read (\(reason)); restore it from a backup, or choose a new output folder and run again"
    case .damagedRow(let path, let sample, let reason):
      "the ledger's entry of \(path) (sample \(sample)) is damaged: \(reason); restore ledger.sqlite from a backup, or "
        + "choose a new output folder and run again"
    case .full(let path):
      "\(path): the disk is full or failing; what was finished is safe: free some space and run again"
    case .readOnly(let path):
      "\(path): this folder is read-only; choose another output folder or change its permissions"
    case .busy(let path): "\(path) is in use by another program; wait for it to end, or stop it"
    }
  }
}
