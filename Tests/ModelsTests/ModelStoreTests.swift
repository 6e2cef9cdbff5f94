import Dataset
import Foundation
import Models
import TestSupport
import Testing

struct ModelStoreTests {
  let folder = try? TemporaryFolder()

  /// Writes `text` to `path` in a folder of the test and returns that folder.
  private func write(_ text: String, _ path: String, in name: String) throws -> URL {
    let root = try #require(folder).appending(name)
    try AtomicFile.write(Data(text.utf8), to: root.appendingPathComponent(path))
    return root
  }

  @Test("Models are searched in the given folder, then in EASEL_MODELS, then in the cache") func searchOrder()
    throws
  {
    let file = "lbpcascade_animeface.xml"
    let given = try write("given", file, in: "given")
    let named = try write("named", file, in: "named")
    let home = try write("cached", ".cache/easel/models/\(file)", in: "home")
    var environment = ["HOME": home.path]
    #expect(
      ModelStore(environment: environment).locate("lbp-anime")?.path
        == home.appendingPathComponent(".cache/easel/models/\(file)").path)
    environment["EASEL_MODELS"] = named.path
    #expect(
      ModelStore(environment: environment).locate("lbp-anime")?.path == named.path + "/" + file)
    let store = ModelStore(folder: given, environment: environment)
    #expect(store.locate("lbp-anime")?.path == given.path + "/" + file)
    #expect(store.downloads.path == given.path)
  }

  @Test("XDG_CACHE_HOME is the cache folder unless it is relative") func cacheFolder() {
    let moved = ModelStore(environment: ["HOME": "/home/a", "XDG_CACHE_HOME": "/var/b", "EASEL_MODELS": ""])
    #expect(moved.downloads.path == "/var/b/easel/models")
    #expect(moved.searchPath.map(\.path) == ["/var/b/easel/models"])
    let relative = ModelStore(environment: ["HOME": "/home/a", "XDG_CACHE_HOME": "b"])
    #expect(relative.downloads.path == "/home/a/.cache/easel/models")
  }

  @Test("A model of two files is installed only if one folder has both") func twoFiles() throws {
    let caffe = "mobilefacenet/mxnet2caffe_mobilefacenet.caffemodel"
    let text = "mobilefacenet/mxnet2caffe_mobilefacenet.prototxt"
    let first = try write("half", caffe, in: "first")
    let second = try write("half", text, in: "second")
    let store = ModelStore(searchPath: [first, second], downloads: first)
    #expect(store.files(of: "mobilefacenet") == nil)
    _ = try write("other half", caffe, in: "second")
    #expect(store.files(of: "mobilefacenet")?.map(\.path) == [caffe, text].map { second.path + "/" + $0 })
    #expect(store.locate("mobilefacenet")?.lastPathComponent == "mxnet2caffe_mobilefacenet.caffemodel")
  }

  @Test("A folder with a model's name is not the model") func folderName() throws {
    let root = try write("", "pfld.onnx/inside", in: "odd")
    #expect(ModelStore(searchPath: [root], downloads: root).locate("pfld") == nil)
  }

  @Test("A user's own model file is used and reported as different") func userFile() throws {
    let root = try write("mine", "pfld.onnx", in: "own")
    let store = ModelStore(searchPath: [root], downloads: root)
    let file = root.appendingPathComponent("pfld.onnx")
    #expect(try store.require("pfld", for: "a test").path == file.path)
    #expect(
      try store.status(of: "pfld")
        == .different([file], found: Digest(of: "mine").hex, at: file))
    #expect(try store.status(of: "sinet") == .missing)
  }

  @Test("Files of Debian packages are found after the user's folders") func debianFiles() throws {
    let root = try write("cascade", "usr/faces.xml", in: "system")
    let installed = root.appendingPathComponent("usr/faces.xml")
    let model = Model(
      name: "faces", task: .photoFaces,
      files: [
        ModelFile(
          path: "faces.xml", bytes: 7, digest: Digest(of: "cascade").hex,
          address: .debian(package: "faces-data", path: installed.path))
      ], licence: "MIT", notes: "")
    let own = root.appendingPathComponent("own")
    let store = ModelStore(searchPath: [own], downloads: own, catalogue: [model])
    #expect(try store.status(of: "faces") == .present([installed]))
    _ = try write("mine", "own/faces.xml", in: "system")
    #expect(store.locate("faces")?.path == own.path + "/faces.xml")
  }

  @Test("The error for a missing model says what needs it and how to fetch it") func missingModel() throws {
    let empty = try #require(folder).url
    let store = ModelStore(searchPath: [empty], downloads: empty)
    let error = #expect(throws: ModelError.self) {
      try store.require("animeface", for: "finding anime faces")
    }
    #expect(
      error?.description
        == "finding anime faces needs the model animeface (anime faces), which is not on this machine; get it with: easel models fetch animeface"
    )
    #expect(throws: ModelError.unknown("yunett", known: ModelCatalogue.models.map(\.name))) {
      try store.require("yunett", for: "a test")
    }
    let haar = try #require(ModelCatalogue.model(named: "haar"))
    #expect(haar.command == "sudo apt-get install opencv-data")
  }
}

struct ModelCatalogueTests {
  @Test("Names, files and digests of the catalogue are unique and valid") func uniqueEntries() {
    let models = ModelCatalogue.models
    let files = models.flatMap(\.files)
    #expect(Set(models.map(\.name)).count == models.count)
    #expect(Set(files.map(\.path)).count == files.count)
    #expect(Set(files.map(\.digest)).count == files.count)
    for file in files {
      #expect(file.digest.count == 64 && file.digest.allSatisfy { $0.isHexDigit && !$0.isUppercase })
      #expect(file.bytes > 0)
    }
  }

  @Test(
    "The installed files have the expected digests",
    .enabled(if: TestData.models != nil, "EASEL_MODELS is not set"))
  func digests() throws {
    let folder = try #require(TestData.models)
    let store = ModelStore(searchPath: [folder], downloads: folder)
    let found = ModelCatalogue.models.filter {
      store.files(of: $0.name)?.first?.path.hasPrefix(folder.path) == true
    }
    #expect(found.contains { $0.name == "yunet" })
    for model in found {
      let files = try #require(store.files(of: model.name))
      #expect(try store.status(of: model.name) == .present(files))
      for (file, url) in zip(model.files, files) {
        #expect(try url.resourceValues(forKeys: [.fileSizeKey]).fileSize == file.bytes)
      }
    }
  }

  @Test("The set-up script and the catalogue pin the same wheel and library") func setUpScript() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let script = try String(contentsOf: root.appendingPathComponent("scripts/setup.sh"), encoding: .utf8)
    let file = try #require(ModelCatalogue.model(named: "animeface")?.files.first)
    #expect(script.contains(file.digest))
    #expect(script.contains("models/\(file.path)"))
    guard case .pypi(let package, let version, _, let digest, _) = file.address else {
      Issue.record("animeface comes from PyPI")
      return
    }
    #expect(script.contains("wheel \(package) \(version) \(digest)"))
  }
}
