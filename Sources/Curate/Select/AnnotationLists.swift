import Dataset
import Foundation
import Ledger

/// The lists of CelebAMask-HQ archives: 40 attributes and the head's pose for each photograph.
///
/// `CelebAMask-HQ-attribute-anno.txt` has a count, a line of names, and a line `0.jpg -1 1 ...` for each photograph;
/// `CelebAMask-HQ-pose-anno.txt` a count, a header, and `0.jpg yaw pitch roll`. An archive without them is as good.
struct AnnotationLists {
  private struct Archive {
    var names: [String] = []
    /// The attributes that hold, a bit each.
    var attributes: [String: UInt64] = [:]
    var poses: [String: Sample.Annotations.Pose] = [:]
  }

  private var archives: [String: Archive] = [:]
  /// What is wrong with the lists, a sentence a list.
  private(set) var notes: [String] = []

  /// What the lists say of `image`; nil where it is of no archive or none names it.
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
        continue
      }
      let marks = fields.dropFirst()
      guard marks.count == archive.names.count, !marks.isEmpty, marks.allSatisfy({ $0 == "1" || $0 == "-1" })
      else {
        note(attributes, number, "is no name with \(archive.names.count) marks of 1 or -1")
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
        note(poses, number, "is no name with three angles")
        continue
      }
      archive.poses[fields[0]] = .init(yaw: angles[0], pitch: angles[1], roll: angles[2])
    }
    return archive
  }

  /// The fields of each line after the count, with its number; nothing where there is no such list.
  private mutating func rows(of list: URL) -> [(Int, [String])] {
    guard FileManager.default.fileExists(atPath: list.path) else { return [] }
    guard let text = try? String(contentsOf: list, encoding: .utf8) else {
      notes.append("\(list.path) cannot be read as text; its annotations are left out")
      return []
    }
    return text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated().dropFirst()
      .compactMap {
        let fields = $0.element.split(whereSeparator: \.isWhitespace).map(String.init)
        return fields.isEmpty ? nil : ($0.offset + 1, fields)
      }
  }

  /// One sentence for a list's first broken line.
  private mutating func note(_ list: URL, _ line: Int, _ what: String) {
    guard !notes.contains(where: { $0.hasPrefix("\(list.path):") }) else { return }
    notes.append("\(list.path):\(line): this line \(what); such lines are left out")
  }
}
