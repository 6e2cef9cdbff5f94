import Dataset
import Foundation
import Imaging
import PublishedDataset

/// Reads a published dataset one sample at a time and checks its lines, which users may have edited.
struct DatasetReader {
  let output: OutputFolder
  private let archives: ArchivedImages

  init(output: OutputFolder) { (self.output, archives) = (output, ArchivedImages(output)) }

  /// Properties of the whole dataset that some formats need before the first sample.
  struct Overview {
    /// The number of samples.
    var samples = 0
    /// The number by split and domain, such as `trainA`.
    var counts: [String: Int] = [:]
    /// The names of all measures.
    var measures: Set<String> = []
    /// The number of samples with a value, by numeric column.
    var numbers: [String: Int] = [:]
  }

  /// Reads all lines, but no pixels.
  ///
  /// - Throws: `DatasetError`, `ExportError`.
  func overview() throws -> Overview {
    var overview = Overview()
    var ids: [String: Int] = [:]
    try forEach { sample, number in
      if let first = ids.updateValue(number, forKey: sample.id) {
        throw error(number, "its id \(sample.id) is also used in line \(first)")
      }
      overview.samples += 1
      overview.counts["\(sample.split?.rawValue ?? "")\(sample.domain.rawValue)", default: 0] += 1
      let measures = (sample.quality?.pairs ?? []).map(\.name)
      overview.measures.formUnion(measures)
      for (column, cell) in zip(SampleTable.columns(measures), SampleTable.cells(sample, measures))
      where column.isNumber && !cell.isEmpty {
        overview.numbers[column.name, default: 0] += 1
      }
    }
    guard overview.samples > 0 else { throw ExportError.empty(output.metadata.path) }
    return overview
  }

  /// Calls `body` with each sample and the number of its line, in the manifest's order.
  ///
  /// - Throws: `DatasetError`, `ExportError`, or the errors of `body`.
  func forEach(_ body: (Sample, Int) throws -> Void) throws {
    try ManifestFile.forEach(in: output.metadata) { sample, number in
      try check(sample, number)
      try body(sample, number)
    }
  }

  /// The bytes of a sample's image.
  ///
  /// - Throws: `ExportError` if it is missing or not a PNG file.
  func image(of sample: Sample, line number: Int) throws -> [UInt8] {
    let name = sample.fileName ?? ""
    let bytes: [UInt8]
    do throws(ImagingError) {
      bytes =
        if let place = sample.archived {
          try archives.bytes(of: place.member, in: place.archive)
        } else {
          try ImageFile.bytes(path: output.url.appendingPathComponent(name).path)
        }
    } catch {
      throw self.error(number, "\(name) cannot be read (\(error.sentence))")
    }
    guard bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) else {
      throw error(number, "\(name) is not a PNG file")
    }
    return bytes
  }

  /// The maximum difference between an alpha's mean and the coverage in the manifest.
  static let coverageTolerance = 0.01

  /// The mask of a sample: the alpha of its image, or of its cutout if that still matches the manifest.
  ///
  /// - Parameters:
  ///   - sample: The sample.
  ///   - image: The bytes of its image.
  /// - Returns: The alpha with the image's size, one channel; nil if there is no mask or it no longer exists.
  func alpha(of sample: Sample, image: [UInt8]) -> ImageBuffer? {
    guard let mask = sample.mask, mask.method != "none", let width = sample.width, let height = sample.height
    else { return nil }
    let size = PixelSize(width: width, height: height)
    if let own = (try? ImageCodec.decode(image).image)?.alpha { return own.size == size ? own : nil }
    guard let alpha = (try? SamplePixels(output: output).cutout(sample.id, mask: mask))?.alpha else {
      return nil
    }
    let mean = Double(alpha.bytes.reduce(0) { $0 + Int($1) }) / Double(255 * alpha.bytes.count)
    return abs(mean - mask.coverage) <= Self.coverageTolerance ? alpha.resized(to: size) : nil
  }

  /// Checks that a line has the fields that every format needs.
  private func check(_ sample: Sample, _ number: Int) throws {
    guard (1...64).contains(sample.id.utf8.count),
      sample.id.utf8.allSatisfy({ isalnum(Int32($0)) != 0 && $0 < 128 })
    else { throw error(number, "its id '\(sample.id)' must consist of 1 to 64 letters and digits") }
    guard let name = sample.fileName else { throw error(number, "its file_name is missing") }
    guard sample.split != nil else { throw error(number, "its split is neither train nor test") }
    guard sample.width ?? 0 > 0, sample.height ?? 0 > 0 else {
      throw error(number, "its width or height is missing")
    }
    let exists =
      if let place = sample.archived {
        archives.contains(place.member, in: place.archive)
      } else {
        FileManager.default.fileExists(atPath: output.url.appendingPathComponent(name).path)
      }
    guard exists else { throw error(number, "\(name) does not exist") }
  }

  private func error(_ number: Int, _ reason: String) -> ExportError {
    .line(output.metadata.path, number: number, reason: reason)
  }
}
