import Dataset
import Foundation

/// The README.md of an export: how to read the format, then the dataset's own card.
struct ExportCard {
  /// The text, in Markdown with YAML front matter.
  let text: String

  init(_ output: OutputFolder, format: ExportFormat, overview: DatasetReader.Overview) {
    let own =
      (try? String(contentsOf: output.url.appendingPathComponent("README.md"), encoding: .utf8)) ?? ""
    let (front, body) = Self.parts(own)
    var lines = ["---"] + (front.isEmpty ? ["license: unknown"] : front)
    if format == .imagefolder {
      lines += [
        "configs:", "- config_name: default", "  data_files:",
      ]
      for split in Split.allCases where overview.counts.keys.contains(where: { $0.hasPrefix(split.rawValue) })
      {
        lines += ["  - split: \(split.rawValue)", "    path: \(split.rawValue)/**"]
      }
    }
    lines += [
      "---", "", "\(overview.samples) images, exported as \(format.rawValue). \(Self.reading(format))", "",
    ]
    text =
      lines.joined(separator: "\n") + "\n" + (body.isEmpty ? "# \(output.url.lastPathComponent)\n" : body)
  }

  /// The lines between the two `---` at the start of a card, and the text after them.
  private static func parts(_ card: String) -> (front: [String], body: String) {
    let lines = card.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard lines.first == "---", let end = lines.dropFirst().firstIndex(of: "---") else { return ([], card) }
    let body = lines[(end + 1)...].drop { $0.isEmpty }
    return (Array(lines[1..<end]), body.joined(separator: "\n"))
  }

  /// How to read the format.
  private static func reading(_ format: ExportFormat) -> String {
    switch format {
    case .imagefolder: "With Hugging Face's datasets: `load_dataset(\"imagefolder\", data_dir=\".\")`."
    case .webdataset:
      "With webdataset: `WebDataset(\"trainA-000000.tar\").decode(\"pil\").to_tuple(\"png\", \"json\")`; `cls` is 0 for "
        + "domain A and 1 for B."
    case .coco:
      "With pycocotools: `COCO(\"annotations/train.json\")`; images are under `images/`; category 1 is domain A, 2 is B."
    case .csv: "`samples.csv` has one row for each image (RFC 4180, UTF-8)."
    case .croissant: "With mlcroissant: `Dataset(\"croissant.json\").records(\"samples\")`."
    case .lists:
      "The lists have CelebA's form: `list_attr.txt`, `list_bbox.txt`, `list_landmarks.txt`, `list_pose.txt`, "
        + "`list_eval_partition.txt` (0 training, 2 testing) and `identity.txt` (groups that are never split)."
    }
  }
}
