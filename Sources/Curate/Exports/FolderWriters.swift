import Dataset
import Imaging

/// Hugging Face's imagefolder: splits are folders, `metadata.jsonl` above both names each image by its path.
struct ImageFolderWriter: ExportWriter {
  private let staging: Staging
  private let metadata: StagedFile

  init(_ staging: Staging) throws {
    self.staging = staging
    metadata = try staging.file("metadata.jsonl")
  }

  mutating func add(_ sample: Sample, image: [UInt8]) throws {
    var sample = sample
    sample.fileName = "\(sample.split?.rawValue ?? "train")/\(sample.domain.rawValue)/\(sample.id).png"
    try staging.write(image, to: sample.fileName ?? "")
    try metadata.append(sample.jsonLine())
    try metadata.append("\n")
  }

  mutating func finish() throws { try staging.end(metadata, as: "metadata.jsonl") }
}

/// WebDataset: archives of one split and domain each, ended when they are large enough.
///
/// Files of one sample stand together and have its identity as their name up to the first dot. Identities are digests, so
/// the manifest's order is as good as shuffled.
struct WebDatasetWriter: ExportWriter {
  private let staging: Staging
  private let shardSize: Int
  private var open: (prefix: String, number: Int, file: StagedFile, archive: TarArchive)?
  private var numbers: [String: Int] = [:]

  init(_ staging: Staging, shardSize: Int) { (self.staging, self.shardSize) = (staging, shardSize) }

  mutating func add(_ sample: Sample, image: [UInt8]) throws {
    let prefix = "\(sample.split?.rawValue ?? "train")\(sample.domain.rawValue)"
    if let open, open.prefix != prefix || open.archive.size >= shardSize { try end() }
    if open == nil {
      let number = numbers[prefix, default: 0]
      numbers[prefix] = number + 1
      let file = try staging.file(Self.name(prefix, number))
      open = (prefix, number, file, TarArchive(file))
    }
    try open?.archive.add("\(sample.id).cls", Array((sample.domain == .a ? "0" : "1").utf8))
    try open?.archive.add("\(sample.id).json", sample.jsonLine())
    try open?.archive.add("\(sample.id).png", image)
  }

  mutating func finish() throws { try end() }

  private mutating func end() throws {
    guard var shard = open else { return }
    open = nil
    try shard.archive.finish()
    try staging.end(shard.file, as: Self.name(shard.prefix, shard.number))
  }

  private static func name(_ prefix: String, _ number: Int) -> String {
    let digits = String(number)
    return "\(prefix)-\(String(repeating: "0", count: max(0, 6 - digits.count)))\(digits).tar"
  }
}

/// Images and one table of everything that the manifest says.
struct TableWriter: ExportWriter {
  private let staging: Staging
  private let table: StagedFile
  private let measures: [String]

  init(_ staging: Staging, measures: [String]) throws {
    (self.staging, self.measures) = (staging, measures)
    table = try staging.file("samples.csv")
    try row(Self.columns(measures).map(\.name))
  }

  /// The columns: their names, and whether their values are numbers.
  static func columns(_ measures: [String]) -> [(name: String, isNumber: Bool)] {
    let texts: Set = [
      "image", "id", "domain", "split", "source_path", "source_sha256", "face_detector", "face_landmarks",
      "crop_matrix", "mask_method", "mask_flags", "hash", "group", "nearest", "decision_by",
    ]
    let names =
      [
        "image", "id", "domain", "split", "width", "height", "source_path", "source_sha256", "source_time",
        "face_detector", "face_score", "face_x", "face_y", "face_width", "face_height", "face_roll",
        "face_landmarks", "crop_matrix", "crop_scale", "crop_outside", "mask_method", "mask_coverage",
        "mask_flags", "hash", "group", "nearest", "decision_by",
      ] + measures.map { "quality_\($0)" }
    return names.map { ($0, !texts.contains($0)) }
  }

  mutating func add(_ sample: Sample, image: [UInt8]) throws {
    let name = "images/\(sample.split?.rawValue ?? "train")\(sample.domain.rawValue)/\(sample.id).png"
    try staging.write(image, to: name)
    let (face, crop, mask) = (sample.face, sample.crop, sample.mask)
    func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
    func list(_ values: [Double]) -> String { values.map { "\($0)" }.joined(separator: " ") }
    let matrix = crop.map { [$0.matrix.a, $0.matrix.b, $0.matrix.c, $0.matrix.d, $0.matrix.e, $0.matrix.f] }
    let origin = [
      name, sample.id, sample.domain.rawValue, sample.split?.rawValue ?? "", "\(sample.width ?? 0)",
      "\(sample.height ?? 0)", sample.source.path, sample.source.sha256, text(sample.source.time),
    ]
    let found = [
      face?.detector ?? "", text(face?.score), text(face?.box.x), text(face?.box.y), text(face?.box.width),
      text(face?.box.height), text(face?.roll), list(face?.landmarks.flatMap { [$0.x, $0.y] } ?? []),
      list(matrix ?? []), text(crop?.scale), text(crop?.outside),
    ]
    let judged = [
      mask?.method ?? "", text(mask?.coverage), mask?.flags.joined(separator: " ") ?? "", sample.hash ?? "",
      sample.group ?? "", sample.nearest?.id ?? "", sample.decision.by.rawValue,
    ]
    try row(origin + found + judged + measures.map { text(sample.quality?[$0]) })
  }

  mutating func finish() throws { try end() }

  /// Ends the table; returns its digest.
  @discardableResult
  func end() throws -> Digest { try staging.end(table, as: "samples.csv").digest }

  /// A record of RFC 4180: what holds a comma, a quote or a line break stands in quotes, quotes doubled.
  private func row(_ cells: [String]) throws {
    let quoted = cells.map { cell in
      cell.unicodeScalars.contains { ",\"\r\n".unicodeScalars.contains($0) }
        ? "\"\(cell.replacing("\"", with: "\"\""))\"" : cell
    }
    try table.append(quoted.joined(separator: ",") + "\r\n")
  }
}
