import ArgumentParser
import Dataset
import Foundation
import Terminal

/// `easel init`: writes a settings file to start from.
struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Write a datasets.yaml with every setting, its default and its meaning.")

  @Argument(help: "The file to write.") var file = "datasets.yaml"
  @Option(help: "The dataset's name.") var name = "selfie2anime"
  @Option(help: "The folder of the photos.") var photos = "~/Pictures/selfies"
  @Option(help: "The folder of the anime screenshots.") var screenshots = "~/Pictures/anime"

  func run() throws {
    guard !FileManager.default.fileExists(atPath: file) else {
      throw ValidationError("\(file) already exists; name another file, or move it away")
    }
    let text = SettingsFile.template(name: name, photos: photos, screenshots: screenshots)
    try AtomicFile.write(Array(text.utf8), to: URL(fileURLWithPath: file))
    Console.say("wrote \(file); set its sources, then run: easel run \(file)")
  }
}
