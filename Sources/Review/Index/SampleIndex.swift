import Dataset
import Foundation
import Ledger

/// A snapshot of the ledger's samples.
struct SampleIndex: Sendable {
  /// The samples by ID.
  var items: [String: Item] = [:]
  /// The IDs in the order of the priority for checking.
  private(set) var order: [String] = []
  /// The faces and images without a crop, by the ID of a sample from them.
  private(set) var uncut: [String: UncutLine] = [:]
  /// The names of the measures that are known.
  static let measures = MeasureName.allCases
  /// The measures by ID, in the order of `Self.measures`.
  private(set) var values: [String: [Double?]] = [:]

  /// The IDs in the order of files and times.
  private(set) var places: [String] = []
  /// The members of each set of duplicates, by the kept sample.
  private var sets: [String: [String]] = [:]
  /// The samples of each video in the order of their times, by the video's path and domain.
  private var frames: [String: [SampleDetails.VideoFrame]] = [:]
  /// The video of each sample from one, as a key of `frames`.
  private var videos: [String: String] = [:]

  /// Reads the ledger.
  ///
  /// - Throws: `LedgerError`.
  init(_ ledger: Ledger, rules: [Domain: [CurateSettings.Rule]]) throws {
    let lines = try ledger.sampleLines(measuring: Self.measures)
    let (people, ruled) = (try ledger.personDecisions(), try ledger.ruleDecisions())
    let splits = Self.splits(try ledger.published().keys)
    let known = Set(lines.map(\.id))
    let copies = DuplicateGroups(
      ruled: ruled.filter { known.contains($0.key) }.compactMapValues(\.duplicateOf),
      pairings: try ledger.pairings())
    sets = copies.members
    let numbers = Dictionary(Self.measures.enumerated().map { ($1, $0) }, uniquingKeysWith: { $1 })
    var faceless: [String] = []
    var ranked: [(priority: ReviewPriority, isDecided: Bool, id: String)] = []
    for (place, line) in lines.enumerated() {
      let rule = ruled[line.id]
      let set = copies.set(of: line.id)
      let isKept = people[line.id]?.keep ?? rule?.keep ?? true
      let priority = ReviewPriority(
        checkPriority: line.checkPriority, hasCopies: set != nil,
        // Like the report's: what a rule rejected is not close to being rejected.
        rules: isKept ? rules[line.domain] ?? [] : []
      ) { measure in
        numbers[measure].flatMap { line.values[$0] }
      }
      items[line.id] = Item(
        id: line.id, domain: line.domain,
        name: SampleRecord.name(line.path, time: line.time, face: line.number),
        picture: String(Digest(of: line.cropDigest + (line.maskDigest ?? "")).hex.prefix(8)),
        place: place, flags: line.flags, borderline: priority.borderline, needsCheck: priority.needsCheck,
        set: set,
        isRegrouped: copies.regrouped.contains(line.id),
        split: splits[line.id], rule: rule.map(Item.Decision.init),
        person: people[line.id].map(Item.Decision.init))
      items[line.id]?.character = rule?.character
      values[line.id] = line.values
      places.append(line.id)
      if let time = line.time {
        let video = "\(line.domain.rawValue) \(line.path)"
        videos[line.id] = video
        frames[video, default: []].append(.init(id: line.id, time: time))
      }
      ranked.append((priority, people[line.id] != nil, line.id))
    }
    for line in try ledger.uncutLines() where items[line.id] == nil {
      uncut[line.id] = line
      let decision = Item.Decision(keep: false, why: line.reason.rawValue, detail: line.detail)
      items[line.id] = Item(
        id: line.id, domain: line.domain,
        name: SampleRecord.name(line.path, time: line.time, face: line.number),
        picture: "source", place: places.count, rule: decision,
        person: people[line.id].map(Item.Decision.init))
      places.append(line.id)
      faceless.append(line.id)
    }
    let sorted = ranked.enumerated().sorted { left, right in
      if left.element.isDecided != right.element.isDecided { return right.element.isDecided }
      if left.element.priority < right.element.priority { return true }
      if right.element.priority < left.element.priority { return false }
      return left.offset < right.offset
    }
    order = sorted.map(\.element.id) + faceless
  }

  /// The duplicates of `item` with itself, the kept one first; empty if there are none.
  func copies(of item: Item) -> [String] { item.set.flatMap { sets[$0] } ?? [] }

  /// The samples before and after `item` in the order of files and times, itself included.
  func neighbours(of item: Item) -> [String] {
    let (first, last) = (max(0, item.place - 4), min(places.count, item.place + 5))
    return places[first..<last].filter { items[$0]?.domain == item.domain }
  }

  /// The samples of the same video as `item`, in the order of their times; empty if it is not a frame of a video.
  func videoFrames(of item: Item) -> [SampleDetails.VideoFrame] {
    guard let file = videos[item.id] else { return [] }
    return frames[file] ?? []
  }

  /// The split of each sample in the last curation, by ID: `trainA/<ID>.png`.
  private static func splits(_ paths: some Sequence<String>) -> [String: Split] {
    var splits: [String: Split] = [:]
    for path in paths {
      guard path.hasSuffix(".png"), let end = path.firstIndex(of: "/"),
        let split = Split.allCases.first(where: { path.hasPrefix($0.rawValue) })
      else { continue }
      splits[String(path[end...].dropFirst().dropLast(4))] = split
    }
    return splits
  }
}
