internal import Dataset
public import Foundation

/// The folders in which models are searched, and the folder for fetched models.
///
/// A model is searched in the folder given by `--models`, in that of EASEL_MODELS, in the user's cache
/// folder, and, if a Debian package installs it, in the system's folder.
public struct ModelStore: Sendable {
  /// The folders; the first one with a model is used.
  public let searchPath: [URL]
  /// The folder that models are fetched into.
  public let downloads: URL
  /// The models that can be found here.
  public let catalogue: [Model]
  /// PATH for pip, curl and unzip; nil for the process's own.
  package var toolPath: String?

  /// A store over `searchPath`, fetching into `downloads`.
  public init(searchPath: [URL], downloads: URL, catalogue: [Model] = ModelCatalogue.models) {
    (self.searchPath, self.downloads, self.catalogue) = (searchPath, downloads, catalogue)
  }

  /// The store that the environment describes.
  ///
  /// - Parameters:
  ///   - folder: The folder given by `--models`: searched first, and fetched into.
  ///   - environment: The variables EASEL_MODELS, XDG_CACHE_HOME and HOME.
  public init(
    folder: URL? = nil, environment: [String: String] = ProcessInfo.processInfo.environment
  ) {
    self.init(
      searchPath: (folder.map { [$0] } ?? []) + ModelFolders.searchPath(environment),
      downloads: folder ?? ModelFolders.cache(environment))
  }

  /// The files of the model called `name`, all in one folder of the search path; their contents are not checked.
  ///
  /// - Returns: One file each of `Model.files`, in their order; nil if the model is unknown or missing.
  public func files(of name: String) -> [URL]? {
    guard let model = catalogue.first(where: { $0.name == name }) else { return nil }
    let candidates = searchPath.map { folder in model.files.map { folder.appendingPathComponent($0.path) } }
    let system = model.files.compactMap { file in
      if case .debian(_, let path) = file.address { URL(fileURLWithPath: path) } else { nil }
    }
    return (candidates + [system]).first { files in
      files.count == model.files.count && files.allSatisfy(ModelStore.isFile)
    }
  }

  /// The first file of the model called `name`; nil if it is not installed.
  public func locate(_ name: String) -> URL? { files(of: name)?.first }

  /// The first file of the model called `name`, which `purpose` requires.
  ///
  /// - Parameters:
  ///   - name: The model's name in the catalogue.
  ///   - purpose: What needs it; the error's sentence begins with it.
  /// - Returns: Its first file.
  /// - Throws: `ModelError.missing`, which names the command that gets it, or `ModelError.unknown`.
  public func require(_ name: String, for purpose: String) throws(ModelError) -> URL {
    let model = try model(named: name)
    guard let file = locate(name) else { throw .missing(model, neededFor: purpose) }
    return file
  }

  /// The file of the segmentation network `name`, which may be a user's own: a path, or an ONNX file in the
  /// search path.
  ///
  /// - Throws: `ModelError.missing` or `ModelError.unknown`.
  public func segmentation(_ name: String) throws(ModelError) -> URL {
    let own =
      name.hasSuffix(".onnx")
      ? [URL(fileURLWithPath: NSString(string: name).expandingTildeInPath)]
      : searchPath.map { $0.appendingPathComponent("\(name).onnx") }
    if let file = own.first(where: ModelStore.isFile) { return file }
    return try require(name, for: "the mask method segment")
  }

  /// The state of the model called `name`; its files are read completely.
  ///
  /// - Throws: `ModelError.unknown`.
  public func status(of name: String) throws(ModelError) -> ModelStatus {
    let model = try model(named: name)
    guard let files = files(of: name) else { return .missing }
    for (file, url) in zip(model.files, files) {
      guard let digest = try? Digest(ofFile: url) else { return .unreadable(url) }
      if digest.hex != file.digest { return .different(files, found: digest.hex, at: url) }
    }
    return .present(files)
  }

  /// The model called `name`.
  func model(named name: String) throws(ModelError) -> Model {
    guard let model = catalogue.first(where: { $0.name == name }) else {
      throw .unknown(name, known: catalogue.map(\.name))
    }
    return model
  }

  private static func isFile(_ url: URL) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) && !isFolder.boolValue
  }
}

/// The state of a model.
public enum ModelStatus: Sendable, Hashable {
  /// No folder of the search path has it.
  case missing
  /// It is installed, and its files are those of the catalogue.
  case present([URL])
  /// Files with its names are installed and will be used, but one has another SHA-256 than in the catalogue.
  case different([URL], found: String, at: URL)
  /// A file with its name cannot be read.
  case unreadable(URL)
}
