import Train
public import Dataset
public import Foundation
import Imaging

/// Translates image files in batches and writes the results to a folder.
public struct TranslateFiles {
  private let translator: Translator
  private let folder: URL
  private let batch: Int
  private let options: TranslationOutput
  private let reporter: any StageReporter

  /// A translation of files into `folder`.
  ///
  /// - Parameters:
  ///   - translator: The trained generator.
  ///   - folder: The folder of the results, which have the inputs' names.
  ///   - batch: The number of squares that are translated at once.
  ///   - options: How the written images are composed.
  ///   - reporter: Receives a report for each file.
  public init(
    _ translator: Translator, to folder: URL, batch: Int, options: TranslationOutput,
    reporter: any StageReporter
  ) {
    (self.translator, self.folder, self.batch) = (translator, folder, max(1, batch))
    (self.options, self.reporter) = (options, reporter)
  }

  /// One input: the squares to translate, and the function that composes the written images from the results.
  private struct Work {
    var path: String
    var squares: [ImageBuffer]
    /// One sentence about parts of the input that were not used.
    var detail: String?
    var finish: ([TranslatedPicture]) throws -> [Output]
  }

  /// An image to write.
  private struct Output {
    /// The path relative to the folder, without `.png`.
    var name: String
    var picture: ImageBuffer
  }

  /// The result of reading an input.
  private enum Start {
    case work(Work)
    /// There is nothing to translate.
    case notUsed(ItemReport)
  }

  /// Translates images that are already face crops.
  ///
  /// - Returns: The numbers of translated, skipped and failed inputs.
  /// - Throws: `WriteError`, `TensorError`, `CancellationError`.
  public func run(_ inputs: PlainInputs) throws -> StageSummary {
    let closed = inputs.closed.map {
      ItemReport(
        path: $0, status: .failed, why: "unreadable-folder", detail: "the folder may not be opened")
    }
    return try run(inputs.files.map(\.path), reported: closed) { try start(inputs.files[$0]) }
  }

  /// Translates the faces of `prepared`, whose crops and masks are in the folder `source`.
  ///
  /// - Returns: The numbers of translated, skipped and failed images that contain the faces.
  /// - Throws: `WriteError`, `TensorError`, `CancellationError`.
  public func run(_ prepared: PreparedFaces, in source: URL) throws -> StageSummary {
    let names = ResultNames(prepared.items.map(\.name))
    return try run(prepared.items.map(\.path), reported: []) {
      try start(prepared.items[$0], in: source, names)
    }
  }

  private func start(_ file: PlainInputs.File) throws -> Start {
    let image = try ImageFile.read(path: file.path).image
    return .work(
      Work(path: file.path, squares: [image]) { results in
        [Output(name: file.name, picture: options.picture(results[0], alpha: image.alpha))]
      })
  }

  private func start(
    _ item: PreparedFaces.Item, in source: URL, _ names: ResultNames
  ) throws -> Start {
    guard !item.faces.isEmpty else {
      return .notUsed(
        ItemReport(
          path: item.path, status: item.hasFailed ? .failed : .skipped, why: item.why, detail: item.detail))
    }
    let details = [item.detail].compactMap { $0 } + (item.differences ?? [])
    let squares = try item.faces.map { try ImageFile.read(source.appendingPathComponent($0.picture)).image }
    return .work(
      Work(path: item.path, squares: squares, detail: details.isEmpty ? nil : details.joined(separator: "; "))
      {
        results in
        try finish(item, in: source, names, results)
      })
  }

  private func finish(
    _ item: PreparedFaces.Item, in source: URL, _ names: ResultNames, _ results: [TranslatedPicture]
  ) throws -> [Output] {
    let masks = try item.faces.map { try ImageFile.read(source.appendingPathComponent($0.mask)).image }
    guard options.pastesBack else {
      return zip(names(item.name, count: results.count), results.indices).map { name, index in
        Output(name: name, picture: options.picture(results[index], alpha: masks[index]))
      }
    }
    let original = try ImageFile.read(path: item.path).image
    var pasted = original
    for (index, face) in item.faces.enumerated() {
      pasted = pasted.pasting(results[index].output, mask: masks[index], matrix: face.matrix)
    }
    return [Output(name: item.name, picture: options.picture(pasted, beside: original))]
  }

  private func run(
    _ paths: [String], reported: [ItemReport], start: (Int) throws -> Start
  ) throws -> StageSummary {
    var summary = StageSummary(stage: .translate)
    func report(_ item: ItemReport) {
      summary.count(item)
      reporter.itemFinished(item, of: .translate)
    }
    reporter.stageStarted(.translate, total: paths.count)
    reported.forEach(report)
    var waiting: [Work] = []
    func flush() throws {
      for item in try results(of: waiting) { report(item) }
      waiting = []
    }
    for (index, path) in paths.enumerated() {
      try Task.checkCancellation()
      do {
        switch try start(index) {
        case .work(let work): waiting.append(work)
        case .notUsed(let item): report(item)
        }
      } catch let error as ImagingError {
        report(ItemReport(path: path, status: .failed, why: error.reason, detail: error.sentence))
      }
      if waiting.reduce(0, { $0 + $1.squares.count }) >= batch { try flush() }
    }
    try flush()
    reporter.stageFinished(summary)
    return summary
  }

  /// Translates the squares of `works` and writes the results.
  private func results(of works: [Work]) throws -> [ItemReport] {
    let squares = works.flatMap(\.squares)
    var translated: [TranslatedPicture] = []
    for start in stride(from: 0, to: squares.count, by: batch) {
      try Task.checkCancellation()
      translated += try translator.translate(
        Array(squares[start..<min(start + batch, squares.count)]), withAttention: options.showsAttention)
    }
    var rest = translated[...]
    return try works.map { work in
      let own = Array(rest.prefix(work.squares.count))
      rest = rest.dropFirst(own.count)
      do {
        let outputs = try work.finish(own).map { output in
          let url = folder.appendingPathComponent(output.name + ".png")
          try AtomicFile.write(output.picture.png(), to: url)
          return url.path
        }
        return ItemReport(path: work.path, status: .done, detail: work.detail, outputs: outputs)
      } catch let error as ImagingError {
        return ItemReport(path: work.path, status: .failed, why: error.reason, detail: error.sentence)
      }
    }
  }
}
