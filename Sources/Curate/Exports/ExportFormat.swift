/// The forms in which a dataset is handed on.
public enum ExportFormat: String, Sendable, Hashable, CaseIterable {
  /// Hugging Face's imagefolder: `train/` and `test/` with a folder a domain, and a `metadata.jsonl`.
  case imagefolder
  /// WebDataset: tar archives such as `trainA-000000.tar`, each sample a `.png`, a `.json` and a `.cls`.
  case webdataset
  /// COCO: images, and for each split a file of annotations with a face box and five key points an image.
  case coco
  /// Images and one table, `samples.csv` by RFC 4180, a column a value.
  case csv
  /// Images, `metadata.jsonl` and its description by MLCommons' Croissant 1.0, `croissant.json`.
  case croissant
  /// Images and lists as CelebA publishes them: attributes, boxes, landmarks, identities and the partition.
  case lists
}

/// Why a dataset could not be exported; nothing is left where it was to go.
public enum ExportError: Error, Sendable, CustomStringConvertible {
  /// The target lies in the dataset, or the dataset in the target.
  case intoItself(String)
  /// The target holds a file that no earlier export wrote.
  case foreign(String, file: String)
  /// A line of the manifest cannot be exported.
  case line(String, number: Int, reason: String)
  /// The manifest names no sample.
  case empty(String)

  /// One sentence with the way out.
  public var description: String {
    switch self {
    case .intoItself(let path):
      "\(path) and the dataset lie in one another; choose a folder beside the dataset with --to"
    case .foreign(let path, let file):
      "\(path) holds \(file), which no export wrote, or which was changed since; choose an empty or new folder with --to"
    case .line(let path, let number, let reason):
      "\(path), line \(number): \(reason); run easel curate to write it anew"
    case .empty(let path): "\(path) names no sample; run easel curate first"
    }
  }
}
