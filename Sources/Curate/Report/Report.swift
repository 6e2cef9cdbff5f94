import Dataset
import Foundation
struct Report {
  static let version = 1
  let summary: DatasetSummary, kept: [Sample], rejected: [Sample], output: OutputFolder, jobs: Int
  func html() async throws -> String { "<html></html>" }
}
