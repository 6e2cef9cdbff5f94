/// Why a model cannot be used or fetched.
public enum ModelError: Error, Sendable, Hashable, CustomStringConvertible {
  /// There is no model of this name.
  case unknown(String, known: [String])
  /// A needed model is in no folder of the search path.
  case missing(Model, neededFor: String)
  /// The model comes with a Debian package, which only the administrator can install.
  case packaged(Model, package: String)
  /// A program that fetching needs is not on PATH.
  case noTool(String, model: String)
  /// The download failed because there is no network connection to the address.
  case noNetwork(model: String, address: String, detail: String)
  /// The program that downloads or unpacks failed for another reason.
  case failed(model: String, tool: String, detail: String)
  /// The downloaded file is not the expected one.
  case mismatch(model: String, file: String, expected: String, found: String)
  /// Another file already has the name; it is not overwritten.
  case occupied(model: String, path: String)

  /// One sentence that says what to do.
  public var description: String {
    switch self {
    case .unknown(let name, let known):
      "there is no model '\(name)'; there are \(known.joined(separator: ", "))"
    case .missing(let model, let purpose):
      "\(purpose) needs the model \(model.name) (\(model.task.rawValue)), which is not on this machine; get it with: \(model.command)"
    case .packaged(let model, let package):
      "\(model.name) comes with Debian's \(package); get it with: \(model.command)"
    case .noTool(let tool, let model):
      "fetching \(model) needs \(tool), which is not on PATH; install it with: sudo apt-get install \(ModelError.package(of: tool))"
    case .noNetwork(let model, let address, let detail):
      "\(model) could not be fetched from \(address), the network did not answer (\(detail)); try again, or put the file into a folder named by --models or EASEL_MODELS"
    case .failed(let model, let tool, let detail):
      "\(model) could not be fetched: \(tool) said: \(detail)"
    case .mismatch(let model, let file, let expected, let found):
      "\(model) was not kept: \(file) has SHA-256 \(found) instead of \(expected), so it was damaged on the way or changed at its source; try again"
    case .occupied(let model, let path):
      "\(model) was not fetched: \(path) is another file under its name; move it away first"
    }
  }

  private static func package(of tool: String) -> String { tool == "pip" ? "python3-pip" : tool }
}
