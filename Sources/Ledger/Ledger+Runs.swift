public import Dataset
public import GRDB

/// Which detector looked at a domain's images in the last run.
public struct DetectorRow: Sendable, Equatable, Codable, FetchableRecord, PersistableRecord {
  /// The domain of the images.
  public var domain: Domain
  /// The detector that the settings name.
  public var settings: String
  /// The name of the detector that was used for it.
  public var name: String
  /// The digest of that detector and its models.
  public var digest: String

  /// The table.
  public static let databaseTableName = "detector"

  /// A detector from all its fields.
  public init(domain: Domain, settings: String, name: String, digest: String) {
    (self.domain, self.settings, self.name, self.digest) = (domain, settings, name, digest)
  }
}

/// A video of which a step of the crop stage has processed all frames.
public struct VideoRow: Sendable, Equatable, Codable, FetchableRecord, PersistableRecord {
  /// A step that processes all frames of a video.
  public enum Step: String, Sendable, Hashable, Codable {
    /// Looking for faces, before a framing is matched.
    case survey
    /// Cutting crops.
    case crop
  }

  /// The domain of the video.
  public var domain: Domain
  /// The SHA-256 of the file's bytes.
  public var sha256: String
  /// How often a frame is taken, as the settings write it.
  public var every: String
  /// The step.
  public var step: Step
  /// The digest of everything that the step depends on.
  public var digest: String

  /// The table.
  public static let databaseTableName = "video"

  /// A video from all its fields.
  public init(domain: Domain, sha256: String, every: String, step: Step, digest: String) {
    (self.domain, self.sha256, self.every, self.step) = (domain, sha256, every, step)
    self.digest = digest
  }
}

extension FittedFraming: FetchableRecord, PersistableRecord {
  /// The table.
  public static var databaseTableName: String { "fittedFraming" }
}

extension FramingComparison: FetchableRecord, PersistableRecord {
  /// The table.
  public static var databaseTableName: String { "framing" }
}

/// The records of the crop stage about whole runs.
extension Ledger {
  /// Which detector looked at a domain's images in the last run; nil if none did.
  ///
  /// - Throws: `LedgerError`.
  public func detector(of domain: Domain) throws -> DetectorRow? {
    try read {
      try DetectorRow.fetchOne($0, sql: "SELECT * FROM detector WHERE domain = ?", arguments: [domain])
    }
  }

  /// Records which detector looks at a domain's images.
  ///
  /// - Throws: `LedgerError`.
  public func record(_ detector: DetectorRow) throws {
    try write { try detector.upsert($0) }
  }

  /// The digest with which a step last processed all frames of a video; nil if it never did.
  ///
  /// - Throws: `LedgerError`.
  public func digest(ofVideo sha256: String, every: String, in domain: Domain, at step: VideoRow.Step) throws
    -> String?
  {
    try read {
      try String.fetchOne(
        $0, sql: "SELECT digest FROM video WHERE domain = ? AND sha256 = ? AND every = ? AND step = ?",
        arguments: [domain, sha256, every, step.rawValue])
    }
  }

  /// Records that a step has processed all frames of a video.
  ///
  /// - Throws: `LedgerError`.
  public func record(_ video: VideoRow) throws {
    try write { try video.upsert($0) }
  }

  /// How the last run solved `framing: fit`; nil if no domain has it.
  ///
  /// - Throws: `LedgerError`.
  public func fittedFraming() throws -> FittedFraming? {
    try read { try FittedFraming.fetchOne($0, sql: "SELECT * FROM fittedFraming") }
  }

  /// Records how this run solved `framing: fit`; nil if no domain has it.
  ///
  /// - Throws: `LedgerError`.
  public func setFittedFraming(_ solution: FittedFraming?) throws {
    try write { database in
      try database.execute(sql: "DELETE FROM fittedFraming")
      try solution?.insert(database)
    }
  }

  /// How the last run matched one domain's framing to the other's; nil if it matched none.
  ///
  /// - Throws: `LedgerError`.
  public func framing() throws -> FramingComparison? {
    try read { try FramingComparison.fetchOne($0, sql: "SELECT * FROM framing") }
  }

  /// Records how this run matched one domain's framing to the other's; nil if it matched none.
  ///
  /// - Throws: `LedgerError`.
  public func setFraming(_ comparison: FramingComparison?) throws {
    try write { database in
      try database.execute(sql: "DELETE FROM framing")
      try comparison?.insert(database)
    }
  }
}
