import Dataset
import Foundation
import Imaging

/// Reads a finished dataset a sample at a time, and trusts nothing that somebody may have changed by hand.
struct DatasetReader {
  let output: OutputFolder

  /// What the whole dataset is like, which some formats must know before the first sample.
  struct Overview {
    /// How many samples there are.
    var samples = 0
    /// The same by split and domain, such as `trainA`.
    var counts: [String: Int] = [:]
    /// The names of all measures.
    var measures: Set<String> = []
    /// How many samples have a value in each column of numbers.
    var numbers: [String: Int] = [:]
  }

  /// Goes through all lines without reading pixels.
  ///
  /// - Throws: `CurateError.notPublished`, `ExportError`.
  func overview() throws -> Overview {
    var overview = Overview()
    var ids: [String: Int] = [:]
    try forEach { sample, number in
      if let first = ids.updateValue(number, forKey: sample.id) {
        throw error(number, "it has the id \(sample.id) of line \(first)")
      }
      overview.samples += 1
      overview.counts["\(sample.split?.rawValue ?? "")\(sample.domain.rawValue)", default: 0] += 1
      let measures = (sample.quality ?? [:]).keys.sorted()
      overview.measures.formUnion(measures)
      for (column, cell) in zip(SampleTable.columns(measures), SampleTable.cells(sample, measures))
      where column.isNumber && !cell.isEmpty {
        overview.numbers[column.name, default: 0] += 1
      }
    }
    guard overview.samples > 0 else { throw ExportError.empty(output.metadata.path) }
    return overview
  }

  /// Hands over each sample with the number of its line, in the manifest's order.
  ///
  /// - Throws: `CurateError.notPublished`, `ExportError`, or what `body` throws.
  func forEach(_ body: (Sample, Int) throws -> Void) throws {
    guard let file = try? FileHandle(forReadingFrom: output.metadata) else {
      throw CurateError.notPublished(output.metadata.path)
    }
    defer { try? file.close() }
    let decoder = JSONDecoder()
    var (rest, number) = (Data(), 0)
    func take(_ line: Data) throws {
      number += 1
      guard !line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) else { return }
      guard let sample = try? decoder.decode(Sample.self, from: line) else {
        throw error(number, "it is no sample as Easel writes them")
      }
      try check(sample, number)
      try body(sample, number)
    }
    while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty {
      rest.append(piece)
      var lines = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      rest = lines.popLast().map { Data($0) } ?? Data()
      for line in lines { try take(Data(line)) }
    }
    if !rest.isEmpty { try take(rest) }
  }

  /// The bytes of a sample's image.
  ///
  /// - Throws: `ExportError` where it is gone or no PNG file.
  func image(of sample: Sample, line number: Int) throws -> [UInt8] {
    let name = sample.fileName ?? ""
    let bytes: [UInt8]
    do throws(ImagingError) {
      bytes = try ImageFile.bytes(path: output.url.appendingPathComponent(name).path)
    } catch {
      throw self.error(number, "\(name) cannot be read (\(error.sentence))")
    }
    guard bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) else {
      throw error(number, "\(name) is no PNG file")
    }
    return bytes
  }

  /// How far an alpha's mean may be from what the manifest says of the mask.
  static let coverageSlack = 0.01

  /// The foreground of a sample: the alpha of its image, or of the cutout in the store, where that is still the one of which
  /// the manifest speaks.
  ///
  /// - Parameters:
  ///   - sample: The sample.
  ///   - image: The bytes of its image.
  /// - Returns: The alpha in the image's size, grey; nil where there is no mask or it is no longer here.
  func alpha(of sample: Sample, image: [UInt8]) -> ImageBuffer? {
    guard let mask = sample.mask, mask.method != "none", let width = sample.width, let height = sample.height
    else { return nil }
    let size = PixelSize(width: width, height: height)
    if let own = (try? ImageCodec.decode(image).image)?.alpha { return own.size == size ? own : nil }
    guard let alpha = (try? SamplePixels(output: output).figure(sample.id, mask: mask))?.alpha else {
      return nil
    }
    let mean = Double(alpha.bytes.reduce(0) { $0 + Int($1) }) / Double(255 * alpha.bytes.count)
    return abs(mean - mask.coverage) <= Self.coverageSlack ? alpha.resized(to: size) : nil
  }

  /// Makes sure that a line says what every format needs, and names nothing outside the dataset.
  private func check(_ sample: Sample, _ number: Int) throws {
    guard (1...64).contains(sample.id.utf8.count),
      sample.id.utf8.allSatisfy({ isalnum(Int32($0)) != 0 && $0 < 128 })
    else { throw error(number, "its id '\(sample.id)' is not made of up to 64 letters and digits") }
    guard let name = sample.fileName, !name.hasPrefix("/"),
      !name.split(separator: "/", omittingEmptySubsequences: false).contains(where: {
        ["", ".", ".."].contains($0)
      })
    else { throw error(number, "its file_name is not a path in the dataset") }
    guard sample.split != nil else { throw error(number, "its split is neither train nor test") }
    guard sample.width ?? 0 > 0, sample.height ?? 0 > 0 else {
      throw error(number, "its width and height are not given")
    }
    guard FileManager.default.fileExists(atPath: output.url.appendingPathComponent(name).path) else {
      throw error(number, "\(name) is not there")
    }
  }

  private func error(_ number: Int, _ reason: String) -> ExportError {
    .line(output.metadata.path, number: number, reason: reason)
  }
}
