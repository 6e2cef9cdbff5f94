import Dataset
import Foundation
import Tensors
import WeightFiles

/// The weights that a new run starts from: from another run, or from a file of any published trainer.
///
/// As in minivision-ai/photo2cartoon, train.py, `--pretrained_weights`.
struct StartingWeights {
  private let file: WeightsFile

  /// The weights of the run or file at `url`.
  ///
  /// - Throws: `WeightsError`, `SafetensorsError`, `CheckpointError`.
  init(_ url: URL) throws {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue {
      file = try RunFolder(url).openCheckpoint().file
    } else {
      file = try WeightsFile(contentsOf: url)
    }
  }

  /// Overwrites the networks' weights with those of the file; both generators are required, discriminators are optional.
  ///
  /// - Returns: One sentence about what was loaded.
  /// - Throws: `TrainError.startingWeights` with the keys that differ if a network does not fit, before anything is changed;
  ///   `WeightsError`, `TensorError`.
  func load(into networks: NetworkSet) throws -> String {
    let path = file.url.path
    var loaded: [(module: any Module, name: String, source: String)] = []
    for (name, module) in networks.named {
      let source = file.emaOrCurrent(name)
      guard file.names.contains(source) else {
        if name.hasPrefix("gen") {
          throw TrainError.startingWeights(
            path, "it has no \(name); it contains \(file.names.joined(separator: ", "))")
        }
        continue
      }
      let difference = KeyDifference(
        of: "\(name) of \(path)", expected: module.state.map { ($0.key, $0.tensor.shape) },
        found: try file.shapes(source))
      guard difference.isEmpty else { throw TrainError.startingWeights(path, difference.description) }
      loaded.append((module, name, source))
    }
    for (module, _, source) in loaded { try module.load(try file.stateDict(source)) }
    if let key = try networks.firstNotFinite() {
      throw TrainError.startingWeights(path, "\(key) contains values that are not finite numbers")
    }
    let names = loaded.map(\.name).joined(separator: ", ")
    return "the run starts from \(names) of \(path), with new optimisers"
  }
}
