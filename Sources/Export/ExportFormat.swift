/// The formats that a dataset can be exported to.
public enum ExportFormat: String, Sendable, Hashable, CaseIterable {
  /// Hugging Face's imagefolder: `train/` and `test/` with a folder for each domain, and a `metadata.jsonl`.
  case imagefolder
  /// WebDataset: tar archives such as `trainA-000000.tar`; each sample is a `.png`, a `.json` and a `.cls`.
  case webdataset
  /// COCO: images, and for each split an annotation file with a face box and seven key points for each image.
  case coco
  /// Images and one table, `samples.csv` (RFC 4180), with a column for each value.
  case csv
  /// The images and table of `csv`, described by MLCommons' Croissant 1.0 in `croissant.json`.
  case croissant
  /// Images and lists in CelebA's format: attributes, boxes, landmarks, identities and the partition.
  case lists
}

/// The reason why a dataset could not be exported; then nothing is left in the target folder.
public enum ExportError: Error, Sendable, CustomStringConvertible {
  /// The target is inside the dataset, or the dataset is inside the target.
  case overlapping(String)
  /// The target contains a file that no earlier export wrote.
  case foreign(String, file: String)
  /// A line of the manifest cannot be exported.
  case line(String, number: Int, reason: String)
  /// The manifest contains no samples.
  case empty(String)

  /// One sentence with what to do next.
  public var description: String {
    switch self {
    case .overlapping(let path):
      "\(path) is inside the dataset or contains it; choose a folder beside the dataset with --to"
    case .foreign(let path, let file):
      "\(path) contains \(file), which was not written by an export or was changed afterwards; "
        + "choose an empty or new folder with --to"
    case .line(let path, let number, let reason):
      "\(path), line \(number): \(reason); run easel curate to write it again"
    case .empty(let path): "\(path) contains no samples; run easel curate first"
    }
  }
}
