import Dataset

/// Writes Hugging Face's imagefolder: a folder for each split, with a `metadata.jsonl` that lists its images.
///
/// `datasets` needs the same columns with the same types in every split and infers them from the values. So lines are flat,
/// no value is missing, and a number that some sample lacks is omitted in all lines.
struct ImageFolderWriter: ExportWriter {
  private let staging: Staging
  private let measures: [String]
  private let complete: Set<String>
  private var metadata: [Split: StagedFile] = [:]

  init(_ staging: Staging, _ overview: DatasetReader.Overview) {
    self.staging = staging
    measures = overview.measures.sorted()
    complete = Set(overview.numbers.filter { $0.value == overview.samples }.keys)
  }

  mutating func add(_ sample: Sample, image: [UInt8]) throws {
    let (split, name) = (sample.split ?? .train, "\(sample.domain.rawValue)/\(sample.id).png")
    try staging.write(image, to: "\(split.rawValue)/\(name)")
    let file = try metadata[split] ?? staging.file("\(split.rawValue)/metadata.jsonl")
    metadata[split] = file
    var line = try "{\"file_name\":" + Self.quoted(name)
    for (column, cell) in zip(SampleTable.columns(measures), SampleTable.cells(sample, measures)) {
      guard !column.isNumber || complete.contains(column.name) else { continue }
      line += try ",\"\(column.name)\":" + (column.isNumber ? cell : Self.quoted(cell))
    }
    try file.append(line + "}\n")
  }

  mutating func finish() throws {
    for split in Split.allCases {
      guard let file = metadata[split] else { continue }
      try staging.end(file, as: "\(split.rawValue)/metadata.jsonl")
    }
  }

  private static func quoted(_ text: String) throws -> String {
    String(decoding: try text.jsonLine(), as: UTF8.self)
  }
}

/// Writes WebDataset: tar archives of limited size, each with samples of one split and domain.
///
/// The files of a sample are adjacent and have its ID as their name up to the first dot. IDs are digests, so the manifest's
/// order is already random.
struct WebDatasetWriter: ExportWriter {
  private let staging: Staging
  private let shardSize: Int
  /// The open archive of each split and domain, such as `trainA`.
  private var open: [String: (file: StagedFile, archive: TarArchive)] = [:]
  private var numbers: [String: Int] = [:]

  init(_ staging: Staging, shardSize: Int) { (self.staging, self.shardSize) = (staging, shardSize) }

  mutating func add(_ sample: Sample, image: [UInt8]) throws {
    let prefix = "\(sample.split?.rawValue ?? "train")\(sample.domain.rawValue)"
    if let shard = open[prefix], shard.archive.size >= shardSize { try end(prefix) }
    var shard = try open[prefix] ?? begin(prefix)
    try shard.archive.add("\(sample.id).cls", Array((sample.domain == .a ? "0" : "1").utf8))
    try shard.archive.add("\(sample.id).json", sample.jsonLine())
    try shard.archive.add("\(sample.id).png", image)
    open[prefix] = shard
  }

  mutating func finish() throws {
    for prefix in open.keys.sorted() { try end(prefix) }
  }

  private func begin(_ prefix: String) throws -> (file: StagedFile, archive: TarArchive) {
    let file = try staging.file(Self.name(prefix, numbers[prefix, default: 0]))
    return (file, TarArchive(file))
  }

  private mutating func end(_ prefix: String) throws {
    guard var shard = open.removeValue(forKey: prefix) else { return }
    try shard.archive.finish()
    try staging.end(shard.file, as: Self.name(prefix, numbers[prefix, default: 0]))
    numbers[prefix, default: 0] += 1
  }

  private static func name(_ prefix: String, _ number: Int) -> String {
    let digits = String(number)
    return "\(prefix)-\(String(repeating: "0", count: max(0, 6 - digits.count)))\(digits).tar"
  }
}
