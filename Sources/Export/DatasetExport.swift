public import Dataset
public import Foundation
import Imaging
import PublishedDataset

/// Writes a published dataset in another format to a new folder.
///
/// Only the published files are read, so a dataset that was copied to another machine can be exported there. Samples are
/// read and written one at a time. Equal datasets are exported to equal bytes.
public struct DatasetExport: Sendable {
  /// The result of an export.
  public struct Result: Sendable, Hashable {
    /// The folder.
    public let folder: URL
    /// The number of exported samples.
    public let samples: Int
  }

  private let output: OutputFolder
  private let format: ExportFormat
  private let target: URL
  /// The size in bytes at which a tar archive is finished and the next one started.
  var shardSize = 1 << 30

  /// The export of the dataset in `output`.
  ///
  /// - Parameters:
  ///   - output: The dataset's folder.
  ///   - format: The format to write.
  ///   - target: The folder to create; nil for `<dataset>-<format>` beside the dataset.
  public init(_ output: OutputFolder, as format: ExportFormat, to target: URL? = nil) {
    (self.output, self.format) = (output, format)
    let beside = output.url.deletingLastPathComponent().appendingPathComponent(
      "\(output.url.lastPathComponent)-\(format.rawValue)", isDirectory: true)
    self.target = (target ?? beside).standardizedFileURL
  }

  /// Checks the whole dataset and the target, and writes nothing.
  ///
  /// - Returns: The folder and the number of samples that would be written.
  /// - Throws: `ExportError`, `DatasetError`.
  public func check() throws -> Result {
    try checkPlace()
    return Result(folder: target, samples: try DatasetReader(output: output).overview().samples)
  }

  /// Checks the whole dataset, then writes it.
  ///
  /// - Parameter reporter: Receives a report for each sample.
  /// - Returns: The folder and the number of samples.
  /// - Throws: `ExportError`, `DatasetError`, `WriteError`, `CancellationError`; then nothing is left in the target.
  public func write(reporter: any StageReporter = SilentReporter()) throws -> Result {
    try checkPlace()
    let reader = DatasetReader(output: output)
    let overview = try reader.overview()
    let staging = try Staging(for: target)
    do {
      reporter.began(.export, total: overview.samples)
      var writer = try makeWriter(staging, overview)
      try reader.forEach { sample, line in
        try Task.checkCancellation()
        try writer.add(sample, image: try reader.image(of: sample, line: line))
        reporter.finished(
          ItemReport(path: sample.fileName ?? "", status: .done, outputs: [target.path]), of: .export)
      }
      try writer.finish()
      let card = ExportCard(output, format: format, overview: overview)
      try staging.write(Array(card.text.utf8), to: "README.md")
      try staging.finish()
    } catch {
      staging.discard()
      throw error
    }
    var summary = StageSummary(stage: .export)
    summary.done = overview.samples
    summary.notes = ["written to \(target.path)"]
    reporter.ended(summary)
    return Result(folder: target, samples: overview.samples)
  }

  private func makeWriter(_ staging: Staging, _ overview: DatasetReader.Overview) throws -> any ExportWriter {
    switch format {
    case .imagefolder: ImageFolderWriter(staging, overview)
    case .webdataset: WebDatasetWriter(staging, shardSize: shardSize)
    case .coco: try CocoWriter(staging, DatasetReader(output: output), name: output.url.lastPathComponent)
    case .csv: try TableWriter(staging, measures: overview.measures.sorted())
    case .croissant:
      try CroissantWriter(
        staging, name: output.url.lastPathComponent, measures: overview.measures.sorted())
    case .lists: try ListsWriter(staging, samples: overview.samples)
    }
  }

  /// Checks that neither folder is inside the other.
  private func checkPlace() throws {
    func real(_ url: URL) -> String {
      // The target need not exist, and one of its parent folders may be a link.
      var (existing, missing) = (url, [String]())
      while existing.path != "/", !FileManager.default.fileExists(atPath: existing.path) {
        missing.insert(existing.lastPathComponent, at: 0)
        existing = existing.deletingLastPathComponent()
      }
      return missing.reduce(existing.resolvingSymlinksInPath()) { $0.appendingPathComponent($1) }.path + "/"
    }
    let (dataset, target) = (real(output.url), real(self.target))
    guard !target.hasPrefix(dataset), !dataset.hasPrefix(target) else {
      throw ExportError.overlapping(self.target.path)
    }
  }
}

/// Writes one format.
protocol ExportWriter {
  /// Writes the next sample with the bytes of its PNG file.
  mutating func add(_ sample: Sample, image: [UInt8]) throws
  /// Finishes the files after the last sample.
  mutating func finish() throws
}

extension Encodable {
  /// The value as one line of JSON, keys in alphabetical order.
  func jsonLine() throws -> [UInt8] {
    let encoder = JSONEncoder.stable
    return try Array(encoder.encode(self))
  }
}

extension Sample {
  /// The face box in image pixels, clipped to the image; the whole image if no face is recorded.
  var faceBox: Box {
    let (width, height) = (Double(self.width ?? 0), Double(self.height ?? 0))
    let whole = Box(x: 0, y: 0, width: width, height: height)
    guard let face, let crop else { return whole }
    let box = face.box
    let corners = [
      (box.x, box.y), (box.x + box.width, box.y), (box.x, box.y + box.height),
      (box.x + box.width, box.y + box.height),
    ].map { crop.matrix(Point(x: $0.0, y: $0.1)) }
    // Pixel centres are at integers, so the edges are half a pixel outside the first and last centres.
    let (left, right) = (
      max(0, (corners.map(\.x).min() ?? 0) + 0.5), min(width, (corners.map(\.x).max() ?? width) + 0.5)
    )
    let (top, bottom) = (
      max(0, (corners.map(\.y).min() ?? 0) + 0.5), min(height, (corners.map(\.y).max() ?? height) + 0.5)
    )
    guard right > left, bottom > top else { return whole }
    return Box(
      x: Self.rounded(left), y: Self.rounded(top), width: Self.rounded(right - left),
      height: Self.rounded(bottom - top))
  }

  /// The face's landmarks in image pixels, rounded to hundredths; nil if no face is recorded.
  var faceLandmarks: Landmarks? {
    guard let face, let crop else { return nil }
    var landmarks = face.landmarks.mapped(by: crop.matrix)
    func round(_ name: WritableKeyPath<Landmarks, Point?>) {
      landmarks[keyPath: name] = landmarks[keyPath: name].map {
        Point(x: Self.rounded($0.x), y: Self.rounded($0.y))
      }
    }
    for name in Landmarks.named.map(\.path) { round(name) }
    return landmarks
  }

  private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}
