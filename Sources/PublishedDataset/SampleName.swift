package import Dataset

extension Sample.Source {
  /// The name for users: the file's path, with the time of a video frame.
  package var name: String { path + timeText }

  fileprivate var timeText: String { time.map { " at \(NumberText.time($0))" } ?? "" }
}

extension Sample {
  /// The name for users: the file's path, with the time of a video frame.
  package var name: String { source.name }

  /// The same without folders.
  package var shortName: String {
    (source.path.split(separator: "/").last.map(String.init) ?? source.path) + source.timeText
  }
}
