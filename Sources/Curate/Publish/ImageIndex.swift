import Dataset

/// The paths of a selection's images, without a text for each.
struct ImageIndex {
  private let kept: [Selection.Kept]

  fileprivate init(_ kept: [Selection.Kept]) { self.kept = kept }

  /// Whether `path` is an image of the dataset.
  func contains(_ path: String) -> Bool {
    let parts = path.split(separator: "/")
    guard parts.count == 2, parts[1].hasSuffix(".png"), let letter = parts[0].last,
      let domain = Domain(rawValue: String(letter))
    else { return false }
    let id = String(parts[1].dropLast(4))
    var (low, high) = (0, kept.count)
    while low < high {
      let middle = (low + high) / 2
      if (kept[middle].domain.rawValue, kept[middle].id) < (domain.rawValue, id) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low < kept.count && kept[low].fileName == path
  }
}

extension Selection {
  /// The paths of its images.
  var imageIndex: ImageIndex { ImageIndex(kept) }
}
