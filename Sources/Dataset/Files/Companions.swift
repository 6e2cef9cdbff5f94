import Foundation

/// Decides which files of a folder accompany its pictures and videos without being pictures or videos
/// themselves.
///
/// Phones, cameras and download programs write such files: captions, edits, subtitles, thumbnails, and the
/// short video of a Live Photo beside the photo of the same name. They are skipped and not reported as
/// failed.
struct Companions {
  private let photos: Set<String>

  /// The companions among `names`, the names in one folder.
  init(of names: [String]) {
    photos = Set(names.filter { Self.photoEndings.contains(Self.ending($0)) }.map(Self.stem))
  }

  /// Whether the file called `name` is a companion.
  func contains(_ name: String) -> Bool {
    let ending = Self.ending(name)
    if Self.endings.contains(ending) || Self.names.contains(name.lowercased()) { return true }
    return Self.videoEndings.contains(ending) && photos.contains(Self.stem(name))
  }

  private static let endings: Set<String> = [
    "json", "jsonl", "txt", "caption", "tags", "csv", "tsv", "xml", "yaml", "yml", "toml", "md", "html",
    "htm", "url",
    "webloc", "lnk", "ini", "cfg", "log", "nfo", "db", "sqlite", "aae", "xmp", "pp3", "dop", "thm", "lrv",
    "idx", "sub", "srt",
    "ass", "ssa", "vtt", "lrc", "cue", "torrent", "part", "crdownload", "tmp", "bak", "sha256", "md5", "sfv",
    "npy", "npz",
  ]
  private static let names: Set<String> = [
    "license", "licence", "copying", "readme", "notice", "authors", "credits", "changelog", "makefile",
  ]
  private static let photoEndings: Set<String> = ["heic", "heif", "jpg", "jpeg"]
  private static let videoEndings: Set<String> = ["mov", "mp4"]

  private static func ending(_ name: String) -> String { NSString(string: name).pathExtension.lowercased() }
  private static func stem(_ name: String) -> String {
    NSString(string: name).deletingPathExtension.lowercased()
  }
}
