import Train
public import Dataset
public import Foundation
import Imaging

/// Translates files into a folder, a batch of squares at a time.
public struct TranslateFiles {
  private let translator: Translator
  private let folder: URL
  private let batch: Int
  private let look: TranslationOutput
  private let reporter: any StageReporter

  /// A way from files into `folder`.
  ///
  /// - Parameters:
  ///   - translator: What the pictures go through.
  ///   - folder: Where results go to, under the inputs' names.
  ///   - batch: How many squares go through at a time.
  ///   - look: What the results are put together with.
  ///   - reporter: Is told of every file.
  public init(
    _ translator: Translator, to folder: URL, batch: Int, look: TranslationOutput,
    reporter: any StageReporter
  ) {
    (self.translator, self.folder, self.batch) = (translator, folder, max(1, batch))
    (self.look, self.reporter) = (look, reporter)
  }

  /// One input on its way: the squares that go through the network, and what is made of them.
  private struct Work {
    var path: String
    var squares: [ImageBuffer]
    /// One sentence about what of it was left out.
    var detail: String?
    var finish: ([TranslatedPicture]) throws -> [Output]
  }

  /// A picture to write.
  private struct Output {
    /// Its path relative to the folder, without `.png`.
    var name: String
    var picture: ImageBuffer
  }

  /// Where an input leads.
  private enum Beginning {
    case work(Work)
    /// Nothing of it goes through the network.
    case leftOut(ItemReport)
  }

  /// Translates pictures that are face crops already.
  ///
  /// - Returns: What became of them.
  /// - Throws: `WriteError`, `TensorError`, `CancellationError`.
  public func run(_ inputs: PlainInputs) throws -> StageSummary {
    let closed = inputs.closed.map {
      ItemReport(
        path: $0, status: .failed, why: "unreadable-folder", detail: "the folder may not be opened")
    }
    return try run(inputs.files.map(\.path), reported: closed) { try begin(inputs.files[$0]) }
  }

  /// Translates the faces of `prepared`, whose pictures lie in `source`.
  ///
  /// - Returns: What became of the pictures that they were cut from.
  /// - Throws: `WriteError`, `TensorError`, `CancellationError`.
  public func run(_ prepared: PreparedFaces, in source: URL) throws -> StageSummary {
    let names = ResultNames(prepared.items.map(\.name))
    return try run(prepared.items.map(\.path), reported: []) {
      try begin(prepared.items[$0], in: source, names)
    }
  }

  private func begin(_ file: PlainInputs.File) throws -> Beginning {
    let image = try ImageFile.read(path: file.path).image
    return .work(
      Work(path: file.path, squares: [image]) { results in
        [Output(name: file.name, picture: look.picture(results[0], alpha: image.alpha))]
      })
  }

  private func begin(
    _ item: PreparedFaces.Item, in source: URL, _ names: ResultNames
  ) throws -> Beginning {
    guard !item.faces.isEmpty else {
      return .leftOut(
        ItemReport(
          path: item.path, status: item.hasFailed ? .failed : .skipped, why: item.why, detail: item.detail))
    }
    let squares = try item.faces.map { try ImageFile.read(source.appendingPathComponent($0.picture)).image }
    return .work(
      Work(path: item.path, squares: squares, detail: item.detail) { results in
        try finish(item, in: source, names, results)
      })
  }

  private func finish(
    _ item: PreparedFaces.Item, in source: URL, _ names: ResultNames, _ results: [TranslatedPicture]
  ) throws -> [Output] {
    let masks = try item.faces.map { try ImageFile.read(source.appendingPathComponent($0.mask)).image }
    guard look.pastesBack else {
      return zip(names(item.name, count: results.count), results.indices).map { name, index in
        Output(name: name, picture: look.picture(results[index], alpha: masks[index]))
      }
    }
    let original = try ImageFile.read(path: item.path).image
    var pasted = original
    for (index, face) in item.faces.enumerated() {
      pasted = pasted.pasting(results[index].output, mask: masks[index], matrix: face.matrix)
    }
    return [Output(name: item.name, picture: look.picture(pasted, beside: original))]
  }

  private func run(
    _ paths: [String], reported: [ItemReport], begin: (Int) throws -> Beginning
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
        switch try begin(index) {
        case .work(let work): waiting.append(work)
        case .leftOut(let item): report(item)
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

  /// Takes the squares of `works` through the network and writes what comes of them.
  private func results(of works: [Work]) throws -> [ItemReport] {
    let squares = works.flatMap(\.squares)
    var translated: [TranslatedPicture] = []
    for start in stride(from: 0, to: squares.count, by: batch) {
      try Task.checkCancellation()
      translated += try translator.translate(
        Array(squares[start..<min(start + batch, squares.count)]), withAttention: look.showsAttention)
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
