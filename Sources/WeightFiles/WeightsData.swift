package import Foundation

#if canImport(Glibc)
  import Glibc
#endif

extension Data {
  /// The bytes of the regular file at `url`.
  ///
  /// A pipe or a device could block forever or never end, so only regular files are read.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - maps: Whether pages are read when they are used, which is right for files that are only ever replaced as a whole: a
  ///     program that uses a page of a file that was cut off in the meantime is ended.
  /// - Throws: `WeightsError` if there is no such file, if it is not a regular file, or if it cannot be read.
  package init(weightsAt url: URL, maps: Bool = false) throws(WeightsError) {
    try WeightsError.requireFile(url)
    do { self = try Data(contentsOf: url, options: maps ? .alwaysMapped : []) } catch {
      throw WeightsError(
        .missing, path: url.path, "the file cannot be read; check its permissions with ls -l")
    }
  }
}

extension WeightsError {
  /// Checks that `url` is a regular file.
  static func requireFile(_ url: URL) throws(WeightsError) {
    var status = stat()
    guard stat(url.path, &status) == 0 else {
      throw WeightsError(.missing, path: url.path, "there is no such file")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      let kind = status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "a pipe or a device"
      throw WeightsError(.notWeights, path: url.path, "it is \(kind), not a regular file")
    }
  }
}

extension String {
  /// The text on one line without control characters, at most 200 characters long, so that it is safe in a terminal.
  package var printable: String {
    unicodeScalars.count > 200 ? String(unicodeScalars.prefix(200)).escaped + "..." : escaped
  }

  /// The text with its control characters written as escapes.
  var escaped: String {
    var text = ""
    for scalar in unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse:
        text += "\\u{" + String(scalar.value, radix: 16) + "}"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}
