public import Dataset
public import Foundation
public import Imaging

/// A picture of the training data.
public struct ManifestEntry: Sendable, Equatable {
  /// The path under the data's folder.
  public var file: String
  /// Its source; whole sources can be held out.
  public var source: String
  /// The license, as in the manifest.
  public var licence: String
  /// The kind: `background`, `anime-scene` (opaque, with faces), `photo-mask` (with a mask file), or a
  /// picture with alpha.
  public var kind: String
  /// The person or character; figures are sampled and held out by character.
  public var character: String
  /// The faces' boxes in pixels of the file.
  public var faces: [Box]

  /// Whether it is used as a background.
  var isBackground: Bool { kind == "background" || kind == "anime-scene" }
}

/// The list of the pictures that a mask network is trained on: `manifest.tsv` and, where it is there, `faces.tsv`.
///
/// Both have a line of column names. `manifest.tsv` needs `file`, `source`, `licence`, `kind` and `character`; `faces.tsv`
/// needs `file`, `x0`, `y0`, `x1`, `y1`.
public struct Manifest: Sendable {
  /// The data's folder.
  public let folder: URL
  /// The pictures, in the file's order.
  public let entries: [ManifestEntry]
  /// The identity of the data: a digest of both lists.
  public let digest: Digest

  /// Reads the lists in `folder`.
  ///
  /// - Throws: `MaskDataError`.
  public init(_ folder: URL) throws {
    self.folder = folder
    let list = folder.appendingPathComponent("manifest.tsv")
    guard let text = try? String(contentsOf: list, encoding: .utf8) else {
      throw MaskDataError.noManifest(list.path)
    }
    let facesText =
      (try? String(contentsOf: folder.appendingPathComponent("faces.tsv"), encoding: .utf8)) ?? ""
    digest = Digest(of: text + facesText)
    var faces: [String: [Box]] = [:]
    if !facesText.isEmpty {
      let rows = try Table(facesText, named: "faces.tsv", needs: ["file", "x0", "y0", "x1", "y1"])
      for row in rows.rows {
        let numbers = ["x0", "y0", "x1", "y1"].compactMap { Double(row[$0] ?? "") }
        guard numbers.count == 4, numbers.allSatisfy(\.isFinite), numbers[2] > numbers[0],
          numbers[3] > numbers[1]
        else { throw MaskDataError.badLine("faces.tsv", row["file"] ?? "", "its box is not four numbers") }
        faces[row["file"] ?? "", default: []].append(
          Box(x: numbers[0], y: numbers[1], width: numbers[2] - numbers[0], height: numbers[3] - numbers[1]))
      }
    }
    let table = try Table(
      text, named: "manifest.tsv", needs: ["file", "source", "licence", "kind", "character"])
    entries = table.rows.map { row in
      let file = row["file"] ?? ""
      return ManifestEntry(
        file: file, source: row["source"] ?? "", licence: row["licence"] ?? "", kind: row["kind"] ?? "",
        character: row["character"] ?? "", faces: faces[file] ?? [])
    }
  }
}

/// A table of tab-separated values with a line of column names.
struct Table {
  var rows: [[String: String]] = []

  init(_ text: String, named name: String, needs columns: [String]) throws {
    var lines = text.split(whereSeparator: \.isNewline)
    guard !lines.isEmpty else { throw MaskDataError.noColumn(name, columns[0]) }
    let header = lines.removeFirst().split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    for column in columns where !header.contains(column) { throw MaskDataError.noColumn(name, column) }
    for line in lines {
      let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(Self.unquoted)
      rows.append(Dictionary(zip(header, cells), uniquingKeysWith: { first, _ in first }))
    }
  }

  private static func unquoted(_ cell: Substring) -> String {
    guard cell.count >= 2, cell.first == "\"", cell.last == "\"" else { return String(cell) }
    return String(cell.dropFirst().dropLast()).replacingOccurrences(of: "\"\"", with: "\"")
  }
}

/// An error in the data of a mask training.
public enum MaskDataError: Error, Sendable, Equatable, CustomStringConvertible {
  /// There is no manifest.
  case noManifest(String)
  /// A table has no such column.
  case noColumn(String, String)
  /// A line is invalid: the table, the file that it names, the reason.
  case badLine(String, String, String)
  /// There are too few pictures of a kind.
  case tooFew(String)
  /// A source or character that a setting names is not in the data.
  case unknownSource(String)

  /// One sentence that says what to do.
  public var description: String {
    switch self {
    case .noManifest(let path): "\(path) cannot be read; give the folder that holds manifest.tsv with --data"
    case .noColumn(let table, let column):
      "\(table) has no column '\(column)'; its first line must name the columns"
    case .badLine(let table, let file, let reason): "\(table), line of '\(file)': \(reason); correct the line"
    case .tooFew(let what): "there are too few \(what) in the data; a training needs at least one"
    case .unknownSource(let name): "no picture has the source '\(name)'; check the spelling in manifest.tsv"
    }
  }
}
