import Dataset
import Foundation
import Ledger

/// The annotation lists of CelebAMask-HQ archives: 40 attributes and the head's pose for each photo.
///
/// `CelebAMask-HQ-attribute-anno.txt` has a count, a line of names, and a line `0.jpg -1 1 ...` for each photo;
/// `CelebAMask-HQ-pose-anno.txt` has a count, a header, and lines `0.jpg yaw pitch roll`. Both lists are optional.
struct AnnotationLists {
  private struct Archive {
    var names: [String] = []
    /// The attributes of each photo, as a bit set.
    var attributes: [String: UInt64] = [:]
    var poses: [String: Sample.Annotations.Pose] = [:]
  }

  private var archives: [String: Archive] = [:]
  /// The problems in the lists, at most one sentence for each list.
  private(set) var notes: [String] = []
  /// The lists with a note.
  private var faulty: Set<String> = []

  /// The annotations of `image`; nil if it is not in an archive or not in its lists.
  mutating func annotations(of image: ImageRow) -> Sample.Annotations? {
    guard image.kind == .celebamaskHQ else { return nil }
    let file = URL(fileURLWithPath: image.file)
    let root = file.deletingLastPathComponent().deletingLastPathComponent()
    if archives[root.path] == nil { archives[root.path] = read(root) }
    guard let archive = archives[root.path] else { return nil }
    let name = file.lastPathComponent
    let attributes = archive.attributes[name].map { bits in
      archive.names.indices.filter { bits >> UInt64($0) & 1 == 1 }.map { archive.names[$0] }
    }
    let pose = archive.poses[name]
    return attributes == nil && pose == nil ? nil : Sample.Annotations(attributes: attributes, pose: pose)
  }

  private mutating func read(_ root: URL) -> Archive {
    var archive = Archive()
    let attributes = root.appendingPathComponent("CelebAMask-HQ-attribute-anno.txt")
    for (number, fields) in rows(of: attributes) {
      if number == 2 {
        archive.names = fields.count <= 64 ? fields : []
        if fields.count > 64 { note(attributes, number, "must have at most 64 names") }
        continue
      }
      let marks = fields.dropFirst()
      guard marks.count == archive.names.count, !marks.isEmpty, marks.allSatisfy({ $0 == "1" || $0 == "-1" })
      else {
        note(attributes, number, "must have a name and \(archive.names.count) values of 1 or -1")
        continue
      }
      archive.attributes[fields[0]] = marks.enumerated().reduce(0) { bits, mark in
        mark.element == "1" ? bits | 1 << UInt64(mark.offset) : bits
      }
    }
    let poses = root.appendingPathComponent("CelebAMask-HQ-pose-anno.txt")
    for (number, fields) in rows(of: poses) where number > 2 {
      let angles = fields.dropFirst().compactMap { Double($0) }.filter(\.isFinite)
      guard fields.count == 4, angles.count == 3 else {
        note(poses, number, "must have a name and three angles")
        continue
      }
      archive.poses[fields[0]] = .init(yaw: angles[0], pitch: angles[1], roll: angles[2])
    }
    return archive
  }

  /// The fields of each line after the count, with the line's number; empty if the list does not exist.
  private mutating func rows(of list: URL) -> [(Int, [String])] {
    guard FileManager.default.fileExists(atPath: list.path) else { return [] }
    guard let text = try? String(contentsOf: list, encoding: .utf8) else {
      notes.append("\(list.path) cannot be read as text; its annotations are not used")
      return []
    }
    return text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated().dropFirst()
      .compactMap {
        let fields = $0.element.split(whereSeparator: \.isWhitespace).map(String.init)
        return fields.isEmpty ? nil : ($0.offset + 1, fields)
      }
  }

  /// Adds a sentence about a list's first invalid line.
  private mutating func note(_ list: URL, _ line: Int, _ what: String) {
    guard faulty.insert(list.path).inserted else { return }
    notes.append("\(list.path):\(line): the line \(what); invalid lines are not used")
  }
}
