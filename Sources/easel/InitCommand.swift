import ArgumentParser
import Dataset
import Foundation
import Terminal

/// `easel init`: a settings file to begin with.
struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Write a datasets.yaml with every setting, its default and what it means.")

  @Argument(help: "The file to write.") var file = "datasets.yaml"
  @Option(help: "The dataset's name.") var name = "selfie2anime"
  @Option(help: "Where the photos are.") var photos = "~/Pictures/selfies"
  @Option(help: "Where the anime screenshots are.") var screenshots = "~/Pictures/anime"

  func run() throws {
    guard !FileManager.default.fileExists(atPath: file) else {
      throw ValidationError("\(file) exists already; name another file, or move it away")
    }
    let text = SettingsFile.template(name: name, photos: photos, screenshots: screenshots)
    try AtomicFile.write(Array(text.utf8), to: URL(fileURLWithPath: file))
    Console.say("wrote \(file); set the sources in it, then run: easel run \(file)")
  }
}
