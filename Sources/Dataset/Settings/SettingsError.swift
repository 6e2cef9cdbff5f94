/// An error in the settings.
public struct SettingsError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The place of the error: a file and a line such as `datasets.yaml:12`, or an override such as `--set
  /// train.steps=x`.
  public let place: String
  /// What is wrong and what to write instead.
  public let message: String

  /// An error at `place`.
  public init(place: String, message: String) { (self.place, self.message) = (place, message) }

  /// The place and the message.
  public var description: String { "\(place): \(message)" }
}

/// The word of `known` with the smallest edit distance to `text`; the first of equals, nil if `known` is
/// empty.
///
/// An edit inserts, removes or replaces a letter, or swaps two adjacent letters.
func nearest(to text: String, in known: [String]) -> String? {
  known.min { editDistance($0, text) < editDistance($1, text) }
}

/// `; did you mean 'faces'?` if a word of `known` is similar to `text`, otherwise the nearest word and all
/// words.
func suggestion(for text: String, in known: [String], called noun: String) -> String {
  guard let best = nearest(to: text, in: known) else { return "" }
  if editDistance(best, text) <= max(2, best.count / 2) { return "; did you mean '\(best)'?" }
  return "; the nearest known \(noun) is '\(best)', of \(enumerated(known, "and"))"
}

/// Joins words as in `a, b or c`.
func enumerated(_ words: [String], _ conjunction: String = "or") -> String {
  guard words.count > 1, let last = words.last else { return words.joined() }
  return words.dropLast().joined(separator: ", ") + " \(conjunction) \(last)"
}

/// The optimal string alignment distance of the first 64 letters.
func editDistance(_ left: String, _ right: String) -> Int {
  let (a, b) = (Array(left.prefix(64)), Array(right.prefix(64)))
  var rows = [Array(0...b.count)]
  for i in 0..<a.count {
    var row = [i + 1]
    for j in 0..<b.count {
      var minimum = min(row[j] + 1, rows[i][j + 1] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { minimum = min(minimum, rows[i - 1][j - 1] + 1) }
      row.append(minimum)
    }
    rows.append(row)
  }
  return rows[a.count][b.count]
}
