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

  /// The tar archive with its image, relative to the dataset's folder, and the image's name in it; nil if the image is a file.
  package var archived: (archive: String, member: String)? {
    guard let parts = fileName?.split(separator: "/"), parts.count > 1,
      parts[parts.count - 2].hasSuffix(".tar")
    else { return nil }
    return (parts.dropLast().joined(separator: "/"), String(parts[parts.count - 1]))
  }
}
