/// How the unpickler treats a global name, such as a class or a function, in a pickle.
enum PickleName {
  /// State dicts need it.
  case supported
  /// Its objects are skipped.
  case skipped
  /// The file is rejected.
  case refused

  /// Classifies a name such as `collections.OrderedDict`.
  init(_ name: String) {
    let storageClass = name.hasPrefix("torch.") ? String(name.dropFirst("torch.".count)) : ""
    if Self.known.contains(name) || StoredTensor.Element(storageClass: storageClass) != nil {
      self = .supported
    } else {
      self = Self.isDangerous(name) ? .refused : .skipped
    }
  }

  private static let known: Set = [
    "collections.OrderedDict", "torch.Size", "torch._utils._rebuild_tensor",
    "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_parameter",
  ]

  /// Whether only files that attack Python's own reader use `name`.
  ///
  /// No function of a file is ever called. This only decides between skipping an object and rejecting the file.
  private static func isDangerous(_ name: String) -> Bool {
    let harmless = [
      "set", "frozenset", "bytearray", "complex", "slice", "range", "object", "list", "dict", "tuple", "int",
      "float",
      "bool", "str", "bytes",
    ]
    let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.count > 1, let module = parts.first else { return true }
    switch module {
    case "builtins", "__builtin__": return parts.count != 2 || !harmless.contains(parts[1])
    case "torch": return name.contains(".hub.") || parts.last == "load" || name.contains("serialization")
    case "argparse", "collections", "copyreg", "copy_reg", "datetime", "decimal", "enum", "numpy", "pathlib",
      "types",
      "uuid", "_codecs", "yacs", "omegaconf", "easydict", "ml_collections":
      return false
    default: return standardModules.contains(module)
    }
  }

  /// Modules of Python's standard library whose functions change the system or call other functions.
  private static let standardModules: Set = [
    "os", "posix", "nt", "sys", "subprocess", "shutil", "socket", "runpy", "importlib", "imp", "pty",
    "ctypes", "code",
    "codeop", "commands", "webbrowser", "operator", "_operator", "functools", "_functools", "pickle",
    "_pickle", "marshal",
    "timeit", "cProfile", "profile", "pdb", "bdb", "asyncio", "multiprocessing", "threading", "signal",
    "platform",
    "tempfile", "urllib", "http", "ftplib", "smtplib", "requests", "inspect", "linecache", "io", "_io",
    "glob", "site",
    "venv", "ensurepip", "pip", "distutils", "setuptools", "unittest", "doctest", "pydoc", "trace", "zipfile",
    "tarfile",
    "sqlite3", "dill", "cloudpickle", "joblib", "shelve", "logging", "atexit", "gc", "weakref", "nturl2path",
    "posixpath",
    "__main__.__builtins__", "idlelib", "lib2to3", "test", "xmlrpc", "ssl", "select", "selectors", "resource",
    "mmap",
  ]
}
