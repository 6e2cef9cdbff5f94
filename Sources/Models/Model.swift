/// A model that Easel knows: its purpose, its origin, and the digests that identify it.
public struct Model: Sendable, Hashable {
  /// The task of a model.
  public enum Task: String, Sendable, Hashable, CaseIterable {
    /// Finds faces in photographs.
    case photoFaces = "photo faces"
    /// Finds anime faces.
    case animeFaces = "anime faces"
    /// Separates people from the background.
    case segmentation = "person segmentation"
    /// Finds the points of a photographed face.
    case landmarks = "face landmarks"
    /// Recognizes whether two photographed faces belong to the same person.
    case embedding = "face embedding"
    /// Features of whole images, for KID-lite.
    case imageFeatures = "image features"
  }

  /// The name in settings and commands, such as `yunet`.
  public let name: String
  /// Its task.
  public let task: Task
  /// Its files, all in one folder; the first one is opened.
  public let files: [ModelFile]
  /// The license, as its source states it.
  public let licence: String
  /// Its inputs and outputs, and its limits.
  public let notes: String

  /// A model of `files`, which must not be empty.
  public init(name: String, task: Task, files: [ModelFile], licence: String, notes: String) {
    precondition(!files.isEmpty, "a model has at least one file")
    (self.name, self.task, self.files) = (name, task, files)
    (self.licence, self.notes) = (licence, notes)
  }

  /// The size of all its files in bytes.
  public var bytes: Int { files.map(\.bytes).reduce(0, +) }

  /// The command that installs it.
  public var command: String {
    for case .debian(let package, _) in files.map(\.address) { return "sudo apt-get install \(package)" }
    return "easel models fetch \(name)"
  }
}

/// One file of a model.
public struct ModelFile: Sendable, Hashable {
  /// The path under a folder of models: a name, or a folder and a name.
  public let path: String
  /// The size in bytes.
  public let bytes: Int
  /// The SHA-256 of its content: 64 lower-case hexadecimal digits.
  public let digest: String
  /// Its source.
  public let address: ModelAddress

  /// The file at `path`, known by its size and digest.
  public init(path: String, bytes: Int, digest: String, address: ModelAddress) {
    (self.path, self.bytes, self.digest, self.address) = (path, bytes, digest, address)
  }
}

/// The source of a model's file.
public enum ModelAddress: Sendable, Hashable, CustomStringConvertible {
  /// A member of a package's wheel, whose own SHA-256 is pinned too.
  case pypi(package: String, version: String, platform: WheelPlatform, digest: String, member: String)
  /// A file of a repository at one commit.
  case github(repository: String, commit: String, path: String)
  /// A file that a Debian package installs.
  case debian(package: String, path: String)

  /// The address for people.
  public var description: String {
    switch self {
    case .pypi(let package, let version, _, _, let member): "PyPI \(package) \(version), \(member)"
    case .github(let repository, let commit, let path):
      "https://raw.githubusercontent.com/\(repository)/\(commit)/\(path)"
    case .debian(let package, let path): "Debian \(package), \(path)"
    }
  }
}

/// The machines that a wheel is made for.
public enum WheelPlatform: Sendable, Hashable {
  /// Every machine.
  case any
  /// One CPython, such as `3.11`, on the machines of one platform tag, such as `manylinux2014_x86_64`.
  case python(String, String)

  /// Options that make pip take this wheel with any Python version.
  var pipArguments: [String] {
    switch self {
    case .any: []
    case .python(let version, let tag):
      [
        "--implementation", "cp", "--python-version", version, "--platform", tag,
        "--abi", "cp" + version.filter { $0 != "." },
      ]
    }
  }
}
