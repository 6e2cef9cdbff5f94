import Dataset
public import Foundation
package import WeightFiles

#if canImport(Glibc)
  import Glibc
#endif

/// The files in the folder of a run.
public struct RunFolder: Sendable, Hashable {
  /// The folder.
  public let url: URL

  /// The run at `url`, which need not exist yet.
  public init(_ url: URL) { self.url = url.standardizedFileURL }

  /// The settings in force.
  public var settings: URL { url.appendingPathComponent("settings.yaml") }
  /// One JSON object for each logged step.
  public var log: URL { url.appendingPathComponent("log.jsonl") }
  /// The page of the run for people.
  public var page: URL { url.appendingPathComponent("index.html") }
  /// TensorBoard's event files.
  public var events: URL { url.appendingPathComponent("events", isDirectory: true) }
  /// Checkpoints by step.
  public var checkpoints: URL { url.appendingPathComponent("checkpoints", isDirectory: true) }
  /// A link to the newest checkpoint.
  public var latest: URL { checkpoints.appendingPathComponent("latest") }
  /// A link to the checkpoint whose translations are closest to the target domain.
  public var best: URL { checkpoints.appendingPathComponent("best") }

  /// The sample sheet of a step.
  public func samples(step: Int) -> URL {
    url.appendingPathComponent("samples/step-\(RunFolder.digits(step)).png")
  }

  /// The checkpoint of a step.
  public func checkpoint(step: Int) -> URL {
    checkpoints.appendingPathComponent("step-\(RunFolder.digits(step)).safetensors")
  }

  /// The steps of the existing checkpoints, newest first.
  public var savedSteps: [Int] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: checkpoints.path)) ?? []
    return names.compactMap { name in
      guard name.hasPrefix("step-"), name.hasSuffix(".safetensors") else { return nil }
      return Int(name.dropFirst(5).dropLast(12))
    }.sorted(by: >)
  }

  /// The side in pixels of the newest readable checkpoint; nil for a new run.
  public var savedSide: Int? {
    savedSteps.isEmpty ? nil : try? openCheckpoint(networks: []).header.architecture.side
  }

  /// Creates the folder, or uses the existing one if it is empty or a run.
  ///
  /// - Throws: `OutputError.otherFiles` if it contains other files; `WriteError`.
  public func claim() throws {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    guard names.isEmpty || names.contains(settings.lastPathComponent) || names.contains("checkpoints") else {
      throw OutputError.otherFiles(url.path)
    }
    try AtomicFile.makeFolder(checkpoints)
  }

  /// Makes `link` point to the checkpoint of `step`, atomically.
  ///
  /// - Throws: `WriteError`.
  package func point(_ link: URL, to step: Int) throws {
    let temporary = checkpoints.appendingPathComponent(".\(link.lastPathComponent).part")
    unlink(temporary.path)
    guard symlink(checkpoint(step: step).lastPathComponent, temporary.path) == 0,
      rename(temporary.path, link.path) == 0
    else { throw WriteError(path: link.path, code: errno) }
  }

  /// The step of the checkpoint that `link` points to.
  package func step(of link: URL) -> Int? {
    guard let name = try? FileManager.default.destinationOfSymbolicLink(atPath: link.path) else { return nil }
    return Int(name.dropFirst(5).prefix { $0.isNumber })
  }

  /// A step in at least six digits, so that names sort by step.
  private static func digits(_ step: Int) -> String {
    let text = String(step)
    return String(repeating: "0", count: max(0, 6 - text.count)) + text
  }
}

extension RunFolder {
  /// Opens the checkpoint of `step`, the best, or the newest; instead of a damaged best or newest one, the newest readable one.
  ///
  /// - Parameters:
  ///   - step: The step; nil for the newest.
  ///   - best: Whether to open the best checkpoint.
  ///   - networks: The networks that will be read; only their bytes are checked. A generator stands for its moving average if there
  ///     is one.
  ///   - note: Receives one sentence for each damaged checkpoint.
  /// - Returns: The file and its header.
  /// - Throws: `WeightsError` if there is none; `CheckpointError` or `SafetensorsError` if none can be read.
  package func openCheckpoint(
    step: Int? = nil, best: Bool = false, networks: [String] = WeightsFile.publishedNames,
    note: (String) -> Void = { _ in }
  ) throws -> (file: WeightsFile, header: Checkpoint.Header) {
    var candidates = step.map { [checkpoint(step: $0)] } ?? savedSteps.map(checkpoint(step:))
    if step == nil, best, let chosen = self.step(of: self.best) {
      candidates.insert(checkpoint(step: chosen), at: 0)
    }
    var first: (any Error)?
    for url in candidates {
      do {
        let file = try WeightsFile(contentsOf: url, maps: true)
        return (file, try Checkpoint.Header(file, checking: networks.map(file.emaOrCurrent)))
      } catch {
        first = first ?? error
        if step == nil { note("\(error); using another checkpoint") }
      }
    }
    throw first
      ?? WeightsError(
        .missing, path: checkpoints.path, "there is no checkpoint; a run writes one with: easel train")
  }
}
