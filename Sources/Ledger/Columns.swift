public import Dataset
public import GRDB

// Enumerations are stored as text, by raw value.
extension Domain: DatabaseValueConvertible {}
extension SourceKind: DatabaseValueConvertible {}
extension SourceID: DatabaseValueConvertible {}
extension Reason: DatabaseValueConvertible {}
extension Sample.Decision.Author: DatabaseValueConvertible {}
extension VideoRow.Step: DatabaseValueConvertible {}
