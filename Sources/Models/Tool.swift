internal import Foundation
internal import Subprocess

/// One of the programs that fetch models.
struct Tool {
  private let name: String
  private let model: String
  private let address: String
  private let path: String?

  /// The program called `name` on `path`, fetching `model` from `address`.
  init(_ name: String, model: String, address: String, path: String?) {
    (self.name, self.model, self.address, self.path) = (name, model, address, path)
  }

  /// Runs the program to its end.
  ///
  /// - Parameters:
  ///   - arguments: Its arguments.
  ///   - limit: The maximum number of bytes that it may write; if it writes more, it is ended.
  /// - Returns: Its output.
  /// - Throws: `ModelError`, `CancellationError`.
  @discardableResult
  func run(_ arguments: [String], atMost limit: Int = 1 << 16) async throws -> Data {
    let environment: Environment = path.map { .inherit.updating(["PATH": $0]) } ?? .inherit
    do {
      let result = try await Subprocess.run(
        .name(name), arguments: Arguments(arguments), environment: environment,
        output: .bytes(limit: limit), error: .string(limit: 1 << 20))
      try Task.checkCancellation()
      guard result.terminationStatus.isSuccess else {
        throw failure(result.terminationStatus, said: result.standardError)
      }
      return Data(result.standardOutput)
    } catch let error as SubprocessError where error.code == .executableNotFound {
      throw ModelError.noTool(name, model: model)
    } catch let error as SubprocessError where error.code == .outputLimitExceeded {
      throw ModelError.failed(
        model: model, tool: name, detail: "more than the \(limit) bytes that the file has")
    } catch let error as SubprocessError {
      try Task.checkCancellation()
      throw ModelError.failed(model: model, tool: name, detail: error.description)
    }
  }

  /// The error for a program's exit status and messages.
  private func failure(_ status: TerminationStatus, said words: String) -> ModelError {
    let lines = words.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    // pip's last line says that there is no such version; the connection error is in an earlier line.
    let connection = lines.first {
      $0.contains("connection broken by") || $0.contains("Could not fetch URL") || $0.contains("timed out")
    }
    // curl: 5 to 7 name and connect, 28 time-out, 35 and 60 TLS, 52, 55 and 56 the connection's end.
    let offline: Set<TerminationStatus> = Set([5, 6, 7, 28, 35, 52, 55, 56, 60].map { .exited($0) })
    if connection != nil || name == "curl" && offline.contains(status) {
      let detail = (connection ?? lines.last ?? "\(status)").prefix(200)
      return .noNetwork(model: model, address: address, detail: String(detail))
    }
    return .failed(model: model, tool: name, detail: lines.last ?? "nothing, and ended with \(status)")
  }
}
