import Foundation

/// The text of a progress bar.
struct ProgressLine {
  /// The title of the work.
  var title: String
  /// The number of finished items.
  var done: Int
  /// The number of all items; nil if unknown.
  var total: Int?
  /// Seconds since the beginning.
  var seconds: Double
  /// Additional text, such as losses; dropped first if the line is too long.
  var extra = ""

  /// The line in at most `width` columns.
  func text(width: Int) -> String {
    let rate = seconds > 0.5 ? Double(done) / seconds : nil
    var parts: [String] = []
    if let total, total > 0 {
      // A video is one file and many frames, so more may be done than was announced.
      parts.append("\(done)/\(max(total, done))")
    } else {
      parts.append("\(done)")
    }
    if let rate {
      parts.append(
        rate >= 1 ? String(format: "%.1f/s", rate) : String(format: "%.2f s each", 1 / max(rate, 1e-9)))
    }
    if let total, let rate, rate > 0, total > done {
      parts.append(ProgressLine.duration(Double(total - done) / rate) + " left")
    }
    if !extra.isEmpty { parts.append(extra) }
    let bar = total.map { ProgressLine.bar(share: $0 > 0 ? Double(done) / Double($0) : 0) + " " } ?? ""
    while true {
      let line = "\(title) \(bar)\(parts.joined(separator: "  "))"
      if line.count <= width { return line }
      if parts.count > 1 {
        parts.removeLast()
      } else {
        return String("\(title) \(parts[0])".prefix(width))
      }
    }
  }

  /// Twenty cells, filled to `share`.
  static func bar(share: Double) -> String {
    let filled = Int((min(max(share, 0), 1) * 20).rounded(.down))
    return "[" + String(repeating: "#", count: filled) + String(repeating: "-", count: 20 - filled) + "]"
  }

  /// Formats seconds for people, such as `1 h 1 min`.
  static func duration(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    return switch whole {
    case ..<60: "\(whole) s"
    case ..<3600: "\(whole / 60) min \(whole % 60) s"
    case ..<86400: "\(whole / 3600) h \(whole % 3600 / 60) min"
    default: "\(whole / 86400) d \(whole % 86400 / 3600) h"
    }
  }
}
