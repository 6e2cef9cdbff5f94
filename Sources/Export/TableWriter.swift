import Dataset
import Imaging

/// A sample as a row of text: every value of its manifest line in a column.
enum SampleTable {
  /// The columns' names, and whether their values are numbers, which may be missing.
  static func columns(_ measures: [String]) -> [(name: String, isNumber: Bool)] {
    let numbers: Set = [
      "width", "height", "source_time", "face_score", "face_x", "face_y", "face_width", "face_height",
      "face_roll", "crop_scale", "crop_outside", "mask_coverage",
    ]
    let names = [
      "id", "domain", "split", "width", "height", "source_path", "source_sha256", "source_time",
      "face_detector", "face_score", "face_x", "face_y", "face_width", "face_height", "face_roll",
      "face_landmarks", "crop_matrix", "crop_scale", "crop_outside", "mask_method", "mask_coverage",
      "mask_flags", "hash", "group", "character", "nearest", "decision_by",
    ]
    return names.map { ($0, numbers.contains($0)) } + measures.map { ("quality_\($0)", true) }
  }

  /// The values in the columns' order.
  ///
  /// A missing value is empty; the items of a list are separated by spaces.
  static func cells(_ sample: Sample, _ measures: [String]) -> [String] {
    let (face, crop, mask) = (sample.face, sample.crop, sample.mask)
    func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
    func list(_ values: [Double]) -> String { values.map { "\($0)" }.joined(separator: " ") }
    let matrix = crop.map {
      [$0.matrix.a, $0.matrix.b, $0.matrix.c, $0.matrix.d, $0.matrix.e, $0.matrix.f]
    }
    let origin = [
      sample.id, sample.domain.rawValue, sample.split?.rawValue ?? "", "\(sample.width ?? 0)",
      "\(sample.height ?? 0)", sample.source.path, sample.source.sha256, text(sample.source.time),
    ]
    let found = [
      face?.detector ?? "", text(face?.score), text(face?.box.x), text(face?.box.y), text(face?.box.width),
      text(face?.box.height), text(face?.roll), Self.text(of: face?.landmarks),
      list(matrix ?? []), text(crop?.scale), text(crop?.outside),
    ]
    let judged = [
      mask?.method ?? "", text(mask?.coverage), mask?.flags.joined(separator: " ") ?? "", sample.hash ?? "",
      sample.group ?? "", sample.character ?? "", sample.nearest?.id ?? "", sample.decision.by.rawValue,
    ]
    return origin + found + judged + measures.map { text(sample.quality?[$0]) }
  }

  /// The known points of a face, in source pixels: `leftEye 12.5 30.0 rightEye 40.0 30.5 ...`.
  private static func text(of landmarks: Landmarks?) -> String {
    Landmarks.named.compactMap { name, path in
      landmarks?[keyPath: path].map { "\(name) \($0.x) \($0.y)" }
    }.joined(separator: " ")
  }
}

/// Images and one table with every value of the manifest, each image's path and its file name.
struct TableWriter: ExportWriter {
  private let staging: Staging
  private let table: StagedFile
  private let measures: [String]

  init(_ staging: Staging, measures: [String]) throws {
    (self.staging, self.measures) = (staging, measures)
    table = try staging.file("samples.csv")
    try row(["image", "file"] + SampleTable.columns(measures).map(\.name))
  }

  mutating func add(_ sample: Sample, image: [UInt8]) throws {
    let file = "\(sample.id).png"
    let name = "images/\(sample.split?.rawValue ?? "train")\(sample.domain.rawValue)/\(file)"
    try staging.write(image, to: name)
    try row([name, file] + SampleTable.cells(sample, measures))
  }

  mutating func finish() throws { try end() }

  /// Closes the table; returns its digest.
  @discardableResult
  func end() throws -> Digest { try staging.end(table, as: "samples.csv").digest }

  /// A record of RFC 4180: a cell with a comma, quote or line break is quoted, and its quotes doubled.
  private func row(_ cells: [String]) throws {
    let quoted = cells.map { cell in
      cell.unicodeScalars.contains { ",\"\r\n".unicodeScalars.contains($0) }
        ? "\"\(cell.replacing("\"", with: "\"\""))\"" : cell
    }
    try table.append(quoted.joined(separator: ",") + "\r\n")
  }
}
