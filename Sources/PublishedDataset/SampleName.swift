package import Dataset

extension Sample {
  /// The name for users: the file's path, with the time of a video frame.
  package var name: String { source.path + timeText }

  /// The same without folders.
  package var shortName: String {
    (source.path.split(separator: "/").last.map(String.init) ?? source.path) + timeText
  }

  private var timeText: String { source.time.map { " at \(NumberText.time($0))" } ?? "" }
}
